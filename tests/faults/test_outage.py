"""A short outage; `python -m tests.faults.outage` makes a long one, and says what it costs."""

import pytest

from .down import Wanted, outage
from .up import until

pytestmark = pytest.mark.long

WANTED = Wanted(deliveries=300, rate=200, probe_ms=300, cap_ms=1200)


async def test_what_waits_for_an_erp_that_is_down_costs_probes_alone_and_drains_in_order_at_its_rate() -> None:
    async with outage(WANTED) as down:
        await down.fill()
        before = await down.probes()

        async def probed() -> bool:
            return await down.probes() >= before + 3

        await until(probed, 60)
        await down.drain()
        assert list(down.faults()) == []
