"""Follows events: asks again and again, and tells what changed since it last looked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from relay.cli.asking import Asking, pages
from relay.cli.timeline import attempt_told, decision_told
from relay.texts import _, _n

FOLLOWED = 200  # of the events of which more may become, the newest: each costs a question


@dataclass(frozen=True)
class Change:
    """One thing that happened. `subject`: the document's key, or the event's own id; `state`: what it led to."""

    at: str
    event: str
    subject: str
    where: str
    text: str
    state: str


class Followed:
    """`query` filters events; `since`: from when on, None for what comes from now on."""

    def __init__(self, relay: Asking, query: dict[str, str | None], since: str | None) -> None:
        self._relay, self._query = relay, query
        self._seen: dict[str, dict[str, Any]] = {}
        self._since = since or self._mark()

    def changes(self) -> list[Change]:
        """Since the last call, in order."""
        fresh = self._fresh()
        still = [id_ for id_, one in self._seen.items() if id_ not in fresh and _goes_on(one)][-FOLLOWED:]
        looked = [*fresh.values(), *(self._relay.get(f"/api/events/{one}") for one in still)]
        found = [change for event in looked for change in _news(self._seen.get(event["id"]), event)]
        self._seen |= {event["id"]: event for event in looked}
        if fresh:
            self._since = max(event["received_at"] for event in fresh.values())
        self._forget()
        return sorted(found, key=lambda change: change.at)

    def _fresh(self) -> dict[str, dict[str, Any]]:
        query = {**self._query, "since": self._since, "limit": "500"}
        newest = [event for page in pages(self._relay, "/api/events", "events", **query) for event in page]
        return {event["id"]: event for event in reversed(newest)}

    def _mark(self) -> str:
        """The time of the newest event, which counts as seen: by the relay's clock, not by this machine's."""
        (newest, *_) = self._relay.get("/api/events", limit="1")["events"] or [None]
        if newest is None:
            return "1970-01-02T00:00:00Z"
        self._seen[newest["id"]] = newest
        return str(newest["received_at"])

    def _forget(self) -> None:
        kept = {id_: one for id_, one in self._seen.items() if _goes_on(one) or one["received_at"] >= self._since}
        self._seen = dict(list(kept.items())[-10 * FOLLOWED :])


def _news(before: dict[str, Any] | None, event: dict[str, Any]) -> Iterator[Change]:
    if before is None:
        count = (
            _n("{n} delivery", "{n} deliveries", len(event["deliveries"]))
            if event["deliveries"]
            else _("no route takes it")
        )
        told = f"{event['source']}  {event['type'] or _('(no type)')}: {count}"
        state = "unrouted" if event["state"] == "unrouted" else ""
        yield Change(event["received_at"], event["id"], event["external_id"], "in", told, state)
    known = {one["id"]: one for one in _all(before)} if before else {}
    for delivery in _all(event):
        yield from _of_delivery(known.get(delivery["id"]), delivery, event)


def _goes_on(event: dict[str, Any]) -> bool:
    """Whether more becomes of it: a dead one may be replayed, and callbacks follow what is delivered."""
    return any(one["state"] != "delivered" for one in _all(event))


def _all(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [*event["deliveries"], *event["callbacks"]]


def _of_delivery(before: dict[str, Any] | None, delivery: dict[str, Any], event: dict[str, Any]) -> Iterator[Change]:
    old = before or {"attempts": [], "decisions": []}
    new = [*delivery["attempts"][len(old["attempts"]) :], *delivery["decisions"][len(old["decisions"]) :]]
    subject = delivery["order_key"] or event["external_id"]
    last = delivery["attempts"][-1] if delivery["attempts"] else None
    for one in new:
        booked = _(" as {document}", document=delivery["document"]) if one is last and delivery["document"] else ""
        told = decision_told(one) if "decided" in one else attempt_told(one) + booked
        yield Change(one["at"], event["id"], subject, delivery["destination"], told, _led_to(one, last, delivery))
    if not new and before is None and delivery["state"] in ("held", "dead"):
        yield Change(
            event["received_at"], event["id"], subject, delivery["destination"], delivery["reason"], delivery["state"]
        )


def _led_to(one: dict[str, Any], last: dict[str, Any] | None, delivery: dict[str, Any]) -> str:
    return str(delivery["state"]) if one is last else ""
