"""A stint leaves a lane that has nothing to do, and only then; and claims for its free places."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from relay.destination import Limits
from relay.event import Event
from relay.stint import Stint, Waits
from relay.store import Claim, Claimed, Claims

NONE: dict[str, Any] = dict.fromkeys(("order_key", "once", "rendered", "booking", "notice"))
NOTHING: dict[str, Any] = dict.fromkeys(("attempts", "tries", "look", "missed", "start_ms", "age_ms", "received_ms"), 0)
FLAGS: dict[str, Any] = dict.fromkeys(("doubt", "lost", "probe"), False)
EVENT = Event(id="evt_1", source="s", type="t", external_id="x", headers={}, body=b"", config="c")
SOON_MS = 50
TIMES = 10


class Played:
    """A drainer of a lane that has nothing to claim; its next work is due soon, until it was asked TIMES times."""

    stopping = False

    def __init__(self) -> None:
        self.asked: list[Claim] = []

    async def claim(self, claim: Claim) -> Claims:
        self.asked.append(claim)
        next_ms = SOON_MS if len(self.asked) < TIMES else None
        return Claims(deliveries=[], next_ms=next_ms, more=False, ready=False)

    def attempt(self, claimed: Claimed, asked_at: float) -> "asyncio.Task[None]":
        raise AssertionError


async def test_it_stays_while_work_is_due_soon_and_leaves_when_none_is() -> None:
    played = Played()
    async with asyncio.timeout(20):
        left_work = await Stint("erp", played, Limits(), Waits(linger_s=4 * SOON_MS / 1000)).claim_until_idle()
    assert not left_work
    assert not any(claim.leaving for claim in played.asked[:TIMES])
    assert played.asked[-1].leaving


class Rung(Played):
    """The lane is rung while the stint is asking for the last time."""

    stint: Stint

    async def claim(self, claim: Claim) -> Claims:
        claims = await super().claim(claim)
        if claim.leaving and not any(earlier.leaving for earlier in self.asked[:-1]):
            self.stint.news.set()
        return claims


async def test_it_stays_where_the_lane_is_rung_while_it_leaves() -> None:
    """Or what came would wait until somebody sweeps: who rang takes the lane to be drained."""
    rung = Rung()
    rung.stint = Stint("erp", rung, Limits(), Waits(linger_s=0.01))
    async with asyncio.timeout(20):
        await rung.stint.claim_until_idle()
    assert [claim.leaving for claim in rung.asked][-2:] == [True, True]


class Busy(Played):
    """A lane with more work than there are places; its attempts last until they are told to end."""

    stint: Stint
    ready = True

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[asyncio.Event] = []
        self.claimed = asyncio.Event()

    async def claim(self, claim: Claim) -> Claims:
        self.asked.append(claim)
        self.claimed.set()
        given = Claimed(id="dlv_1", lane="erp", token="t", route="r", event=EVENT, **NONE, **NOTHING, **FLAGS)
        return Claims(deliveries=[given] * claim.want, next_ms=0, more=self.ready, ready=self.ready)

    def attempt(self, claimed: Claimed, asked_at: float) -> "asyncio.Task[None]":
        self.ends.append(asyncio.Event())
        return asyncio.create_task(_until(self.ends[-1]))

    async def end(self, places: int) -> None:
        """So many attempts end, one after another."""
        for place in self.ends[:places]:
            place.set()
            await asyncio.sleep(0)
        del self.ends[:places]


async def _until(end: asyncio.Event) -> None:
    await end.wait()


@asynccontextmanager
async def busy(concurrency: int, **waits: float) -> AsyncIterator[Busy]:
    """A stint that has just taken all places of its lane."""
    played = Busy()
    stint = played.stint = Stint("erp", played, Limits(concurrency=concurrency), Waits(**waits))
    async with asyncio.timeout(20):
        running = asyncio.create_task(stint.claim_until_idle())
        await played.claimed.wait()
        played.claimed.clear()
        yield played
        played.stopping = True
        stint.news.set()
        await running
        await played.end(len(played.ends))
        await stint.finish()


async def test_a_wide_lane_is_claimed_for_several_free_places_at_once() -> None:
    async with busy(concurrency=64, gather_s=60) as lane:
        await lane.end(15)
        assert [claim.want for claim in lane.asked] == [64]
        await lane.end(1)
        await lane.claimed.wait()
        assert [claim.want for claim in lane.asked] == [64, 16]


async def test_a_wide_lane_is_claimed_for_one_free_place_where_no_more_come_free() -> None:
    async with busy(concurrency=64, gather_s=0.001) as lane:
        await lane.end(1)
        await lane.claimed.wait()
        assert [claim.want for claim in lane.asked] == [64, 1]


async def test_a_narrow_lane_is_claimed_for_each_free_place() -> None:
    async with busy(concurrency=8, gather_s=60) as lane:
        await lane.end(1)
        await lane.claimed.wait()
        assert [claim.want for claim in lane.asked] == [8, 1]


async def test_where_nothing_is_ready_it_looks_a_little_after_an_attempt_for_what_that_left() -> None:
    """The bell doesn't ring for what is to be tried again."""
    async with busy(concurrency=2, look_s=0.001) as lane:
        await _claims_again(lane, ready=False)
        await lane.end(1)
        await lane.claimed.wait()


async def test_where_it_was_rung_without_a_free_place_it_claims_when_an_attempt_ends() -> None:
    async with busy(concurrency=2, look_s=60) as lane:
        await _claims_again(lane, ready=False)
        lane.stint.news.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await lane.end(1)
        await lane.claimed.wait()


async def _claims_again(lane: Busy, ready: bool) -> None:
    """For one place; that says whether more is ready."""
    lane.ready = ready
    await lane.end(1)
    await lane.claimed.wait()
    lane.claimed.clear()
