"""The one language of routes.yaml: expressions and `{{ … }}` texts, compiled once and evaluated on plain data."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser
from jinja2.utils import Namespace

from relay.errors import ExpressionError, RelayError
from relay.language import dates
from relay.language.checks import check, check_names
from relay.language.explain import FAULTS, excerpt, explained
from relay.language.filters import bounded_range, filters_of, tests_of
from relay.language.grammar import Grammar, Scope
from relay.plain import plain, text

MOST_TEXT = 8 * 1024 * 1024
_RESULT = "_result"
_BROKEN = (TemplateSyntaxError, SyntaxError, ValueError, RecursionError, MemoryError, RelayError)
Run = Callable[[Mapping[str, Any]], Any]


class Value:
    """A compiled text; `source` is as written, `where` its place, `constant` whether it has nothing to evaluate."""

    __slots__ = ("_run", "constant", "source", "where")

    def __init__(self, source: str, where: str, run: Run, constant: bool = False) -> None:
        self.source, self.where, self.constant, self._run = source, where, constant, run

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
    """A bare expression; `node` is its syntax tree."""

    __slots__ = ("node",)

    def __init__(self, source: str, where: str, run: Run, node: nodes.Expr) -> None:
        super().__init__(source, where, run)
        self.node = node


class Language:
    """The language under one configuration: `timezone` is the IANA name of the zone in which `date` prints and
    reads times that have none; `globals` are functions that expressions may call.
    Raises ExpressionError on an unknown zone."""

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

    def expression(self, text: str, names: frozenset[str], where: str = "") -> Expression:
        """A bare expression, as in `when`. Raises ExpressionError on faults in its syntax and unknown names."""
        try:
            run, node = self._expression(self._plain, text, names)
        except _BROKEN as error:
            raise _refused(error, text, where) from None
        return Expression(text, where, run, node)

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
            run = self._text(grammar, text, names, lone)
        except _BROKEN as error:
            raise _refused(error, text, where) from None
        return Value(text, where, run)


def _expression(grammar: Grammar, text: str, names: frozenset[str]) -> tuple[Run, nodes.Expr]:
    node = _parse(grammar, text)
    return _single(grammar, node, names), node


def _text(grammar: Grammar, text: str, names: frozenset[str], lone: bool) -> Run:
    tree = grammar.parse(text)
    node = _lone(tree) if lone else None
    return _single(grammar, node, names) if node else _whole(grammar, tree, names)


def _parse(grammar: Grammar, text: str) -> nodes.Expr:
    parser = Parser(grammar, text, state="variable")
    node = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError("more follows after the expression", parser.stream.current.lineno)
    return node


def _lone(tree: nodes.Template) -> nodes.Expr | None:
    parts = tree.body[0].nodes if len(tree.body) == 1 and isinstance(tree.body[0], nodes.Output) else []
    return parts[0] if len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData) else None


def _single(grammar: Grammar, node: nodes.Expr, names: frozenset[str]) -> Run:
    tree = nodes.Template([nodes.Assign(nodes.Name(_RESULT, "store"), node, lineno=1)], lineno=1)
    root, context = _program(grammar, tree, names)

    def run(data: Mapping[str, Any]) -> Any:
        scope = Scope(grammar, data, context)
        for _ in root(scope):
            pass
        return plain(scope.vars[_RESULT])

    return run


def _whole(grammar: Grammar, tree: nodes.Template, names: frozenset[str]) -> Run:
    root, context = _program(grammar, tree, names)

    def run(data: Mapping[str, Any]) -> str:
        size, parts = 0, []
        for part in root(Scope(grammar, data, context)):
            size += len(part)
            if size > MOST_TEXT:
                raise ExpressionError("the text is too long")
            parts.append(str(part))
        return "".join(parts)

    return run


def _program(grammar: Grammar, tree: nodes.Template, names: frozenset[str]) -> tuple[Any, nodes.EvalContext]:
    tree.set_environment(grammar)
    check(tree, grammar)
    program, asked = grammar.generated(tree)
    check_names(tree, asked, names)
    return grammar.root(program), nodes.EvalContext(grammar)


def _refused(error: Exception, text: str, where: str) -> ExpressionError:
    if isinstance(error, RelayError):
        return ExpressionError(f"{error.what} in `{excerpt(text)}`", where, error.remedy)
    if isinstance(error, TemplateSyntaxError):
        line = f" in line {error.lineno}" if "\n" in text.strip() else ""
        return ExpressionError(f"`{excerpt(text)}` can't be read: {error.message}{line}", where)
    return ExpressionError(f"`{excerpt(text)}` can't be read: nested too deeply, or a number is too long", where)
