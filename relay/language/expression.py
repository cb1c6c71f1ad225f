"""The one language of routes.yaml: expressions and `{{ … }}` texts, compiled once and evaluated on plain data."""

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, cast

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser
from jinja2.utils import Namespace

from relay.errors import ExpressionError, RelayError
from relay.language import dates
from relay.language.checks import Wrong, check, check_names
from relay.language.explain import FAULTS, explained
from relay.language.filters import bounded_range, filters_of, tests_of
from relay.language.grammar import Grammar, Scope
from relay.language.pieces import Layer
from relay.language.refusal import BARE, Broken, Refusal
from relay.plain import plain, text
from relay.texts import _

MOST_TEXT = 8 * 1024 * 1024
_RESULT = "_result"
_BROKEN = (TemplateSyntaxError, SyntaxError, ValueError, RecursionError, MemoryError, RelayError)
Run = Callable[[Mapping[str, Any]], Any]
Asked = frozenset[str]


class Value:
    """A compiled text; `source` is as written, `where` its place, `asked` the names that it asks for. `constant`: it
    has nothing to evaluate."""

    __slots__ = ("_run", "asked", "constant", "source", "where")

    def __init__(self, source: str, where: str, run: Run, asked: Asked = frozenset(), constant: bool = False) -> None:
        self.source, self.where, self.asked, self.constant, self._run = source, where, asked, constant, run

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Plain data. Raises MissingName or another ExpressionError, whose text never shows the data."""
        try:
            return self._run(names)
        except FAULTS as error:
            raise explained(error, self.source, self.where) from None

    def printed(self, names: Mapping[str, Any]) -> str:
        """As it stands in text. Raises as `evaluate` does, and on a list or an object."""
        try:
            return text(self._run(names))
        except FAULTS as error:
            raise explained(error, self.source, self.where) from None


class Expression(Value):
    """A bare expression; `node` is its syntax tree, `known` the names that have their value already."""

    __slots__ = ("known", "node")

    def __init__(
        self, source: str, where: str, run: Run, asked: Asked, node: nodes.Expr, known: Mapping[str, Any]
    ) -> None:
        super().__init__(source, where, run, asked)
        self.node, self.known = node, known


class Language:
    """The language under one configuration: `timezone` is the IANA name of the zone in which `date` prints and
    reads times that have none; `globals` are functions that expressions may call. `asked`: the names
    that they ask for. Raises ExpressionError on an unknown zone."""

    def __init__(
        self,
        timezone: str | None = None,
        globals: Mapping[str, Callable[..., Any]] = MappingProxyType({}),  # noqa: A002
    ) -> None:
        functions: dict[str, Callable[..., Any]] = {"range": bounded_range, "namespace": Namespace, "dict": dict}
        functions.update(globals)
        vocabulary = (filters_of(dates.zone(timezone) if timezone else None), tests_of(), functions)
        self._plain, self._markup = Grammar(vocabulary, autoescape=False), Grammar(vocabulary, autoescape=True)
        self._expression, self._text = cache(_expression), cache(_text)  # a thousand routes say the same few things
        self._known: Mapping[str, Any] = MappingProxyType({})
        self._names: frozenset[str] = frozenset()
        self.asked: set[str] = set()

    def knowing(self, name: str, value: Mapping[str, Any]) -> "Language":
        """The same with a name that has this value in all its expressions, and no other members. What asks for such
        names alone is evaluated once, when it is compiled, and constant from then on."""
        more = self.beside(frozenset(f"{name}.{member}" for member in value))
        more._known = {**self._known, name: value}  # noqa: SLF001 - its own copy
        return more

    @property
    def functions(self) -> Collection[str]:
        """The names that mean something whatever the data is."""
        return frozenset(self._plain.globals)

    def known(self, name: str) -> Mapping[str, Any]:
        """The value of such a name; nothing where it has none."""
        return cast(Mapping[str, Any], self._known.get(name, {}))

    def beside(self, names: frozenset[str]) -> "Language":
        """The same where each expression may ask for these names too."""
        more = copy.copy(self)
        more._names = self._names | names  # noqa: SLF001 - its own copy
        return more

    def expression(self, text: str, names: frozenset[str], where: str = "") -> Expression:
        """A bare expression, as in `when`. Raises ExpressionError on faults in its syntax and unknown names."""
        try:
            run, asked, node = self._expression(self._plain, text, names | self._names)
        except _BROKEN as error:
            raise Refusal(self._plain, text, where, BARE).of(error) from None
        known = {name: self._known[name] for name in asked & self._known.keys()}
        return Expression(text, where, self._bound(run, asked), asked, node, known)

    def value(self, text: str, names: frozenset[str], where: str = "") -> Value:
        """A string that may hold `{{ … }}`; a lone one keeps its type. Raises as `expression` does."""
        if not any(mark in text for mark in ("{{", "{%", "{#")):
            return Value(text, where, lambda _: text, constant=True)
        return self._compiled(self._plain, text, names, where, lone=True)

    def template(self, text: str, names: frozenset[str], where: str = "", autoescape: bool = False) -> Value:
        """A text whose value is always text; `autoescape` for XML and HTML. Raises as `expression` does."""
        return self._compiled(self._markup if autoescape else self._plain, text, names, where, lone=False)

    def _compiled(self, grammar: Grammar, text: str, names: frozenset[str], where: str, *, lone: bool) -> Value:
        try:
            run, asked = self._text(grammar, text, names | self._names, lone)
        except _BROKEN as error:
            raise Refusal(grammar, text, where, None).of(error) from None
        value = Value(text, where, self._bound(run, asked), asked)
        return _folded(value) if asked and asked <= self._known.keys() else value

    def _bound(self, run: Run, asked: Asked) -> Run:
        self.asked |= asked
        known = {name: self._known[name] for name in asked & self._known.keys()}
        return (lambda names: run(Layer(names, known))) if known else run


def _folded(value: Value) -> Value:
    """Raises ExpressionError where it fails: it would fail each time."""
    found = value.evaluate({})
    return Value(value.source, value.where, lambda _: found, constant=True)


def _expression(grammar: Grammar, text: str, names: frozenset[str]) -> tuple[Run, Asked, nodes.Expr]:
    node = _parse(grammar, text)
    return *single(grammar, node, names), node


def _text(grammar: Grammar, text: str, names: frozenset[str], lone: bool) -> tuple[Run, Asked]:
    tree = grammar.parse(text)
    node = _lone(tree) if lone else None
    return single(grammar, node, names) if node else _whole(grammar, tree, names)


def _parse(grammar: Grammar, text: str) -> nodes.Expr:
    parser = Parser(grammar, text, state=BARE)
    node = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError(_("more follows after the expression"), parser.stream.current.lineno)
    return node


def _lone(tree: nodes.Template) -> nodes.Expr | None:
    parts = tree.body[0].nodes if len(tree.body) == 1 and isinstance(tree.body[0], nodes.Output) else []
    return parts[0] if len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData) else None


def single(grammar: Grammar, node: nodes.Expr, names: frozenset[str]) -> tuple[Run, Asked]:
    """What gives the value of a node, and the names that it asks for. Raises RelayError where it may not ask so."""
    tree = nodes.Template([nodes.Assign(nodes.Name(_RESULT, "store"), node, lineno=1)], lineno=1)
    root, context, asked = _program(grammar, tree, names)

    def run(data: Mapping[str, Any]) -> Any:
        scope = Scope(grammar, data, context)
        for _each in root(scope):
            pass
        return plain(scope.vars[_RESULT])

    return run, asked


def _whole(grammar: Grammar, tree: nodes.Template, names: frozenset[str]) -> tuple[Run, Asked]:
    root, context, asked = _program(grammar, tree, names)

    def run(data: Mapping[str, Any]) -> str:
        size, parts = 0, []
        for part in root(Scope(grammar, data, context)):
            size += len(part)
            if size > MOST_TEXT:
                raise ExpressionError(_("the text is too long"))
            parts.append(str(part))
        return "".join(parts)

    return run, asked


def _program(grammar: Grammar, tree: nodes.Template, names: frozenset[str]) -> tuple[Any, nodes.EvalContext, Asked]:
    tree.set_environment(grammar)
    wrongs = list(check(tree, grammar))
    program, asked = _generated(grammar, tree, wrongs)
    wrongs += check_names(tree, asked, names)
    if wrongs:
        raise Broken(wrongs)
    return grammar.root(program), nodes.EvalContext(grammar), frozenset(asked)


def _generated(grammar: Grammar, tree: nodes.Template, wrongs: Sequence[Wrong]) -> tuple[str, set[str]]:
    """No program where that can't be made for what is wrong already; then each name counts as asked for."""
    try:
        return grammar.generated(tree)
    except TemplateSyntaxError:
        if not wrongs:
            raise
        return "", {name.name for name in tree.find_all(nodes.Name)} - grammar.globals.keys()
