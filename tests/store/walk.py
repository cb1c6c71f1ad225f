"""Random steps on the store and on the model, which must agree after each."""

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import building
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from invariants import check_invariants
from model import Model
from picture import Dump, of_model, of_redis
from redis import Redis
from retired import check_retirement
from strategies import AT_ONCE_OR_NEVER, ENTRIES, LANES, PICK, SETTLED

from relay.delivery import Draft, State
from relay.retention import Retention
from relay.store import Batch, Blob, CallbackDraft, Claim, Entry, Hold, Settlement
from relay.stores.connecting import client
from relay.stores.redis import RedisStore
from relay.stores.retiring import RedisShelves


@dataclass
class Bench:
    """What all walks on one server share."""

    runner: asyncio.Runner
    store: RedisStore
    shelves: RedisShelves
    redis: Redis
    steps: int = 0


@contextmanager
def bench(url: str) -> Iterator[Bench]:
    with asyncio.Runner() as runner, Redis.from_url(url) as redis:
        asynchronous = client(url)
        yield Bench(runner, RedisStore(asynchronous, lambda _: None), RedisShelves(asynchronous), redis)
        runner.run(asynchronous.aclose())


@dataclass
class Handed:
    """What was handed out, the latest last: a later step takes one of them, by preference a late one."""

    deliveries: list[str] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)


class Walk(RuleBasedStateMachine):
    """Random steps on the store and on the model."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench, self.model, self.handed = bench, Model(), Handed()
        self.marks = 0
        bench.redis.flushdb()

    def both(self, stored: object, modelled: object) -> None:
        assert stored == modelled, f"the store says {stored!r}, the model {modelled!r}"

    def draft(self, fields: dict) -> Draft:
        reason = None if fields["state"] is State.PENDING else "hold: born so"
        return building.draft(**fields, reason=reason)

    def entry(self, fields: dict) -> Entry:
        drafts = [self.draft(one) for one in fields["drafts"]]
        ended = [one.state is not State.PENDING and fields["told"] for one in drafts]
        callbacks = [[building.told()] if one else [] for one in ended]
        given = {"digest": Blob(fields["digest"]), "on_differs": fields["on_differs"], "callbacks": callbacks}
        return building.entry(*drafts, mark=f"u:s:{fields['mark']}", **given)

    @initialize(groups=st.lists(ENTRIES, min_size=2, max_size=5))
    def begins_with(self, groups: list[dict]) -> None:
        self._accept([self.entry(fields) for fields in groups])

    @rule(groups=st.lists(ENTRIES, min_size=1, max_size=3))
    def accept(self, groups: list[dict]) -> None:
        self._accept([self.entry(fields) for fields in groups])

    @rule(groups=st.lists(ENTRIES, max_size=4))
    def accept_all(self, groups: list[dict]) -> None:
        batch = building.batch(*(self.entry(fields) for fields in groups))
        self.handed.batches.append(batch)
        self._accept_all(batch)

    @rule(pick=PICK)
    @precondition(lambda self: self.handed.batches)
    def accept_all_again(self, pick: int) -> None:
        self._accept_all(latest(self.handed.batches, pick))

    def _accept_all(self, batch: Batch) -> None:
        answers = self.bench.runner.run(self.bench.store.accept_all(batch))
        self.handed.entries += batch.entries
        self.both([(answer.status, answer.id) for answer in answers], self.model.accept_all(batch))

    @rule(pick=PICK)
    @precondition(lambda self: self.handed.entries)
    def accept_again(self, pick: int) -> None:
        self._accept([latest(self.handed.entries, pick)])

    def _accept(self, entries: list[Entry]) -> None:
        async def together() -> list[tuple[str, str]]:
            answers = await asyncio.gather(*map(self.bench.store.accept, entries))
            return [(answer.status, answer.id) for answer in answers]

        self.handed.entries += entries
        self.both(self.bench.runner.run(together()), [self.model.accept(entry) for entry in entries])

    @rule(
        pick=PICK,
        worker=st.sampled_from(["w1", "w2"]),
        want=st.integers(1, 4),
        lease_ms=AT_ONCE_OR_NEVER,
        concurrency=st.integers(1, 4),
        leaving=st.booleans(),
    )
    def claim(self, pick: int, **fields: object) -> None:
        busy = sorted({d.lane for d in self.model.deliveries.values() if d.place in {"ready", "wait", "fly"}})
        self._claim(building.claim(latest(busy or ["erp"], pick), **fields))

    @rule(pick=PICK)
    @precondition(lambda self: self.handed.claims)
    def claim_again(self, pick: int) -> None:
        """A worker repeats its last claim, because the answer was lost."""
        asked = latest(self.handed.claims, pick)
        last = next(one for one in reversed(self.handed.claims) if (one.worker, one.lane) == (asked.worker, asked.lane))
        self._claim(last)

    def _claim(self, claim: Claim) -> None:
        dump = Dump(self.bench.redis)
        fly = sorted((score, dlv) for dlv, score in dump.scores(f"l:{claim.lane}:fly").items())
        ended = [dlv for _, dlv in fly if self.model.deliveries[dlv].due]
        claims = self.bench.runner.run(self.bench.store.claim(claim))
        rows = [
            (d.id, d.lost, d.probe, d.booking and d.booking.delivery, list(d.told), d.asked_ms is not None)
            for d in claims.deliveries
        ]
        modelled = self.model.claim(claim, ended)
        self.handed.claims.append(claim)
        self.handed.holds += [Hold(lane=claim.lane, dlv=row.id, token=claim.claim) for row in modelled]
        self.both(rows, [dataclasses.astuple(row) for row in modelled])
        self._freeze_conflicts(claim.lane)
        ready, room = self.model.at(claim.lane, "ready"), self.model.room(claim.lane, claim.concurrency)
        self.both(claims.more, bool(ready and room))
        self.both(claims.ready, bool(ready))

    def _freeze_conflicts(self, lane: str) -> None:
        """Who waits for another's business key waits 5 s; here until time passes."""
        for d in self.model.at(lane, "wait"):
            if not d.due:
                self.bench.redis.zadd(
                    f"l:{lane}:wait", {d.id: Dump(self.bench.redis).now_ms + building.NEVER_MS}, xx=True
                )

    def hold(self, pick: int) -> Hold:
        """A lease: by preference one that is still good, now and then one that isn't."""
        good = [Hold(lane=d.lane, dlv=d.id, token=d.token) for d in self.model.deliveries.values() if d.place == "fly"]
        return latest(good if good and pick % 4 else self.handed.holds, pick // 4)

    @rule(pick=PICK, rendered=st.sampled_from([None, b"bytes"]), steps=st.sampled_from([0, 0, 1, 2]))
    @precondition(lambda self: self.handed.holds)
    def begin(self, pick: int, rendered: bytes | None, steps: int) -> None:
        """`steps`: how often it is said that it goes on after the same step."""
        hold, blob = self.hold(pick), Blob(rendered) if rendered else None
        record = Blob(f"step {building.number()}".encode()) if steps else None
        for _ in range(max(1, steps)):
            begun = self.bench.store.begin(hold.dlv, hold.token, blob, record)
            self.both(self.bench.runner.run(begun), self.model.begin(hold.dlv, hold.token, rendered, record))

    @rule(pick=PICK, fields=SETTLED, told=st.booleans())
    @precondition(lambda self: self.handed.holds)
    def settle(self, pick: int, fields: dict, told: bool) -> None:
        hold = self.hold(pick)
        ends = fields["state"] in {State.DELIVERED, State.DEAD, State.HELD} and hold.lane != "status" and told
        callbacks: list[CallbackDraft] = [building.told()] if ends else []
        record = Blob(f"attempt {building.number()}".encode())
        self._settle(Settlement(dlv=hold.dlv, token=hold.token, record=record, callbacks=callbacks, **fields))

    @rule(pick=PICK, fields=SETTLED, told=st.booleans())
    @precondition(lambda self: any(d.place == "fly" for d in self.model.deliveries.values()))
    def settle_too(self, pick: int, fields: dict, told: bool) -> None:
        """Most walks should get on."""
        self.settle(pick | 1, fields, told)

    @rule(pick=PICK)
    @precondition(lambda self: self.handed.settlements)
    def settle_again(self, pick: int) -> None:
        self._settle(latest(self.handed.settlements, pick))

    def _settle(self, settlement: Settlement) -> None:
        self.handed.settlements.append(settlement)
        self.both(self.bench.runner.run(self.bench.store.settle(settlement)), self.model.settle(settlement))

    @rule(pick=PICK, lease_ms=AT_ONCE_OR_NEVER)
    @precondition(lambda self: self.handed.holds)
    def extend(self, pick: int, lease_ms: int) -> None:
        holds = [self.hold(pick), latest(self.handed.holds, 0)]
        kept = self.bench.runner.run(self.bench.store.extend(holds, lease_ms))
        self.both(kept, [self.model.extend(hold, lease_ms) for hold in holds])

    @rule(pick=PICK, delay_ms=AT_ONCE_OR_NEVER)
    @precondition(lambda self: self.handed.holds)
    def give_back(self, pick: int, delay_ms: int) -> None:
        hold = self.hold(pick)
        self.bench.runner.run(self.bench.store.give_back(hold, delay_ms))
        self.model.give_back(hold, delay_ms)

    @rule(
        pick=st.integers(0, 40),
        decide=st.sampled_from(["delivered", "retry", "dead", "replay", "again"]),
        document=st.sampled_from([None, "V-2"]),
        twice=st.booleans(),
        decided=st.booleans(),
    )
    @precondition(lambda self: self.model.deliveries)
    def decide(self, pick: int, decide: str, document: str | None, twice: bool, decided: bool) -> None:
        stuck = [d.id for d in self.model.deliveries.values() if decided or d.state in {State.HELD, State.DEAD}]
        dlv = latest(stuck or list(self.model.deliveries), pick)
        callbacks = [building.told()] if self.model.deliveries[dlv].callback_of is None else []
        asked = building.decision(dlv, decide, callbacks=callbacks, document=document, reason="cancelled")
        for _ in range(1 + twice):
            self.both(self.bench.runner.run(self.bench.store.decide(asked)), self.model.decide(asked))

    @rule(pick=st.integers(0, 40), says=st.sampled_from(["done", "failed"]), twice=st.booleans())
    @precondition(lambda self: self.model.deliveries)
    def told(self, pick: int, says: str, twice: bool) -> None:
        """A destination posts about a delivery, by preference one that waits for it."""
        waits = [d.id for d in self.model.deliveries.values() if d.state is State.CONFIRMING]
        dlv = latest(waits if waits and pick % 3 else list(self.model.deliveries), pick // 3)
        for _ in range(1 + twice):
            posted, record = Blob(says.encode()), Blob(f"posted {building.number()}".encode())
            stored = self.bench.runner.run(self.bench.store.told(dlv, posted, record))
            self.both(stored, self.model.told(dlv, posted, record))

    @rule(lane=LANES, wanted=st.integers(0, 9))
    def pause(self, lane: str, wanted: int) -> None:
        reason = "a person" if wanted == 9 else None
        self.bench.runner.run(self.bench.store.pause(lane, reason))
        self.model.pause(lane, reason)

    @rule(again_ms=st.sampled_from([0, 1000]))
    def sweep(self, again_ms: int) -> None:
        self.bench.runner.run(self.bench.store.sweep(100, again_ms))

    @rule(lane=st.sampled_from(["erp", "oa", "status"]))
    def time_passes(self, lane: str) -> None:
        """Every end that lies ahead is moved to the past: leases, waits, throttle, probe."""
        redis, dump = self.bench.redis, Dump(self.bench.redis)
        for place in ("wait", "fly"):
            ends = {dlv: 1 + rank for rank, dlv in enumerate(dump.scores(f"l:{lane}:{place}"))}
            if ends:
                redis.zadd(f"l:{lane}:{place}", ends)
        for name in {"throttle", "probe_at", "stint"} & dump.hash(f"l:{lane}").keys():
            redis.hset(f"l:{lane}", name, 1)
        redis.zadd("lanes:due", {lane: 1}, xx=True)
        self.model.time_passes(lane)

    @invariant()
    def agrees_with_the_model(self) -> None:
        self.bench.steps += 1
        dump = Dump(self.bench.redis)
        stored, modelled = of_redis(dump), of_model(self.model)
        for part, value in modelled.items():
            assert stored[part] == value, f"{part}:\n{differences(stored[part], value)}"
        check_invariants(dump, self.model)

    def teardown(self) -> None:
        """However the walk went: what must stay stays, and of the rest nothing is left."""
        for lane in sorted(self.model.lanes):
            self._end(lane)
        before = Dump(self.bench.redis)
        self.bench.runner.run(take_all(self.bench.shelves))
        check_retirement(before, Dump(self.bench.redis), self.model)

    def _end(self, lane: str) -> None:
        """Much that is under way comes to an end, one in two dead: such may be in the way of others."""
        self.pause(lane, 0)
        self.time_passes(lane)
        self._claim(building.claim(lane))
        flying = [d for d in self.model.deliveries.values() if (d.lane, d.place) == (lane, "fly")]
        for number, d in enumerate(flying):
            state = State.DELIVERED if number % 2 else State.DEAD
            record = Blob(f"attempt {building.number()}".encode())
            given = {"doubt": number % 4 == 0, "limits": building.LIMITS}
            self._settle(Settlement(dlv=d.id, token=d.token, state=state, record=record, **given))


async def take_all(shelves: RedisShelves) -> None:
    while await shelves.take(Retention(bodies_ms=0, records_ms=0), 5):
        pass


def latest(things: list, pick: int) -> object:
    return things[-1 - pick % len(things)]


def differences(stored: dict, modelled: dict) -> str:
    names = sorted(name for name in stored.keys() | modelled.keys() if stored.get(name) != modelled.get(name))
    return "\n".join(f"{name}: the store has {stored.get(name)}\n  the model {modelled.get(name)}" for name in names)
