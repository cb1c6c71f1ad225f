"""What is served, declared once: the address, what it does and what it answers. Served and described from that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

ANYTHING = "*/*"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What every refusal says: a code for programs, and what is wrong."""

    error: str
    detail: str


@dataclass(frozen=True)
class Address:
    """`request`: `GET /api/events/{id}`."""

    request: str
    does: str

    @property
    def method(self) -> str:
        return self.request.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.request.partition(" ")[2]


@dataclass(frozen=True)
class Open(Address):
    """One that is answered without a token. `answers`: for each status what is said there, as kinds of msgspec or
    content types; `refuses`: the statuses of refusals, in words; `takes`: whether a body is sent."""

    answers: Mapping[int, tuple[Any, ...]]
    refuses: Mapping[int, str]
    takes: bool = False
