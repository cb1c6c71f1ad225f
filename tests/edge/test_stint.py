"""A stint leaves a lane that has nothing to do, and only then."""

import asyncio

from relay.destination import Limits
from relay.stint import Stint
from relay.store import Claim, Claimed, Claims

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
        return Claims(deliveries=[], next_ms=next_ms, more=False)

    def attempt(self, claimed: Claimed, asked_at: float) -> "asyncio.Task[None]":
        raise AssertionError


async def test_it_stays_while_work_is_due_soon_and_leaves_when_none_is() -> None:
    played = Played()
    async with asyncio.timeout(20):
        left_work = await Stint("erp", played, Limits(), linger_s=4 * SOON_MS / 1000).claim_until_idle()
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
    rung.stint = Stint("erp", rung, Limits(), linger_s=0.01)
    async with asyncio.timeout(20):
        await rung.stint.claim_until_idle()
    assert [claim.leaving for claim in rung.asked][-2:] == [True, True]
