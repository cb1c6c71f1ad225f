"""The model's deliveries, where they are, and who has an order key."""

from modelled import Booking, Delivery, Lane

from relay.delivery import ENDED, State

UNDER_WAY = {State.IN_FLIGHT, State.CONFIRMING}


class Lines:
    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}
        self.callback_counts: dict[str, int] = {}
        self.marks: dict[str, list[tuple[bytes, str]]] = {}
        self.posts: dict[str, tuple[list[str], int]] = {}
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
