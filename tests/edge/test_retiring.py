"""The use case that removes: a round is bounded, takes turns, and outlives a store that is away."""

import asyncio
from types import SimpleNamespace

from relay.errors import StoreUnavailable
from relay.retention import FOR_EVER, Retention
from relay.retire import AT_ONCE, ROUNDS, retire

KEPT = Retention(bodies_ms=1, records_ms=1)


class Played:
    """Shelves with so many ripe events; `away`: how often they don't answer first."""

    def __init__(self, ripe: int, *, mine: bool = True, away: int = 0) -> None:
        self.ripe, self.mine, self.away, self.taken = ripe, mine, away, 0
        self.empty, self.asked = asyncio.Event(), asyncio.Event()

    async def turn(self, lasts_ms: int) -> bool:
        self.asked.set()
        self.away -= 1
        if self.away >= 0:
            raise StoreUnavailable("away")
        return self.mine

    async def take(self, kept: Retention, most: int) -> int:
        assert (kept, most) == (KEPT, AT_ONCE)
        taken = min(most, self.ripe)
        self.ripe, self.taken = self.ripe - taken, self.taken + taken
        if not self.ripe:
            self.empty.set()
        return taken


async def run_until(event: asyncio.Event, shelves: Played, kept: Retention = KEPT) -> None:
    running = asyncio.create_task(retire(shelves, lambda: SimpleNamespace(retention=kept)))
    await asyncio.wait_for(event.wait(), 30)
    running.cancel()


async def test_all_that_is_ripe_goes_though_redis_was_away() -> None:
    shelves = Played(3 * AT_ONCE + 1, away=1)
    await run_until(shelves.empty, shelves)
    assert shelves.taken == 3 * AT_ONCE + 1


async def test_a_round_is_bounded() -> None:
    shelves = Played(2 * ROUNDS * AT_ONCE)
    turns = 0

    async def once(lasts_ms: int) -> bool:
        nonlocal turns
        turns += 1
        if turns == 2:
            shelves.empty.set()
        return turns == 1

    shelves.turn = once
    await run_until(shelves.empty, shelves)
    assert shelves.taken == ROUNDS * AT_ONCE


async def test_nothing_is_taken_out_of_turn() -> None:
    shelves = Played(5, mine=False)
    await run_until(shelves.asked, shelves)
    assert shelves.taken == 0


async def test_where_nothing_is_said_of_retention_nothing_is_asked_of_the_store() -> None:
    shelves = Played(5)
    running = asyncio.create_task(retire(shelves, lambda: SimpleNamespace(retention=FOR_EVER)))
    await asyncio.sleep(0)
    running.cancel()
    assert not shelves.asked.is_set()
