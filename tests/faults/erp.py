"""The ERP played: it books vouchers in a ledger of its own, and remembers what it was asked and how it answered."""

import json
import time
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .played import Got, Played


@dataclass(frozen=True)
class Voucher:
    """What was booked; `event` is Relay's id."""

    name: str
    number: str
    report: str
    event: str


@dataclass(frozen=True)
class Asked:
    """One request to book. `clear`: the client could know from the answer how it ended."""

    number: str
    booked: bool
    clear: bool
    at: float


class Erp(Played):
    """With `keeps_keys` it books once under an idempotency key; without, it books whatever comes."""

    def __init__(self, lane: str, chance: Random, *, keeps_keys: bool) -> None:
        super().__init__(chance)
        self.lane, self._keeps_keys = lane, keeps_keys
        self.ledger: list[Voucher] = []
        self.asked: list[Asked] = []
        self._by_key: dict[str, str] = {}
        self.by_number: dict[str, str] = {}

    def take(self, got: Got, *, act: bool, clear: bool) -> Any:
        if got.method == "GET":
            (key,) = parse_qs(urlsplit(got.target).query)["key"]
            found = [self._by_key[key]] if key in self._by_key else []
            return {"total": len(found), "vouchers": found}
        return self._asked_to_book(json.loads(got.body), got, act=act, clear=clear)

    def _asked_to_book(self, body: Any, got: Got, *, act: bool, clear: bool) -> Any:
        key = got.headers["idempotency-key"]
        refused = body.get("refuse", False)
        self.asked.append(Asked(body["number"], act and not refused, clear, time.monotonic()))
        if refused:
            return {"code": "NO", "why": "the account is closed"}
        if self._keeps_keys and key in self._by_key:
            return {"code": "0", "voucher": self._by_key[key]}
        return {"code": "0", "voucher": self._book(body, key, got.headers["relay-event-id"])} if act else {}

    def _book(self, body: Any, key: str, event: str) -> str:
        name = f"V-{self.lane}-{len(self.ledger) + 1}"
        self.ledger.append(Voucher(name, body["number"], body["report"], event))
        self._by_key[key] = self.by_number[body["number"]] = name
        return name
