"""What the store promises, said slowly: lists and dicts, no clock, no Redis.

A time is "now" or "never": a duration of 0 ends at once, any other one not before `time_passes`. Only the order in which
leases ended is taken from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from relay.delivery import State, event_state
from relay.outcome import LaneEffect
from relay.store import CallbackDraft, Claim, Decision, Entry, Hold, Settlement

UNDER_WAY = {State.IN_FLIGHT, State.CONFIRMING}
ENDED = {State.DELIVERED, State.DEAD}


@dataclass(kw_only=True, eq=False)
class Delivery:
    """`place`: ready, wait, fly, parked, held, dead, or nothing. `due`: its wait, or its lease, has ended."""

    id: str
    evt: str
    lane: str
    seq: int
    key: str | None
    once: str | None
    blocks: bool
    state: State
    reason: str | None
    callback_of: str | None = None
    told: str = ""
    nth: int = 0
    place: str = ""
    due: bool = False
    token: str = ""
    begun: str = ""
    lost: str = ""
    rendered: bytes | None = None
    records: list[bytes] = field(default_factory=list)
    attempts: int = 0
    tries: int = 0
    doubt: bool = False
    document: str | None = None
    settled: str = ""
    late: str = ""
    said: str = ""
    endings: int = 0


@dataclass
class Lane:
    """`lines`: for each order key its owner, then the followers by seq. `opened`: how often in a row, 0 when closed."""

    lines: dict[str, list[Delivery]] = field(default_factory=dict)
    last: dict[str, tuple[str, list[Delivery]]] = field(default_factory=dict)
    paused: bool = False
    throttled: bool = False
    failures: int = 0
    opened: int = 0
    probe_due: bool = False
    probe: Delivery | None = None
    refused: tuple[int, str, str] = (0, "", "")


@dataclass
class Booking:
    owner: str
    document: str = ""
    digest: str | None = None


@dataclass(frozen=True)
class Row:
    """What a claim hands out."""

    id: str
    lost: bool
    probe: bool
    booked_by: str | None


class Model:
    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}
        self.callback_counts: dict[str, int] = {}
        self.marks: dict[str, list[tuple[bytes, str]]] = {}
        self.lanes: dict[str, Lane] = {}
        self.bookings: dict[tuple[str, str], Booking] = {}

    def of_event(self, evt: str) -> list[Delivery]:
        return [d for d in self.deliveries.values() if d.evt == evt]

    def at(self, lane: str, place: str) -> list[Delivery]:
        return sorted((d for d in self.deliveries.values() if (d.lane, d.place) == (lane, place)), key=lambda d: d.seq)

    def ended(self, evt: str) -> bool:
        return all(d.state in ENDED for d in self.of_event(evt))

    def lane(self, name: str) -> Lane:
        return self.lanes.setdefault(name, Lane())

    # accept

    def accept(self, entry: Entry) -> tuple[str, str]:
        seen = self.marks.setdefault(entry.mark, [])
        for digest, evt in seen:
            if digest == entry.digest and evt == entry.evt:
                return ("new" if evt == seen[0][1] else "differs"), evt
            if digest == entry.digest:
                return "duplicate", evt
        if seen and entry.on_differs == "ignore":
            return "duplicate", seen[0][1]
        seen.append((entry.digest, entry.evt))
        differs = len(seen) > 1
        self._store(entry, differs)
        return ("differs" if differs else "new"), entry.evt

    def _store(self, entry: Entry, differs: bool) -> None:
        self.callback_counts[entry.evt] = 0
        for draft in entry.deliveries:
            held = differs and draft.state is State.PENDING
            state = State.HELD if held else draft.state
            reason = f"differs: the same id came before with another body ({self.marks[entry.mark][0][1]})"
            self._insert(
                Delivery(
                    id=draft.id,
                    evt=entry.evt,
                    lane=draft.lane,
                    seq=len(self.deliveries) + 1,
                    key=draft.order_key,
                    once=draft.once,
                    blocks=draft.blocks,
                    state=state,
                    reason=reason if held else draft.reason,
                )
            )
        for draft, callbacks in zip(entry.deliveries, entry.callbacks, strict=True):
            self._call_back(self.deliveries[draft.id], callbacks)

    def _insert(self, d: Delivery) -> None:
        self.deliveries[d.id] = d
        self.lane(d.lane)
        self._place(d)
        if d.key is not None and (d.state is State.PENDING or d.blocks):
            self._join(d)
        elif d.state is State.PENDING:
            d.place = "ready"

    def _call_back(self, d: Delivery, drafts: Sequence[CallbackDraft]) -> None:
        for draft in drafts:
            d.endings += 1
            self.callback_counts[d.evt] += 1
            mine = [other.state for other in self.of_event(d.evt) if other.callback_of is None]
            self._insert(
                Delivery(
                    id=f"{d.id}-{d.endings}",
                    evt=d.evt,
                    lane=draft.lane,
                    seq=len(self.deliveries) + 1,
                    key=d.id,
                    once=None,
                    blocks=True,
                    state=State.PENDING,
                    reason=None,
                    callback_of=d.id,
                    told=str(event_state(mine)),
                    nth=self.callback_counts[d.evt],
                )
            )

    # order keys

    def _place(self, d: Delivery) -> None:
        d.place = str(d.state) if d.state in {State.HELD, State.DEAD} else ""

    def _join(self, d: Delivery) -> None:
        line = self.lane(d.lane).lines.setdefault(d.key, [])
        line.append(d)
        line[1:] = sorted(line[1:], key=lambda one: one.seq)
        self._show(line)

    def _show(self, line: list[Delivery]) -> None:
        """The owner may go, the others are parked; what is decided, or on its way, stays where it is."""
        for d in line:
            if d.state is State.PENDING and d is not line[0]:
                d.place = "parked"
        if line and line[0].place == "parked":
            line[0].place = "ready"
        if line and line[0].state is State.PENDING and not line[0].place:
            line[0].place = "ready"

    def _leave(self, d: Delivery) -> None:
        line = self.lane(d.lane).lines.get(d.key, [])
        if d in line:
            line.remove(d)
            self._show(line)
        if not line:
            self.lane(d.lane).lines.pop(d.key, None)

    def _reopen(self, d: Delivery, urgent: bool = False) -> None:
        """It takes its order key from nobody, or from a later one that isn't under way."""
        d.state, d.place = State.PENDING, "ready"
        if d.key is None:
            return
        line = self.lane(d.lane).lines.setdefault(d.key, [])
        if line and line[0] is d:
            return
        if d in line:
            line.remove(d)
        if line and (line[0].state in UNDER_WAY or (line[0].seq < d.seq and not urgent)):
            d.place = ""
            self._join(d)
            return
        if line and line[0].state is State.WAITING:
            line[0].state = State.PENDING
        line.insert(0, d)
        line[1:] = sorted(line[1:], key=lambda one: one.seq)
        self._show(line)

    # claim

    def claim(self, claim: Claim, ended: Sequence[str]) -> list[Row]:
        """`ended`: the deliveries whose lease has ended, in that order."""
        lane = self.lane(claim.lane)
        before, rows = lane.last.get(claim.worker, ("", []))
        if before == claim.claim:
            return [self._row(d, lane) for d in rows if d.token == before and d.state is State.IN_FLIGHT]
        taken = self._take_ended(claim, [self.deliveries[dlv] for dlv in ended[: claim.want]])
        for d in self.at(claim.lane, "wait"):
            d.place = "ready" if d.due else "wait"
        taken += self._take_ready(claim, lane, claim.want - len(taken))
        if taken:
            lane.last[claim.worker] = claim.claim, taken
        return [self._row(d, lane) for d in taken]

    def _row(self, d: Delivery, lane: Lane) -> Row:
        other = None if d.lost == d.token else self._booked_by_another(d)
        return Row(d.id, d.lost == d.token, lane.probe is d, other.owner if other else None)

    def _take_ended(self, claim: Claim, ended: list[Delivery]) -> list[Delivery]:
        lost = [d for d in ended if d.begun == d.token]
        for d in ended:
            if d in lost:
                d.begun = d.lost = claim.claim
                self._lease(d, claim)
            else:
                self._unclaim(d)
        return lost

    def _unclaim(self, d: Delivery) -> None:
        d.state, d.place, d.token = State.PENDING, "ready", ""
        if self.lane(d.lane).probe is d:
            self.lane(d.lane).probe = None

    def _lease(self, d: Delivery, claim: Claim) -> None:
        d.state, d.place, d.token, d.due = State.IN_FLIGHT, "fly", claim.claim, claim.lease_ms == 0

    def room(self, name: str, concurrency: int) -> int:
        lane = self.lane(name)
        if lane.paused or lane.throttled or (lane.opened and not lane.probe_due):
            return 0
        free = concurrency - len(self.at(name, "fly"))
        if not lane.opened:
            return max(0, free)
        return 0 if lane.probe and lane.probe.place == "fly" else max(0, min(1, free))

    def _take_ready(self, claim: Claim, lane: Lane, want: int) -> list[Delivery]:
        left, taken = min(want, self.room(claim.lane, claim.concurrency)), []
        while len(taken) < left and (ready := self.at(claim.lane, "ready")):
            d = ready[0]
            other = self._booked_by_another(d)
            if other and other.digest is None:
                self._stand_back(d, self.deliveries[other.owner])
                continue
            if d.once is not None:
                self.bookings.setdefault((d.lane, d.once), Booking(d.id))
            self._lease(d, claim)
            if lane.opened:
                lane.probe = d
            taken.append(d)
        return taken

    def _booked_by_another(self, d: Delivery) -> Booking | None:
        booking = self.bookings.get((d.lane, d.once)) if d.once is not None else None
        return booking if booking and booking.owner != d.id else None

    def _stand_back(self, d: Delivery, first: Delivery) -> None:
        """`first` is about the same document. If it is parked, it gets its order key: else they would wait for ever."""
        line = self.lane(first.lane).lines.get(first.key, [])
        if first.place == "parked" and line[0].state not in UNDER_WAY:
            self._reopen(first, urgent=True)
            if first.key == d.key:
                return
        d.state, d.place, d.due = State.WAITING, "wait", False

    # a lease

    def _mine(self, dlv: str, token: str) -> bool:
        d = self.deliveries.get(dlv)
        return d is not None and d.state is State.IN_FLIGHT and d.token == token

    def begin(self, dlv: str, token: str, rendered: bytes | None) -> bool:
        if not self._mine(dlv, token):
            return False
        d = self.deliveries[dlv]
        d.begun, d.rendered = token, rendered or d.rendered
        return True

    def extend(self, hold: Hold, lease_ms: int) -> bool:
        if self._mine(hold.dlv, hold.token):
            self.deliveries[hold.dlv].due &= lease_ms == 0
        return self._mine(hold.dlv, hold.token)

    def give_back(self, hold: Hold, delay_ms: int) -> None:
        d = self.deliveries.get(hold.dlv)
        if d and self._mine(hold.dlv, hold.token) and d.begun != hold.token:
            self._unclaim(d)
            d.place, d.due = ("wait", False) if delay_ms else ("ready", False)

    # settle

    def settle(self, s: Settlement) -> str:
        d = self.deliveries.get(s.dlv)
        if d is None:
            return "poison"
        if d.settled == s.token:
            return "again"
        if not self._mine(s.dlv, s.token):
            d.records += [] if d.late == s.token else [bytes(s.record)]
            d.late = s.token
            return "late"
        self._write(d, s)
        self._book(d, s.document, s.digest)
        if s.state is State.DELIVERED or (s.state in {State.DEAD, State.HELD} and not d.blocks):
            self._leave(d)
        self._lane_effect(d, s)
        self._call_back(d, s.callbacks)
        return "done"

    def _write(self, d: Delivery, s: Settlement) -> None:
        d.records.append(bytes(s.record))
        d.settled, d.attempts, d.tries = s.token, d.attempts + 1, d.tries + s.counts
        d.doubt, d.document, d.reason = d.doubt or s.doubt, s.document or d.document, s.reason
        d.state, d.due = s.state, s.delay_ms == 0
        self._place(d)
        if s.state is State.WAITING:
            d.place = "wait"

    def _book(self, d: Delivery, document: str | None, digest: str | None) -> None:
        """A booked key stays booked; one that died undoubted is free again; doubt keeps it."""
        if d.once is None or d.state not in ENDED:
            return
        booking = self.bookings.get((d.lane, d.once)) or Booking(d.id)
        others = booking.owner != d.id
        if d.state is State.DELIVERED and not (others and booking.digest):
            known = digest or (None if others else booking.digest) or "-"
            self.bookings[d.lane, d.once] = Booking(d.id, document or "", known)
        elif d.state is State.DEAD and not (others or d.doubt or booking.digest):
            self.bookings.pop((d.lane, d.once), None)

    def _lane_effect(self, d: Delivery, s: Settlement) -> None:
        lane = self.lane(d.lane)
        if s.effect is LaneEffect.ANSWERS:
            lane.opened = lane.failures = 0
        elif s.effect is not LaneEffect.NONE:
            self._failed(lane, d, s)
        if lane.probe is d or s.effect is LaneEffect.ANSWERS:
            lane.probe = None
        self._count_refused(lane, d, s)
        lane.throttled = lane.throttled or s.throttle_ms > 0

    def _failed(self, lane: Lane, d: Delivery, s: Settlement) -> None:
        if lane.opened and lane.probe is not d:
            return
        if lane.opened:
            lane.opened += 1
        else:
            lane.failures += 1
            lane.opened = int(s.effect is LaneEffect.STOPS or lane.failures >= s.limits.failures)
        lane.probe_due = s.limits.probe_ms == 0

    def _count_refused(self, lane: Lane, d: Delivery, s: Settlement) -> None:
        if s.state in {State.DELIVERED, State.CONFIRMING}:
            lane.refused = (0, "", "")
        count, reason, by = lane.refused
        if not s.rejected or (by, reason) == (d.id, s.reason or ""):
            return
        lane.refused = (count + 1 if count and reason == (s.reason or "") else 1, s.reason or "", d.id)
        if 0 < s.limits.stop_after <= lane.refused[0]:
            lane.paused, lane.refused = True, (0, "", "")

    # people

    def decide(self, asked: Decision) -> str:
        d = self.deliveries.get(asked.dlv)
        if d is None:
            return "missing"
        if d.said == asked.request:
            return "again"
        anew = asked.decide in {"replay", "again"}
        allowed = {State.DEAD, State.HELD} | ({State.DELIVERED} if asked.decide == "again" else set())
        if d.state not in (allowed if anew else {State.DEAD, State.HELD, State.CONFIRMING}):
            return str(d.state)
        d.records.append(bytes(asked.record))
        d.said, d.reason = asked.request, None if anew else asked.reason
        if anew or asked.decide == "retry":
            d.tries, d.rendered = 0, None if anew else d.rendered
            self._reopen(d)
        else:
            self._close(d, State(asked.decide), asked)
        return "done"

    def _close(self, d: Delivery, state: State, asked: Decision) -> None:
        changed, d.state, d.doubt = d.state is not state, state, False
        d.document = (asked.document if state is State.DELIVERED else None) or d.document
        self._place(d)
        self._book(d, asked.document, None)
        self._leave(d)
        if changed:
            self._call_back(d, asked.callbacks)

    def pause(self, name: str, reason: str | None) -> None:
        lane = self.lane(name)
        lane.paused = reason is not None
        if reason is None:
            lane.throttled, lane.probe, lane.refused = False, None, (0, "", "")
            lane.opened = lane.failures = 0

    def time_passes(self, name: str) -> None:
        """Long enough for every wait, lease, throttle and probe of the lane."""
        for d in self.at(name, "wait") + self.at(name, "fly"):
            d.due = True
        self.lane(name).throttled, self.lane(name).probe_due = False, True
