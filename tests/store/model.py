"""What the store promises, said slowly: lists and dicts, no clock, no Redis.

A time is "now" or "never": a duration of 0 ends at once, any other one not before `time_passes`. Only the order in
which leases ended is taken from outside.
"""

from collections.abc import Sequence

from model_claims import Claiming
from modelled import Booking, Delivery, Lane

from relay.delivery import ENDED, State, event_state
from relay.outcome import LaneEffect
from relay.store import Batch, CallbackDraft, Decision, Entry, Settlement

OPEN = frozenset(State) - {State.DELIVERED, State.DEAD, State.HELD}
MOST_TOLD = 100


class Model(Claiming):
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

    def accept_all(self, batch: Batch) -> list[tuple[str, str]]:
        before = set(self.callback_counts)
        answers = [self.accept(entry) for entry in batch.entries]
        if made := set(self.callback_counts) - before:
            self.posts[batch.post] = ([evt for _, evt in answers], len(made))
        return answers

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
        several = d.endings + len(drafts) > 1
        if drafts and d.endings == 1:
            self._key_first(d)
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
                    key=d.id if several else None,
                    once=None,
                    blocks=True,
                    state=State.PENDING,
                    reason=None,
                    callback_of=d.id,
                    told=str(event_state(mine)),
                    nth=self.callback_counts[d.evt],
                )
            )

    def _key_first(self, d: Delivery) -> None:
        """A callback that is alone has no order key; now another follows it."""
        first = self.deliveries[f"{d.id}-1"]
        if first.key is None and first.state is not State.DELIVERED:
            first.key = d.id
            self._join(first)

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
        d.rendered, d.posted = None if s.anew else d.rendered, d.posted or s.posted
        d.state, d.due = s.state, s.delay_ms == 0
        self._place(d)
        if s.state is State.WAITING or (s.state is State.CONFIRMING and s.delay_ms > 0):
            d.place = "wait"
        d.asked, d.said_of = s.state is State.CONFIRMING, d.said_of[s.heard :] if s.state in OPEN else []
        d.due = d.due or bool(d.said_of and d.asked)

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
        if s.state is State.DELIVERED:
            lane.refused = (0, "", "")
            return
        count, reason, by = lane.refused
        if not s.rejected or (by, reason) == (d.id, s.reason or ""):
            return
        lane.refused = (count + 1 if count and reason == (s.reason or "") else 1, s.reason or "", d.id)
        if 0 < s.limits.stop_after <= lane.refused[0]:
            lane.paused, lane.refused = True, (0, "", "")

    def decide(self, asked: Decision) -> str:
        d = self.deliveries.get(asked.dlv)
        if d is None:
            return "missing"
        if d.said == asked.request:
            return "again"
        anew = asked.decide in {"replay", "again"}
        if asked.decide == "replay" and d.posted and d.state in {State.DEAD, State.HELD}:
            return "posted"
        allowed = {State.DEAD, State.HELD} | ({State.DELIVERED} if asked.decide == "again" else set())
        if d.state not in (allowed if anew else {State.DEAD, State.HELD, State.CONFIRMING}):
            return str(d.state)
        d.records.append(bytes(asked.record))
        d.said, d.reason = asked.request, None if anew else asked.reason
        d.key = d.key or d.callback_of
        if anew or asked.decide == "retry":
            d.tries, d.rendered, d.posted = 0, None if anew else d.rendered, d.posted and not anew
            d.asked, d.said_of, d.telling = False, [] if anew else d.said_of, 0 if anew else d.telling
            self._reopen(d)
        else:
            self._close(d, State(asked.decide), asked)
        return "done"

    def _close(self, d: Delivery, state: State, asked: Decision) -> None:
        changed, d.state, d.doubt = d.state is not state, state, False
        d.asked, d.said_of = False, []
        d.document = (asked.document if state is State.DELIVERED else None) or d.document
        self._place(d)
        self._book(d, asked.document, None)
        self._leave(d)
        if changed:
            self._call_back(d, asked.callbacks)

    def told(self, dlv: str, posted: bytes, record: bytes) -> str:
        d = self.deliveries.get(dlv)
        if d is None:
            return "missing"
        if d.said_of[-1:] == [posted]:
            return "again"
        if d.telling >= MOST_TOLD:
            return "many"
        d.records, d.telling = [*d.records, record], d.telling + 1
        if d.state not in OPEN:
            return "ended"
        d.said_of = [*d.said_of, posted]
        d.due = d.due or (d.state is State.CONFIRMING and d.place == "wait")
        return "done"

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
