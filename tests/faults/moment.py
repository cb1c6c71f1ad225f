"""What stands at one moment: every accepted event's deliveries are each in exactly one state and one place."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from relay.event import unpack

SCRIPT = (Path(__file__).parent / "moment.lua").read_text()
AT_ONCE = 100
ENDED = ("delivered", "dead")
LETTERS = {"held": "h", "delivered": "d", "dead": "x"}
LINES = {"ready", "wait", "fly", "held", "dead"}
PLACES = {
    "pending": ({"ready"}, {"wait"}, set()),
    "in_flight": ({"fly"},),
    "waiting": ({"wait"}, {"ready"}),
    "confirming": ({"wait"}, {"fly"}, set()),
    "held": ({"held"},),
    "dead": ({"dead"},),
    "delivered": (set(),),
}


async def deliveries_of(redis: Redis, event: str) -> tuple[str, ...]:
    """The ids of an event's deliveries, its callbacks aside; of a Redis that decodes as Up's does."""
    return unpack(event, (await redis.get(f"e:{event}")).encode("latin-1")).deliveries


@dataclass(frozen=True)
class Standing:
    """One delivery (or callback: its id has a '-') as it stands."""

    id: str
    event: str
    letter: str
    state: str | None
    lane: str | None
    seq: int
    key: str | None
    once: str | None
    document: str | None
    reason: str | None
    places: frozenset[str]

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def callback(self) -> bool:
        return "-" in self.id

    def faults(self) -> Iterator[str]:
        """What can't be, in words."""
        if self.state not in PLACES:
            yield f"{self.id} has no state that is known: {self.state}"
        elif self.places & LINES not in PLACES[self.state]:
            yield f"{self.id} is {self.state} and stands in {sorted(self.places)}"
        elif self.state == "pending" and not self.places:
            yield f"{self.id} is pending and stands nowhere"
        if self.letter != LETTERS.get(self.state or "", "o"):
            yield f"{self.id} is {self.state} and counted as {self.letter}"
        under_way = self.places & {"ready", "fly"} or self.state == "waiting"
        if self.key and under_way and "owner" not in self.places:
            yield f"{self.id} is {self.state} without its order key: {sorted(self.places)}"


@dataclass
class Moments:
    """Follows every event from the log until all that is its own has ended. `open`: those that haven't, the one that
    was looked at longest ago first."""

    last: str = "0-0"
    open: dict[str, None] = field(default_factory=dict)
    looks: int = 0
    faults: list[str] = field(default_factory=list)

    async def look(self, redis: Redis) -> list[Standing]:
        """One moment of some: it is not to keep Redis from its work. Raises RedisError."""
        asked = list(islice(self.open, AT_ONCE))
        reply = await ask(redis, {"after": self.last, "count": AT_ONCE, "events": asked})
        seen = list(standing(reply))
        self.last, self.looks = reply["last"], self.looks + 1
        self.faults += [fault for one in seen for fault in one.faults()]
        self.faults += [f"{event} was there and is gone" for event in asked if event not in reply["events"]]
        for event in asked:
            self.open.pop(event, None)
        self.open |= {one.event: None for one in seen if not one.ended}
        return seen


async def ask(redis: Redis, asked: Any) -> Any:
    return json.loads(await redis.eval(SCRIPT, 0, json.dumps(asked)))


def standing(reply: Any) -> Iterator[Standing]:
    for event, deliveries in (reply["events"] or {}).items():
        for delivery, (letter, state, lane, seq, *rest) in deliveries.items():
            key, once, document, reason, *places = (part or None for part in rest)
            of = (key, once, document, reason)
            yield Standing(delivery, event, letter, state or None, lane or None, int(seq or 0), *of, frozenset(places))


async def everything(redis: Redis) -> dict[str, Standing]:
    """All deliveries of all events in the log, by id."""
    found: dict[str, Standing] = {}
    last, before = "0-0", None
    while last != before:
        reply = await ask(redis, {"after": last, "count": AT_ONCE, "events": []})
        found |= {one.id: one for one in standing(reply)}
        before, last = last, reply["last"]
    return found
