"""What destinations have booked while a test is played: what the test says, and what it delivers. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from relay import following
from relay.booking import Found, Reversed
from relay.configuration import Config
from relay.delivery import State
from relay.destination import Request
from relay.following import Ended
from relay.outgoing import UNKNOWN_DELIVERY, Send
from relay.store import Claimed
from relay.texts import _
from relay.trial import Booked


class Entry(NamedTuple):
    """Under one business key at one destination. `request`: what was sent; None where only the test knows."""

    delivery: str
    route: str
    document: str
    data: Mapping[str, Any]
    request: Request | None = None


class Books:
    """`at_ms`: when all of it is booked, since 1970."""

    def __init__(self, said: Iterable[Booked], at_ms: int) -> None:
        self._at_ms = at_ms
        self._entries = {
            (each.to, str(each.once)): Entry(UNKNOWN_DELIVERY, "", str(each.document), each.data) for each in said
        }

    def book(self, claimed: Claimed, request: Request | None, document: str | None, data: Mapping[str, Any]) -> None:
        """What was delivered."""
        if claimed.once:
            entry = Entry(claimed.id, claimed.route, document or "", data, request)
            self._entries.setdefault((claimed.lane, claimed.once), entry)

    def repeats(self, send: Send) -> tuple[State, str] | None:
        """How a document ends that is booked: the same request as a duplicate, and another one is for a person."""
        entry = self._entries.get((send.draft.lane, send.draft.once or ""))
        if entry is None:
            return None
        if entry.request and entry.request.body == (send.request and send.request.body):
            return State.DELIVERED, _("duplicate of {delivery}", delivery=entry.delivery)
        return State.HELD, _("again: booked as {document}", document=entry.document or entry.delivery)

    def reversed(self, lane: str, key: str, config: Config) -> Reversed | None:
        """What a reversal finds under the key; None where no test says anything of that destination's books."""
        entry = self._entries.get((lane, key))
        if entry is None:
            says = any(of == lane for of, _ in self._entries)
            return Reversed("", Found.NOTHING, "", b"") if says else None
        return Reversed(entry.delivery, Found.BOOKED, entry.document, self._prior(entry, lane, config))

    def _prior(self, entry: Entry, lane: str, config: Config) -> bytes:
        ended = Ended(
            id=entry.delivery,
            route=entry.route,
            destination=lane,
            state=State.DELIVERED,
            document=entry.document,
            data=entry.data,
            at_ms=self._at_ms,
        )
        return following.kept(ended, config) or b""
