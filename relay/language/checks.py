"""What is refused when an expression is compiled: unknown names, filters and tests, calls, and other templates."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from jinja2 import nodes

from relay.errors import ExpressionError
from relay.language.grammar import Grammar
from relay.nearest import nearest
from relay.texts import N_, _

_ELSEWHERE = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport, nodes.Block)
Nodes = Sequence[nodes.Node]
_TAKES_TEST = {"select": 0, "reject": 0, "selectattr": 1, "rejectattr": 1, "all": 1, "any": 1}


@runtime_checkable
class Named(Protocol):
    """A function whose first argument is one of its `names`, each of them a `what`."""

    what: str
    names: Collection[str]


def check(tree: nodes.Template, grammar: Grammar) -> None:
    """All but the names of the data. Raises ExpressionError on the first that is wrong, with the nearest right one."""
    found = list(tree.find_all(nodes.Node))  # one walk: a configuration has thousands of trees
    for node in _of(found, *_ELSEWHERE):
        raise ExpressionError(
            _("line {lineno} refers to another template or block", lineno=node.lineno), remedy=_("write it out here")
        )
    for name in _filters(found):
        _check_known(N_("filter"), name, grammar.filters)
    for name in _tests(found):
        _check_known(N_("test"), name, grammar.tests)
    _check_arguments(found)
    _check_calls(found, grammar.globals)


def _of(found: Nodes, *kinds: type[nodes.Node]) -> Iterator[Any]:
    return (node for node in found if isinstance(node, kinds))


def _check_known(what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise ExpressionError(
            _("there is no {what} {name}", what=_(what), name=repr(name)), remedy=nearest(name, known)
        )


def _filters(found: Nodes) -> Iterator[str]:
    for node in _of(found, nodes.Filter):
        yield node.name
        if node.name == "map":
            yield from _constant(node.args, 0)


def _tests(found: Nodes) -> Iterator[str]:
    for test in _of(found, nodes.Test):
        yield test.name
    for node in _of(found, nodes.Filter):
        if node.name in _TAKES_TEST:
            yield from _constant(node.args, _TAKES_TEST[node.name])


def _constant(args: list[nodes.Expr], place: int) -> Iterator[str]:
    for arg in args[place : place + 1]:
        if isinstance(arg, nodes.Const) and isinstance(arg.value, str):
            yield arg.value


def _check_arguments(found: Nodes) -> None:
    for node in _of(found, nodes.Call, nodes.Filter, nodes.Test):
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise ExpressionError(_("arguments can't be spread by * or **"), remedy=_("name each"))


def _check_calls(found: Nodes, functions: Mapping[str, Any]) -> None:
    macros = {macro.name for macro in _of(found, nodes.Macro)}
    for call in _of(found, nodes.Call):
        if not isinstance(call.node, nodes.Name):
            raise ExpressionError(_("the data has no methods to call"), remedy=_("use a filter: body.name | upper"))
        _check_known("function", call.node.name, functions.keys() | macros | {"caller"})
        _check_first(call, functions.get(call.node.name))


def _check_first(call: nodes.Call, function: Any) -> None:
    if isinstance(function, Named):
        for name in _constant(call.args, 0):
            _check_known(function.what, name, function.names)


def check_names(tree: nodes.Template, asked: set[str], names: frozenset[str]) -> None:
    """`asked` are the names that a tree asks the data for, `names` those that it has; where some are dotted
    (`event.id`), a first dot must be one of them. Raises as `check` does."""
    first = frozenset(name.partition(".")[0] for name in names)
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    for name in sorted(asked - own):
        _check_known("name", name, first)
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name):
            _check_member(node.node.name, node.attr, names)


def _check_member(holder: str, member: str, names: frozenset[str]) -> None:
    known = {name for name in names if name.startswith(f"{holder}.")}
    if known:
        _check_known("name", f"{holder}.{member}", known)
