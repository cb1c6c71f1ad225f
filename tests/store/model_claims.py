"""The model's leases: claiming, beginning, prolonging, giving back."""

from collections.abc import Sequence

from model_lines import UNDER_WAY, Lines
from modelled import Booking, Delivery, Lane, Row

from relay.delivery import State
from relay.store import Claim, Hold


class Claiming(Lines):
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
        return Row(d.id, d.lost == d.token, lane.probe is d, other.owner if other else None, d.said_of[:20], d.asked)

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

    def _mine(self, dlv: str, token: str) -> bool:
        d = self.deliveries.get(dlv)
        return d is not None and d.state is State.IN_FLIGHT and d.token == token

    def begin(self, dlv: str, token: str, rendered: bytes | None, record: bytes | None) -> bool:
        if not self._mine(dlv, token):
            return False
        d = self.deliveries[dlv]
        d.begun, d.rendered = token, rendered or d.rendered
        d.records += [record] if record and d.records[-1:] != [record] else []
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
