"""A platform's event for the file that is written: its own where its record has one, else a plain one."""

import re
from typing import Any
from urllib.parse import urlencode

from relay.destinations.example import EVENT
from relay.money import decode_json
from relay.playing import TYPES
from relay.shape import Shape
from relay.signatures.example import Example
from relay.signatures.record import Record

_FACT = re.compile(r"\bbody\.(number|amount|date|memo)\b")
_ALONE = re.compile(r"\{\{ body\.(number|amount|date|memo) \}\}")
_PLAIN = re.compile(r"[\w.]+")


def example_of(record: Record) -> Example:
    """As the platform has it, or as every preset's example expects it, in a form where it sends forms alone."""
    if record.example:
        return record.example
    if record.shape == ["form"]:
        fields = {name: str(value) for name, value in decode_json(EVENT.encode()).items()}
        return _plain(urlencode(fields), "body.amount | decimal")
    return _plain(EVENT, "body.amount")


def is_known(record: Record) -> bool:
    """Whether it is told where in its events the facts stand."""
    return record.example is not None


def body_of(example: Example) -> tuple[Any, dict[str, str]]:
    """As a test has it, and its headers: a tree, or a text where it is no JSON."""
    if example.body.lstrip().startswith("{"):
        return decode_json(example.body.encode()), example.headers
    return example.body, {"Content-Type": TYPES[Shape.FORM], **example.headers}


def fitted(tree: Any, example: Example) -> Any:
    """A preset's request, with each fact read from where the platform has it."""
    if isinstance(tree, dict):
        return {key: fitted(value, example) for key, value in tree.items()}
    if isinstance(tree, list):
        return [fitted(value, example) for value in tree]
    return _read(tree, example) if isinstance(tree, str) else tree


def _read(text: str, example: Example) -> str:
    if alone := _ALONE.fullmatch(text):
        return lone(getattr(example, alone[1]))
    return _FACT.sub(lambda fact: _inside(getattr(example, fact[1])), text)


def lone(expression: str) -> str:
    """As a value by itself."""
    return f"{{{{ {expression} }}}}"


def _inside(expression: str) -> str:
    """As a part of another expression."""
    return expression if _PLAIN.fullmatch(expression) else f"({expression})"


def _plain(body: str, amount: str) -> Example:
    return Example(body=body, number="body.number", amount=amount, date="body.date", memo="body.memo")
