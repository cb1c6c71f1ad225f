"""A weekend in big steps; `python -m tests.faults.weekend` takes smaller ones."""

import pytest

from .clock import HOUR_S, missing
from .weekend import HOURS, weekend

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
STEPS, DAY_S = 4, 24 * HOUR_S


async def test_an_erp_that_is_down_from_friday_to_monday_or_for_longer_makes_no_dead_letter_and_few_attempts() -> None:
    """Then for 40 days more: `expire` is 30, and time under an open breaker doesn't count."""
    async with weekend() as waiting:
        await waiting.fill()
        for _ in range(STEPS):
            await waiting.pass_by(HOURS * HOUR_S // STEPS)
        await waiting.pass_by(40 * DAY_S)
        await waiting.ends()
        assert await waiting.faults() == []
