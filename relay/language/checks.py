"""What is refused when an expression is compiled: unknown names, filters and tests, calls, and other templates."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jinja2 import nodes

from relay.errors import RelayError
from relay.language.arity import misfit, written
from relay.language.grammar import Grammar
from relay.money import places
from relay.nearest import nearest
from relay.texts import N_, _

_ELSEWHERE = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport, nodes.Block)
Nodes = Sequence[nodes.Node]
_TAKES_CURRENCY = {"money": 0, "minor": 0, "from_minor": 0, "divide": 1}
_TAKES_TEST = {"select": 0, "reject": 0, "selectattr": 1, "rejectattr": 1, "all": 1, "any": 1}


class Wrong(NamedTuple):
    """What is wrong, what would be right, and at which word: a name, function, filter, test."""

    what: str
    remedy: str = ""
    kind: str = ""
    word: str = ""


@runtime_checkable
class Named(Protocol):
    """A function whose first argument is one of its `names`, each of them a `what`."""

    what: str
    names: Collection[str]

    def misfit(self, name: str, given: int) -> str:
        """What is wrong with that many further arguments; empty where nothing is."""


def check(tree: nodes.Template, grammar: Grammar) -> Iterator[Wrong]:
    """All that is wrong with it but the names of the data."""
    found = list(tree.find_all(nodes.Node))  # one walk: a configuration has thousands of trees
    for node in _of(found, *_ELSEWHERE):
        what = _("line {lineno} refers to another template or block", lineno=node.lineno)
        yield Wrong(what, _("write it out here"))
    for name in _filters(found):
        yield from _known(N_("filter"), name, grammar.filters)
    for name in _tests(found):
        yield from _known(N_("test"), name, grammar.tests)
    yield from _currencies(found)
    yield from _arguments(found)
    yield from _calls(found, grammar.globals)
    for kind, known in ((nodes.Filter, grammar.filters), (nodes.Test, grammar.tests)):
        for node in _of(found, kind):
            yield from _fits(N_("filter") if kind is nodes.Filter else N_("test"), node.name, known, node)


def _of(found: Nodes, *kinds: type[nodes.Node]) -> Iterator[Any]:
    return (node for node in found if isinstance(node, kinds))


def _known(what: str, name: str, known: Collection[str]) -> Iterator[Wrong]:
    if name not in known:
        yield Wrong(_("there is no {what} {name}", what=_(what), name=repr(name)), nearest(name, known), what, name)


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


def _currencies(found: Nodes) -> Iterator[Wrong]:
    for node in _of(found, nodes.Filter):
        for code in _constant(node.args, _TAKES_CURRENCY[node.name]) if node.name in _TAKES_CURRENCY else ():
            try:
                places(code)
            except RelayError as error:
                yield Wrong(error.what, error.remedy, "filter", node.name)


def _constant(args: list[nodes.Expr], place: int) -> Iterator[str]:
    for arg in args[place : place + 1]:
        if isinstance(arg, nodes.Const) and isinstance(arg.value, str):
            yield arg.value


def _arguments(found: Nodes) -> Iterator[Wrong]:
    for node in _of(found, nodes.Call, nodes.Filter, nodes.Test):
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            yield Wrong(_("arguments can't be spread by * or **"), _("name each"))


def _calls(found: Nodes, functions: Mapping[str, Any]) -> Iterator[Wrong]:
    macros = {macro.name for macro in _of(found, nodes.Macro)}
    for call in _of(found, nodes.Call):
        if isinstance(call.node, nodes.Name):
            yield from _known(N_("function"), call.node.name, functions.keys() | macros | {"caller"})
            yield from _first(call, functions.get(call.node.name))
            yield from _fits("function", call.node.name, {} if call.node.name in macros else functions, call)
        else:
            yield Wrong(_("the data has no methods to call"), _("use a filter: body.name | upper"))


def _fits(what: str, name: str, known: Mapping[str, Any], node: Any) -> Iterator[Wrong]:
    """Whether it takes its arguments. A filter's and a test's first is the value before it."""
    own = int(what != "function")
    if name in known and node.dyn_args is None and node.dyn_kwargs is None:
        args, kwargs = node.args or (), node.kwargs or ()
        if wrong := misfit(known[name], args, kwargs, own):
            told = _("{what} {name}: {wrong}", what=_(what), name=repr(name), wrong=wrong)
            yield Wrong(told, _("write it as {signature}", signature=written(name, known[name], own)), what, name)


def _first(call: nodes.Call, function: Any) -> Iterator[Wrong]:
    if isinstance(function, Named):
        for name in _constant(call.args, 0):
            yield from _known(function.what, name, function.names)
            if wrong := function.misfit(name, len(call.args) - 1):
                yield Wrong(wrong, kind=function.what, word=name)


def check_names(tree: nodes.Template, asked: set[str], names: frozenset[str]) -> Iterator[Wrong]:
    """`asked` are the names that a tree asks the data for, `names` those that it has; where some are dotted
    (`event.id`), a first dot must be one of them."""
    first = frozenset(name.partition(".")[0] for name in names)
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    for name in sorted(asked - own):
        yield from _known(N_("name"), name, first)
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name):
            yield from _member(node.node.name, node.attr, names)


def _member(holder: str, member: str, names: frozenset[str]) -> Iterator[Wrong]:
    known = {name for name in names if name.startswith(f"{holder}.")}
    if known:
        yield from _known(N_("name"), f"{holder}.{member}", known)
