"""What a stored event leads to under two configurations, and in what that differs. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from relay.configuration import Config
from relay.delivery import State
from relay.errors import Refused
from relay.event import Event
from relay.outgoing import Send
from relay.rehearsal import Rehearsed, rehearse_stored
from relay.texts import _

Lane = tuple[str, str]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Of one delivery. `old`, `new`: None where that configuration makes none."""

    route: str
    destination: str
    words: str
    old: Send | None
    new: Send | None

    @property
    def is_routed(self) -> bool:
        """Whether it is made under one alone; else both make it, and it is sent otherwise."""
        return self.old is None or self.new is None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `open`: why it can't be told; else `differences`, none where both do the same."""

    event: Event
    differences: tuple[Difference, ...] = ()
    open: str | None = None


def compared(old: Config, new: Config, event: Event, received_ms: int, documents: Mapping[str, Any]) -> Compared:
    """`documents`: what was read for it, by name."""
    try:
        before = rehearse_stored(old, event, received_ms, documents)
        after = rehearse_stored(new, event, received_ms, documents)
    except Refused as fault:
        return Compared(event=event, open=fault.what)
    missing = next((each.waits_for for each in (before, after) if each.waits_for), None)
    if missing:
        return Compared(event=event, open=_("it would be read first: {document}", document=missing))
    return Compared(event=event, differences=tuple(_differences(_sends(before), _sends(after))))


def _sends(found: Rehearsed) -> dict[Lane, Send]:
    return {(send.draft.route, send.draft.lane): send for send in found.sends}


def _differences(old: Mapping[Lane, Send], new: Mapping[Lane, Send]) -> Iterator[Difference]:
    for lane in dict.fromkeys((*old, *new)):
        before, after = old.get(lane), new.get(lane)
        words = _words(before, after)
        if words:
            yield Difference(route=lane[0], destination=lane[1], words=words, old=before, new=after)


def _words(old: Send | None, new: Send | None) -> str:
    """Empty where both do the same."""
    if old is None:
        return _("is made, and wasn't")
    if new is None:
        return _("was made, and isn't any more")
    if old.state is not new.state:
        return _("is now {new}, was {old}", new=_end(new), old=_end(old))
    return "; ".join(_parts(old, new))


def _end(send: Send) -> str:
    return _("sent") if send.state is State.PENDING else send.reason or str(send.state)


def _parts(old: Send, new: Send) -> Iterator[str]:
    if old.reason != new.reason:
        yield _("is now {new}, was {old}", new=new.reason or "", old=old.reason or "")
    if old.draft.once != new.draft.once:
        yield _("its business key is now {new}, was {old}", new=new.draft.once or "-", old=old.draft.once or "-")
    if old.draft.order_key != new.draft.order_key:
        yield _("its order key is now {new}, was {old}", new=new.draft.order_key or "-", old=old.draft.order_key or "-")
    if old.draft.blocks is not new.draft.blocks:
        yield _("later ones of its key wait otherwise")
    if _content(old) != _content(new):
        yield _("its request is another")


def _content(send: Send) -> Any:
    """The request but for the keys that its business key gives: they are told already."""
    if send.request is None:
        return None
    headers = {name: value for name, value in send.request.headers.items() if name != "Idempotency-Key"}
    return send.request.method, send.request.url, headers, send.request.body
