"""The origin played: it hears how deliveries ended."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .played import Got, Played

FINAL = ("delivery.delivered", "delivery.dead")


@dataclass(frozen=True)
class Told:
    """A status callback. `id`: its webhook-id."""

    id: str
    kind: str
    delivery: str
    document: str | None
    seq: int


class Origin(Played):
    """`told`: the callbacks that were answered with 2xx, each webhook-id once; `times` counts all that came."""

    def __init__(self, chance: Any) -> None:
        super().__init__(chance)
        self.told: dict[str, Told] = {}
        self.times: Counter[str] = Counter()

    def take(self, got: Got, *, act: bool, clear: bool) -> Any:
        body, webhook = json.loads(got.body), got.headers["webhook-id"]
        self.times[webhook] += 1
        if act and clear:
            delivery = body["delivery"]
            self.told[webhook] = Told(webhook, body["type"], delivery["id"], delivery["document"], body["seq"])
        return {}

    def final(self) -> dict[str, list[Told]]:
        """By delivery, what told of its end."""
        found: dict[str, list[Told]] = {}
        for told in self.told.values():
            if told.kind in FINAL:
                found.setdefault(told.delivery, []).append(told)
        return found
