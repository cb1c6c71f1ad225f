"""Events, claims and settlements of a usual size, as web and worker would give them to the store."""

from itertools import count

from relay.delivery import Draft, State
from relay.event import Event, pack
from relay.store import Blob, CallbackDraft, Claim, Claimed, Entry, Settlement

HEADERS = {
    "content-type": "application/json",
    "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
    "webhook-timestamp": "1774972800",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    "user-agent": "expenses/1.0",
}
BODY = b'{"type":"expense.paid","number":"B26000107","amount":1280.50,"lines":[' + b'{"fee":"travel"},' * 40 + b"{}]}"
RENDERED = Blob(bytes(300))
RECORD = Blob(bytes(900))
SNAPSHOT = Blob(bytes(250))
DAY_MS = 86_400_000
numbers = count(1)


def entry(key: str | None = None, body: bytes = BODY) -> Entry:
    """An event with one delivery to `erp`; `key`: its order key and its business key."""
    number = next(numbers)
    evt = f"evt_{number:027x}"
    event = Event(
        id=evt,
        source="expenses",
        type="expense.paid",
        external_id=f"msg_{number:032x}",
        headers=HEADERS,
        body=body,
        config="0123456789ab",
        routes=("paid-expense",),
        deliveries=(dlv := f"dlv_{number:024x}",),
    )
    draft = Draft(id=dlv, lane="erp", route="paid-expense", order_key=key, once=key)
    return Entry(
        evt=evt,
        mark=f"u:expenses:msg_{number:032x}",
        digest=Blob(evt[-8:].encode()),
        window_ms=30 * DAY_MS,
        on_differs="hold",
        packed=Blob(pack(event)),
        deliveries=[draft],
        callbacks=[()],
    )


def claim(lane: str, want: int) -> Claim:
    return Claim(
        lane=lane,
        worker="0123456789ab",
        claim=f"{next(numbers):016x}",
        want=want,
        lease_ms=DAY_MS,
        stint_ms=3_000,
        concurrency=1_000_000,
    )


def settlement(claimed: Claimed) -> Settlement:
    """Delivered; a delivery makes a status callback, a callback makes none."""
    told = CallbackDraft(lane="status", route=claimed.route, snapshot=SNAPSHOT)
    return Settlement(
        dlv=claimed.id,
        token=claimed.token,
        state=State.DELIVERED,
        record=RECORD,
        document="V-2026-0006",
        digest="0" * 32,
        callbacks=[] if claimed.notice else [told],
    )
