"""Holds what happened against what is promised: each promise gives what breaks it, as ids and sentences."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from .erp import Asked, Erp
from .moment import Standing
from .origin import Origin
from .person import Person
from .sender import Sender


@dataclass(frozen=True)
class Evidence:
    """All that is known when everything has come to rest. `standing`: deliveries and callbacks by id."""

    sender: Sender
    person: Person
    erps: Mapping[str, Erp]
    origin: Origin
    standing: Mapping[str, Standing]

    @property
    def deliveries(self) -> list[Standing]:
        return [one for one in self.standing.values() if not one.callback]

    def broken(self) -> dict[str, list[str]]:
        """By promise, what shows that it was broken."""
        return {
            "every event answered 2xx has ended": list(self.lost()),
            "no event and no voucher that nobody sent": list(self.unexpected()),
            "every answer to a sender is right": self.sender.wrong,
            "no voucher is booked twice": list(self.booked_twice()),
            "delivered is booked, and dead is not": list(self.not_booked()),
            "per order key the ledger's order is the accept order": list(self.out_of_order()),
            "with hold, nothing doubtful is sent again unasked": list(self.doubt_not_held()),
            "every ended delivery has exactly one final callback": list(self.untold()),
        }

    def lost(self) -> Iterator[str]:
        """Answered 2xx, and not there, or not ended."""
        wanted = {sent.event: _lanes(sent.body) for sent in self.sender.taken.values()}
        found = defaultdict(set)
        for one in self.deliveries:
            found[one.event].add(one.lane)
            if not one.ended:
                yield f"{one.id} of {one.event} is {one.state} in {sorted(one.places)}"
            if one.state == "dead" and not one.reason:
                yield f"{one.id} is dead without a reason"
        for event, lanes in wanted.items():
            if found[event] != lanes:
                yield f"{event} has deliveries in {sorted(found[event])} and not in {sorted(lanes)}"

    def unexpected(self) -> Iterator[str]:
        """There, and never sent, or sent once and made twice."""
        known = {sent.event for sent in self.sender.taken.values()}
        yield from sorted({one.event for one in self.deliveries} - known)
        for lane, erp in self.erps.items():
            sent = {sent.body["number"] for sent in self.sender.taken.values()}
            yield from (f"{lane} {one.name} for {one.number}" for one in erp.ledger if one.number not in sent)

    def booked_twice(self) -> Iterator[str]:
        for lane, erp in self.erps.items():
            times = Counter(voucher.number for voucher in erp.ledger)
            yield from (f"{lane} {number} {count} times" for number, count in times.items() if count > 1)

    def not_booked(self) -> Iterator[str]:
        """Delivered, and not in the ledger under this document."""
        for one in self.deliveries:
            booked = self.erps[one.lane].by_number.get(one.once or "") if one.lane in self.erps else None
            if one.state == "delivered" and booked != one.document:
                yield f"{one.id} is delivered as {one.document}, and {one.once} is booked as {booked}"
            if one.state == "dead" and booked:
                yield f"{one.id} is dead ({one.reason}), and {one.once} is booked as {booked}"

    def out_of_order(self) -> Iterator[str]:
        """Per lane and report: booked before an earlier one that was booked too."""
        arrival = {(one.event, one.lane): one.seq for one in self.deliveries}
        for lane, erp in self.erps.items():
            last: dict[str, int] = defaultdict(int)
            for voucher in erp.ledger:
                seq = arrival.get((voucher.event, lane), 0)
                if seq < last[voucher.report]:
                    yield f"{lane} {voucher.report}: {voucher.name} came {seq} and after {last[voucher.report]}"
                last[voucher.report] = seq

    def doubt_not_held(self) -> Iterator[str]:
        """On the lane that holds: asked again after an answer that said nothing, and no person had said so."""
        lane = "erp-hold"
        asked: dict[str, list[Asked]] = defaultdict(list)
        for one in self.erps[lane].asked:
            asked[one.number].append(one)
        for number, those in asked.items():
            retried = self.person.retried.get((lane, number), [])
            for first, then in pairwise(those):
                if not first.clear and not any(first.at < at < then.at for at in retried):
                    yield f"{number} was asked again after {then.at - first.at:.1f} s"

    def untold(self) -> Iterator[str]:
        """Ended, and the origin wasn't told of it exactly once."""
        final = self.origin.final()
        for one in self.deliveries:
            told = [(it.kind, it.document) for it in final.get(one.id, [])]
            if one.ended and told != [(f"delivery.{one.state}", one.document)]:
                yield f"{one.id} {one.state} as {one.document}: told {told}"
        yield from sorted(set(final) - set(self.standing))

    def figures(self) -> dict[str, int]:
        """In Jepsen's words: recovered was in doubt for its sender, and was there."""
        taken = self.sender.taken.values()
        states = Counter(one.state for one in self.deliveries)
        asked = Counter(one.number for erp in self.erps.values() for one in erp.asked)
        return {
            "events sent": len(taken) + len(self.sender.wrong),
            "deliveries": len(self.deliveries),
            "delivered": states["delivered"],
            "dead": states["dead"],
            "held on the way": sum(map(len, self.person.held.values())),
            "callbacks": len(self.origin.told),
            "lost": len(list(self.lost())),
            "unexpected": len(list(self.unexpected())),
            "duplicated requests": sum(asked.values()) - len(asked),
            "duplicated callbacks": sum(self.origin.times.values()) - len(self.origin.times),
            "recovered": sum(sent.known for sent in taken),
        }


def _lanes(body: Mapping[str, object]) -> set[str]:
    """Where its deliveries are: what can't be routed is dead in the lane that it was for."""
    to = body["to"]
    return {to} if isinstance(to, str) else set(to)


def holds(evidence: Evidence) -> None:
    """Nothing lost, unexpected, doubled, out of order, in doubt unheld, or untold."""
    promises = (evidence.lost, evidence.unexpected, evidence.booked_twice, evidence.not_booked)
    for promise in (*promises, evidence.out_of_order, evidence.doubt_not_held, evidence.untold):
        assert list(promise()) == [], promise.__name__
    assert evidence.sender.wrong == []
