"""How the tests speak to a played system: as its maker documents it, and knowing nothing of Relay's presets.

Each system has a file in speakers/ under its own name, with a class `Speaks`; the suite fails by name where it hasn't.
"""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from typing import Any, ClassVar

from aiohttp import ClientSession

from relay.emulators.stage.knobs import Knob


class Repeat(StrEnum):
    """What comes of a document that is sent once more under the same key."""

    KNOWN = "known"  # the first one's number again
    REFUSED = "refused"
    DOUBLED = "doubled"  # a second document: the system knows no keys


@dataclass(frozen=True)
class Heard:
    """One answer, its text decoded as it declares."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text, parse_float=Decimal)


class Speaker(ABC):
    """One system's client.

    `says`: what an answer holds when a knob befalls its request; `wrong_login`, `lost_session`, `unbalanced` and
    `missing`: what it holds then. `unbalanced` is None where it has no two sides; `lost_session` where it has none.
    `amounts`: whether its documents have one; `numbers`: whether it gives them numbers, or only says that it took them.
    """

    wrong_login: ClassVar[str]
    missing: ClassVar[str]
    lost_session: ClassVar[str | None] = None
    unbalanced: ClassVar[str | None] = None
    amounts: ClassVar[bool] = True
    numbers: ClassVar[bool] = True
    repeat: ClassVar[Repeat]
    says: ClassVar[dict[Knob, str]]

    def __init__(self, http: ClientSession, url: str, account: dict[str, str]) -> None:
        self.http, self.url, self.account = http, url, account

    async def log_in(self) -> None:  # noqa: B027 - most systems have sessions, some have none
        """Takes a session where the system has them."""

    @abstractmethod
    async def log_in_wrongly(self) -> Heard:
        """With a wrong secret; for a system without sessions, a posting with one."""

    @abstractmethod
    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        """One document of two lines; `credit` is the same unless given. Amounts are written as they stand there."""

    @abstractmethod
    async def post_incomplete(self, key: str) -> Heard:
        """One that lacks what the system demands."""

    @abstractmethod
    def number(self, heard: Heard) -> str | None:
        """The document's number where the answer says that it was booked, "" where it gives none; else None."""

    async def ask(self, key: str) -> str | None:
        """Its number from the ledger; only where `asks`."""
        raise NotImplementedError

    @property
    def asks(self) -> bool:
        return type(self).ask is not Speaker.ask

    async def say(self, method: str, path: str, **options: Any) -> Heard:
        async with self.http.request(method, self.url + path, **options) as answer:
            return Heard(answer.status, dict(answer.headers), await answer.text())


def speaker(name: str) -> type[Speaker]:
    """Raises ModuleNotFoundError, with the system's name, where nobody wrote one."""
    return import_module(f"speakers.{name.replace('-', '_')}").Speaks
