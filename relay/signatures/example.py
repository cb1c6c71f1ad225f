"""A platform's event by example: one body, and where in it stands what a voucher is made of."""

from typing import Any

import msgspec

from relay.signatures.beside import Words


class Asked(Words, frozen=True, kw_only=True):
    """What is read of its platform by a destination that is called as its `preset`: `path` and `query`, as `fetch`
    has them; `answer`: what that may be."""

    preset: str
    path: str
    answer: Any
    query: dict[str, str] = msgspec.field(default_factory=dict)


class Example(Words, frozen=True, kw_only=True):
    """`body`: the bytes as it sends them, `headers` beside them. `when`: which of its events are meant. `number`,
    `amount`, `date`, `memo`: expressions over an event. `fetch`: what is read before that, by name. `vars`: those of
    its `optional` that a source is best given. `callback`: the
    preset by which it hears how its events ended, and of which ends."""

    body: str
    number: str
    amount: str
    date: str
    memo: str
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    when: str | None = None
    fetch: dict[str, Asked] = msgspec.field(default_factory=dict)
    vars: list[str] = msgspec.field(default_factory=list)
    callback: dict[str, list[str]] = msgspec.field(default_factory=dict)
