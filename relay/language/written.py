"""An expression's syntax tree with the text that each part of it was written as: Jinja's own tree knows lines alone."""

from collections.abc import Callable, Iterator

from jinja2 import nodes
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser

from relay.language.grammar import Grammar


class Placed(Token):
    """A token that knows where it stands in the text."""

    at: int


class Written(Parser):
    """Reads an expression that compiles, and notes where its operands begin and end."""

    def __init__(self, grammar: Grammar, text: str) -> None:
        super().__init__(grammar, text, state="variable")
        self.stream = TokenStream(_placed(grammar, text), None, None)
        self._whole = text
        self._begins: dict[nodes.Expr, int] = {}
        self._written: dict[nodes.Expr, str] = {}
        self.tree = self.parse_expression()

    def text(self, node: nodes.Expr) -> str:
        """As it was written, on one line, without brackets around it."""
        return " ".join(self._written.get(node, self._whole).split())

    @property
    def _at(self) -> int:
        return getattr(self.stream.current, "at", len(self._whole))

    def _begin(self, node: nodes.Expr) -> int:
        """A sign is read where Jinja can't be asked."""
        if node not in self._begins and isinstance(node, nodes.Neg | nodes.Pos):
            return max(self._whole.rfind(sign, 0, self._begin(node.node)) for sign in "+-")
        return self._begins[node]

    def _noted(self, begin: int, node: nodes.Expr) -> nodes.Expr:
        self._begins[node] = begin
        self._written.setdefault(node, self._whole[begin : self._at].strip())
        return node

    def _read(self, parse: Callable[[], nodes.Expr]) -> nodes.Expr:
        begin = self._at
        return self._noted(begin, parse())

    def parse_or(self) -> nodes.Expr:
        return self._read(super().parse_or)

    def parse_and(self) -> nodes.Expr:
        return self._read(super().parse_and)

    def parse_not(self) -> nodes.Expr:
        return self._read(super().parse_not)

    def parse_math1(self) -> nodes.Expr:
        return self._read(super().parse_math1)

    def parse_unary(self, with_filter: bool = True) -> nodes.Expr:
        return self._read(lambda: super(Written, self).parse_unary(with_filter))

    def parse_primary(self, with_namespace: bool = False) -> nodes.Expr:
        return self._read(lambda: super(Written, self).parse_primary(with_namespace))

    def parse_postfix(self, node: nodes.Expr) -> nodes.Expr:
        return self._noted(self._begin(node), super().parse_postfix(node))

    def parse_test(self, node: nodes.Expr) -> nodes.Expr:
        return self._noted(self._begin(node), super().parse_test(node))


def _placed(grammar: Grammar, text: str) -> Iterator[Token]:
    at = 0
    for item in grammar.lexer.tokeniter(text, None, state="variable"):
        for token in grammar.lexer.wrap([item]):
            placed = Placed(*token)
            placed.at = at
            yield placed
        at += len(item[2])
