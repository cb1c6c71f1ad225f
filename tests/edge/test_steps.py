"""What runs beside a process's work: nobody waits for it, so it must not end unheard."""

import asyncio

import pytest

from relay import background


async def test_a_step_that_fails_is_told_and_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Semaphore(0)

    async def step() -> None:
        begun.release()
        raise LookupError("torn")

    async with asyncio.timeout(10), background.running(step):
        for _ in range(2):
            await begun.acquire()
    assert "torn" in caplog.text
