"""Bodies that nobody has verified yet may not fill the memory, however many come at once."""

import asyncio

import pytest
from starlette.types import Message, Receive

from relay.errors import Refused
from relay.web.body import Bodies


def sent(*chunks: bytes, held: asyncio.Event | None = None) -> Receive:
    """A request whose last chunk comes when `held` is set."""
    left = list(chunks)

    async def receive() -> Message:
        if held and len(left) == 1:
            await held.wait()
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


async def test_what_doesnt_fit_beside_the_others_is_refused_and_told_to_come_again() -> None:
    bodies, held = Bodies(room=10), asyncio.Event()
    first = asyncio.create_task(bodies.read(sent(b"12345678", b"9", held=held), 100))
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await bodies.read(sent(b"123"), 100)
    assert (refused.value.status, refused.value.retry_after) == (503, 5)
    held.set()
    assert await first == b"123456789"
    assert await bodies.read(sent(b"1234567890"), 100) == b"1234567890"


async def test_a_refused_body_leaves_its_room_to_the_next() -> None:
    bodies = Bodies(room=10)
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            await bodies.read(sent(b"123456"), 5)
        assert refused.value.status == 413
    assert await bodies.read(sent(b"12345"), 5) == b"12345"
