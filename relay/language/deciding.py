"""Which parts of a condition decided, with what they found: `body.amount > 0` doesn't hold: body.amount is -3.

For a person who asks: it shows the data, and nothing of it may reach a log."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from jinja2 import nodes

from relay.errors import ExpressionError, MissingName
from relay.language.explain import FAULTS, explained
from relay.language.expression import Expression, single
from relay.language.grammar import Grammar
from relay.language.pieces import Layer
from relay.language.written import Written
from relay.money import encode_json
from relay.texts import _

MOST_SHOWN = 60


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An operand as it was written, and what it is, in words."""

    text: str
    value: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One that decided. `holds` is None where it can't be told, for the reason `fault`."""

    text: str
    holds: bool | None
    found: tuple[Found, ...] = ()
    fault: str | None = None


def decided(expression: Expression, names: Mapping[str, Any]) -> list[Part]:
    """Of a condition that holds all that make it hold; of another those that are enough for it not to."""
    return _Deciding(expression, names).parts()


def words(parts: Sequence[Part]) -> str:
    """As a person reads it; of a condition that holds what was found alone."""
    return "; ".join(_found(part) if part.holds and part.found else _said(part) for part in parts)


def shown(value: Any) -> str:
    """A value as a person would write it, cut where it is long."""
    text = f"'{value}'" if isinstance(value, str) else encode_json(value).decode()
    text = " ".join(text.split())
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def _found(part: Part) -> str:
    return ", ".join(_("{name} is {value}", name=each.text, value=each.value) for each in part.found)


def _said(part: Part) -> str:
    found = _found(part)
    if part.fault:
        return f"{part.fault}: {found}" if found else part.fault
    if [each.text for each in part.found] == [part.text]:
        return _("`{part}` is {value}", part=part.text, value=part.found[0].value)
    said = _("`{part}` holds", part=part.text) if part.holds else _("`{part}` doesn't hold", part=part.text)
    return f"{said}: {found}" if found else said


class _Deciding:
    """Of one expression on its data, its parts evaluated one by one."""

    def __init__(self, expression: Expression, names: Mapping[str, Any]) -> None:
        self._names, self._asked = Layer(names, expression.known), expression.asked
        self._grammar = cast(Grammar, expression.node.environment)
        self._written = Written(self._grammar, expression.source)

    def parts(self) -> list[Part]:
        return self._of(self._written.tree)[1]

    def _of(self, node: nodes.Expr) -> tuple[bool | None, list[Part]]:
        """Whether it holds, and by which parts."""
        if isinstance(node, nodes.And | nodes.Or):
            return self._of_both(node)
        part = self._of_not(node) if isinstance(node, nodes.Not) else self._of_one(node)
        return part.holds, [part]

    def _of_both(self, node: nodes.And | nodes.Or) -> tuple[bool | None, list[Part]]:
        """What Jinja doesn't reach isn't asked either."""
        decides = isinstance(node, nodes.Or)
        left, parts = self._of(node.left)
        if left is None or left is decides:
            return left, parts
        right, more = self._of(node.right)
        return right, more if right is None or right is decides else [*parts, *more]

    def _of_not(self, node: nodes.Not) -> Part:
        holds, parts = self._of(node.node)
        found = {each.text: each for part in parts for each in part.found}
        fault = next((part.fault for part in parts if part.fault), None)
        holds = None if holds is None else not holds
        return Part(text=self._written.text(node), holds=holds, found=tuple(found.values()), fault=fault)

    def _of_one(self, node: nodes.Expr) -> Part:
        text, found = self._written.text(node), self._found(node)
        try:
            return Part(text=text, holds=bool(self._value(node)), found=found)
        except ExpressionError as fault:
            return Part(text=text, holds=None, found=found, fault=fault.what)

    def _found(self, node: nodes.Expr) -> tuple[Found, ...]:
        """What its operands are. One that is missing is told of; what fails otherwise is left to the part's fault."""
        found = {}
        for each in filter(_asks, _operands(node)):
            text = self._written.text(each)
            try:
                found[text] = Found(text=text, value=shown(self._value(each)))
            except MissingName:
                found[text] = Found(text=text, value=_("missing"))
            except ExpressionError:
                continue
        return tuple(found.values())

    def _value(self, node: nodes.Expr) -> Any:
        """Raises ExpressionError."""
        try:
            run, _names = single(self._grammar, node, self._asked)
            return run(self._names)
        except FAULTS as error:
            raise explained(error, self._written.text(node), "") from None


def _operands(node: nodes.Expr) -> Sequence[nodes.Expr]:
    if isinstance(node, nodes.Compare):
        return [node.expr, *(operand.expr for operand in node.ops)]
    return [node.node] if isinstance(node, nodes.Test) else [node]


def _asks(node: nodes.Expr) -> bool:
    """Whether it looks at the data at all."""
    return isinstance(node, nodes.Name) or any(True for _ in node.find_all(nodes.Name))
