"""Arguments of the store's steps, with everything left out that a test doesn't speak of."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from relay.delivery import Draft, State
from relay.event import Event, pack
from relay.store import Batch, Blob, BreakerLimits, CallbackDraft, Claim, Claimed, Decision, Entry, Settlement

NEVER_MS = 1_000_000_000
LIMITS = BreakerLimits(failures=5, probe_ms=NEVER_MS, cap_ms=NEVER_MS, stop_after=0)
_numbers = count(1)


def number() -> int:
    """Another one each time."""
    return next(_numbers)


def event(evt: str, body: bytes = b"{}", deliveries: tuple[str, ...] = ()) -> Event:
    given = {"source": "s", "type": "t", "external_id": "x", "headers": {}, "config": "1"}
    return Event(id=evt, body=body, deliveries=deliveries, **given)


def new_evt() -> str:
    return f"evt_{number():027x}"


def draft(lane: str = "erp", **fields: Any) -> Draft:
    return Draft(id=f"dlv_{number():024x}", lane=lane, route="r", **fields)


def told(lane: str = "status") -> CallbackDraft:
    return CallbackDraft(lane=lane, route="relay", snapshot=Blob(b"snapshot"))


def entry(*drafts: Draft, evt: str | None = None, mark: str | None = None, **fields: Any) -> Entry:
    evt = evt or new_evt()
    callbacks = fields.pop("callbacks", [()] * len(drafts))
    packed = Blob(pack(event(evt, deliveries=tuple(one.id for one in drafts))))
    given = {"digest": Blob(b"8 bytes."), "window_ms": NEVER_MS, "on_differs": "hold", "packed": packed}
    return Entry(evt=evt, mark=mark or f"u:s:{evt}", deliveries=drafts, callbacks=callbacks, **(given | fields))


def claim(lane: str = "erp", **fields: Any) -> Claim:
    given = {"worker": "w", "claim": f"c{number():06}", "want": 64, "lease_ms": NEVER_MS, "stint_ms": NEVER_MS}
    return Claim(lane=lane, **(given | {"concurrency": 1000} | fields))


def settlement(claimed: Claimed, state: State = State.DELIVERED, **fields: Any) -> Settlement:
    given = {"record": Blob(f"record {number()}".encode()), "limits": LIMITS}
    return Settlement(dlv=claimed.id, token=claimed.token, state=state, **(given | fields))


def decision(dlv: str, decide: Any, callbacks: Sequence[CallbackDraft] = (), **fields: Any) -> Decision:
    given = {"request": f"q{number()}", "record": Blob(b"a person said so")}
    return Decision(dlv=dlv, decide=decide, callbacks=callbacks, **(given | fields))


def batch(*entries: Entry, whole: bytes = b"[{}]") -> Batch:
    return Batch(post=f"post_{number():027x}", whole=Blob(whole), entries=entries)
