"""What a delivery would send, without sending it: the request as it would leave, but for credentials and signature, or
the reason why it wouldn't. Rendered and gated by the rules that the worker asks. Pure."""

from collections.abc import Sequence

import msgspec

from relay import confirming, gate, rendering
from relay.booking import Found, Reversed
from relay.configuration import Config
from relay.delivery import Draft, State, is_fetch
from relay.destination import Destination, Request
from relay.destinations.judge import from_fault
from relay.errors import ExpressionError, MissingName, Unsendable
from relay.files import Reference, seen
from relay.hosts import Hosts
from relay.known import Known
from relay.sendable import bounded, checked_url
from relay.store import CallbackDraft, Claimed, Follower, Notice

NO_KEY = bytes(32)  # of the address that a destination confirms at: each relay has its own
UNKNOWN_DELIVERY = "dlv_" + "0" * 24


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a draft. `state`: pending where it is sent at once, else held or dead, with a `reason` that
    begins with its code. `request`: as it leaves, with Relay's own headers; also of one that is held. `claimed`: the
    delivery as a worker has it, None where it is born dead. `files`: addresses that are fetched first; they are taken
    as empty. `open`: what its request needs of what isn't known before it is sent, so that it can't be shown."""

    draft: Draft
    state: State
    reason: str | None = None
    request: Request | None = None
    claimed: Claimed | None = None
    files: tuple[str, ...] = ()
    open: str | None = None

    @property
    def reads(self) -> bool:
        """Whether it only reads a document, for the routes that are asked then."""
        return is_fetch(self.draft.route)


def send_of(draft: Draft, known: Known, config: Config, booked: Reversed | None = None) -> Send:
    """`known`: its event, with the documents that were read. `booked`: what a reversal finds under the key that it
    takes back; without it, a document whose number isn't known."""
    if draft.state is not State.PENDING:
        return Send(draft=draft, state=draft.state, reason=draft.reason)
    claimed, guessed = _claimed(draft, known, config), bool(draft.reverses) and booked is None
    if draft.reverses:
        claimed = msgspec.structs.replace(claimed, reversed=booked or _somewhere(draft.reverses))
    return _rendered(draft, claimed, config, guessed=guessed)


def callback_of(
    told: CallbackDraft, delivery: str, known: Known, config: Config, event_state: str, nth: int = 1
) -> Send:
    """The first status callback of a delivery, at the time when its event came. `event_state`: the event's by then;
    `nth`: of the callbacks of its event."""
    draft = Draft(id=f"{delivery}-1", lane=told.lane, route=told.route)
    notice = Notice(delivery, event_state, nth, known.received_ms, told.snapshot)
    return _rendered(draft, msgspec.structs.replace(_claimed(draft, known, config), notice=notice), config)


def _claimed(draft: Draft, known: Known, config: Config) -> Claimed:
    """As a worker has it at its first attempt."""
    address = confirming.address(config.public_url, NO_KEY, draft.id) if config.public_url else None
    return Claimed(
        id=draft.id,
        lane=draft.lane,
        token="",
        event=known.event,
        received_ms=known.received_ms,
        route=draft.route,
        order_key=draft.order_key,
        once=draft.once,
        attempts=0,
        tries=0,
        doubt=False,
        look=0,
        missed=0,
        lost=False,
        probe=False,
        start_ms=0,
        age_ms=0,
        rendered=None,
        booking=None,
        notice=None,
        prior=draft.prior if isinstance(draft, Follower) else None,
        confirm_url=address,
        opening=known.opening,
        fetched=known.fetched,
    )


def _somewhere(key: str) -> Reversed:
    return Reversed(delivery=UNKNOWN_DELIVERY, found=Found.BOOKED, document=f"(booked under {key})", prior=b"")


def _rendered(draft: Draft, claimed: Claimed, config: Config, *, guessed: bool = False) -> Send:
    """`guessed`: what is booked before isn't known, so that a name that is missing may be one of that."""
    destination, plan = config.destination_of(claimed), config.plan_of(claimed)
    made = Send(draft=draft, state=State.PENDING, claimed=claimed)
    try:
        wanted = rendering.references(claimed, plan)
        made = msgspec.structs.replace(made, files=tuple(each.url for each in wanted))
        rendered = rendering.render(claimed, destination, plan, [seen(each, b"", "") for each in wanted])
        made = msgspec.structs.replace(made, request=rendering.unsealed(rendered, claimed))
        gate.check(rendered, claimed, config)
        held = gate.held(rendered, claimed, config)
    except ExpressionError as fault:
        if guessed and isinstance(fault, MissingName):
            return msgspec.structs.replace(made, open=fault.what)
        return msgspec.structs.replace(made, state=State.DEAD, reason=f"mapping: {fault}")
    if held:
        return msgspec.structs.replace(made, state=State.HELD, reason=f"hold: {held}")
    return _sendable(made, destination, wanted)


def _sendable(made: Send, destination: Destination, wanted: Sequence[Reference]) -> Send:
    """As the transport and the destination's hosts take it, and the files before it."""
    files = [Request(method="GET", url=each.url, headers={}, body=b"") for each in wanted]
    asked = [(request, f"files[{number}]: ", destination.hosts or Hosts()) for number, request in enumerate(files)]
    for request, which, hosts in [*asked, *([(made.request, "", destination.hosts)] if made.request else [])]:
        try:
            checked_url(request)
            bounded(request, hosts)
        except Unsendable as fault:
            said = from_fault(fault).reason
            return msgspec.structs.replace(made, state=State.DEAD, reason=f"rejected: {which}{said}")
    return made
