"""Where in an expression a fault stands: Jinja's trees know only lines, its tokens everything that is written."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import TOKEN_EOF
from jinja2.parser import Parser

from relay.errors import Inside
from relay.language.grammar import Grammar

_SKIPPED = frozenset(f"{name}{end}" for name in ("comment", "raw", "linecomment") for end in ("_begin", "", "_end")) | {
    "whitespace"
}
_AFTER = {"filter": "|", "test": "is"}


class _Token(NamedTuple):
    kind: str
    text: str
    before: int


def spot_of(grammar: Grammar, text: str, state: str | None, kind: str, word: str) -> Inside | None:
    """Where a word stands first as what it is: name, function, filter, test, or a text in quotes. `state`: "variable"
    where the text is an expression and not one with `{{ … }}` in it."""
    tokens, _ = _tokens(grammar, text, state)
    places = range(len(tokens))
    found = [place for place in places if _is_it(tokens, place, kind, word)]
    found += [place for place in places if tokens[place].text.strip("'\"") == word and tokens[place].kind != "data"]
    if not found:
        return None
    token = tokens[found[0]]
    return Inside(text, token.before + (token.kind == "string"))


def spot_of_syntax(grammar: Grammar, text: str, state: str | None) -> Inside:
    """Where reading stopped."""
    tokens, end = _tokens(grammar, text, state)
    left = _left(grammar, text, state) if end == printed(text) else 0
    return Inside(text, tokens[-left].before if 0 < left <= len(tokens) else end)


def _tokens(grammar: Grammar, text: str, state: str | None) -> tuple[list[_Token], int]:
    """All that mean something, up to a character that none begins with, and what stands before that."""
    tokens, before = [], 0
    with suppress(TemplateSyntaxError):
        for _, kind, written in grammar.lexer.tokeniter(text, None, None, state):
            if kind not in _SKIPPED:
                tokens.append(_Token(kind, written, before))
            before += printed(written)
    return tokens, before


def printed(text: str) -> int:
    """How many characters aren't white space."""
    return sum(not letter.isspace() for letter in text)


def _left(grammar: Grammar, text: str, state: str | None) -> int:
    """How many tokens were not read; none where one can't be."""
    try:
        parser = Parser(grammar, text, state=state)
    except TemplateSyntaxError:
        return 0
    with suppress(TemplateSyntaxError):
        parser.parse_expression() if state else parser.parse()
    with suppress(TemplateSyntaxError):
        return sum(token.type != TOKEN_EOF for token in parser.stream)
    return 0


def _is_it(tokens: Sequence[_Token], place: int, kind: str, word: str) -> bool:
    before = tokens[place - 1].text if place else ""
    behind = [token.text for token in tokens[place : place + 3]]
    if kind in _AFTER:
        return behind[0] == word and (before == _AFTER[kind] or (kind == "test" and before == "not"))
    if kind == "function":
        return behind[:2] == [word, "("]
    parts = word.split(".")
    written = behind[:3:2] if len(parts) > 1 else behind[:1]
    return kind == "name" and written == parts and before not in {".", "|"}
