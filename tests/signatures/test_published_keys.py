"""Keys are fetched from a real server that plays the platform: once for all who wait, kept, and bounded."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from publishing import NOW, public_pem
from servers import Exchange, Play, answer, answering, endless, hang, once, reset_after_reading, serving

from relay.destination import Moment
from relay.errors import KeyLater
from relay.published import MOST_BYTES, MOST_WAITING, Keys
from relay.publisher import Publisher
from relay.publishers.spelled import SpelledPublisher
from relay.publishers.words import KeyWords
from relay.shelf import AT_ONCE, FAILED_S, MISSING_S, MOST_KEPT, NEW_A_MINUTE
from relay.signature import Received
from relay.transport.client import Transport

PEM = public_pem(rsa.generate_private_key(65537, 2048))
LASTS_S = 3600.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keys(clock: Clock) -> AsyncIterator[Keys]:
    async with Transport(most=MOST_BYTES) as transport:
        asking = Keys(transport, lambda: Moment(now_ms=NOW * 1000, nonce="n0nce"), clock)
        yield asking
        await asking.close()


def published_at(server: str, **more: Any) -> Publisher:
    words = {
        "by": {"header": "X-Key"},
        "url": server + "/{{ key.name }}",
        "hosts": ["127.0.0.1"],
        "form": "pem",
        "lasts": "1h",
    }
    return SpelledPublisher(msgspec.convert({**words, **more}, KeyWords), {}, "X-Signature")


def naming(name: str) -> Received:
    return Received(method="POST", url="", headers={"x-key": name}, query={}, body=b"")


async def outcomes(keys: Keys, publisher: Publisher, names: list[str]) -> list[str]:
    """What comes of as many requests at once: a key, or the name of an error."""
    asked = [keys.key_of(publisher, naming(name)) for name in names]
    found = await asyncio.gather(*asked, return_exceptions=True)
    return [one if isinstance(one, str) else type(one).__name__ for one in found]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what another task does
            await asyncio.sleep(0.001)


def giving(*names: str) -> Play:
    """Keys of these names; there are no others."""

    async def play(exchange: Exchange) -> None:
        got = await exchange.read()
        await exchange.write(answer(200, PEM.encode()) if got.target[1:] in names else answer(404))

    return play


async def test_a_key_is_asked_for_once_however_many_wait_and_then_kept_for_its_time(keys: Keys, clock: Clock) -> None:
    async with serving(giving("k1")) as server:
        publisher = published_at(server.url)
        assert await outcomes(keys, publisher, ["k1"] * 50) == [PEM] * 50
        clock.now += LASTS_S - 1
        assert await outcomes(keys, publisher, ["k1"]) == [PEM]
        assert len(server.got) == 1
        clock.now += 1
        assert await outcomes(keys, publisher, ["k1"]) == [PEM]
        assert len(server.got) == 2


async def test_a_host_that_is_not_listed_is_never_connected_to(keys: Keys) -> None:
    async with serving(giving("k1")) as server:
        elsewhere = published_at(server.url, url="{{ key.name }}", hosts=["keys.example.com"])
        assert await outcomes(keys, elsewhere, [f"{server.url}/k1"]) == ["Forged"]
        assert server.connections == 0


async def test_a_key_that_is_not_there_is_forged_and_not_asked_for_again_for_a_while(keys: Keys, clock: Clock) -> None:
    async with serving(giving()) as server:
        publisher = published_at(server.url)
        assert await outcomes(keys, publisher, ["k1", "k1"]) == ["Forged"] * 2
        clock.now += MISSING_S - 1
        assert await outcomes(keys, publisher, ["k1"]) == ["Forged"]
        assert len(server.got) == 1
        clock.now += 1
        assert await outcomes(keys, publisher, ["k1"]) == ["Forged"]
        assert len(server.got) == 2


@pytest.mark.parametrize(
    "play",
    [
        answering(500),
        answering(302, Location="http://127.0.0.1:1/"),
        answering(200, b"x" * (MOST_BYTES + 1)),
        once(b"junk"),
        endless,
        reset_after_reading,
    ],
    ids=["500", "redirect", "too long", "junk", "endless", "reset"],
)
async def test_what_cannot_be_had_comes_later_and_is_not_asked_for_again_at_once(
    play: Play, keys: Keys, clock: Clock
) -> None:
    async with serving(play) as server:
        publisher = published_at(server.url)
        assert await outcomes(keys, publisher, ["k1"] * 3) == ["KeyLater"] * 3
        clock.now += FAILED_S - 1
        assert await outcomes(keys, publisher, ["k1"]) == ["KeyLater"]
        assert server.connections == 1
        clock.now += 1
        assert await outcomes(keys, publisher, ["k1"]) == ["KeyLater"]
        assert server.connections == 2


async def test_a_server_that_never_answers_is_waited_for_only_so_long(clock: Clock) -> None:
    async with serving(hang) as server, Transport() as transport:
        asking = Keys(transport, lambda: Moment(now_ms=NOW * 1000, nonce="n0nce"), clock, timeout_ms=100)
        with pytest.raises(KeyLater):
            await asking.key_of(published_at(server.url), naming("k1"))
        assert server.connections == 1


async def test_a_stranger_who_invents_names_makes_few_requests_and_hinders_no_known_key(
    keys: Keys, clock: Clock
) -> None:
    async with serving(giving("known")) as server:
        publisher = published_at(server.url)
        assert await outcomes(keys, publisher, ["known"]) == [PEM]
        for number in range(50):
            await outcomes(keys, publisher, [f"invented-{number}"])
        assert len(server.got) == NEW_A_MINUTE
        clock.now += LASTS_S
        for number in range(50, 100):
            await outcomes(keys, publisher, [f"invented-{number}"])
        assert await outcomes(keys, publisher, ["known"]) == [PEM]
        assert len(server.got) == 2 * NEW_A_MINUTE + 1


async def test_few_are_asked_for_at_once_and_the_rest_is_told_to_come_again(keys: Keys) -> None:
    async with serving(hang) as server:
        publisher = published_at(server.url)
        waiting = [asyncio.create_task(keys.key_of(publisher, naming(f"k{n}"))) for n in range(AT_ONCE)]
        await until(lambda: server.connections == AT_ONCE)
        assert await outcomes(keys, publisher, ["another"] * 5) == ["KeyLater"] * 5
        more = [asyncio.create_task(keys.key_of(publisher, naming("k0"))) for _ in range(MOST_WAITING - AT_ONCE)]
        await asyncio.sleep(0)
        assert await outcomes(keys, publisher, ["k0"] * 5) == ["KeyLater"] * 5
        assert not any(task.done() for task in (*waiting, *more))
        assert server.connections == AT_ONCE
        await keys.close()
        await asyncio.gather(*waiting, *more, return_exceptions=True)


async def test_one_who_goes_away_ends_nobody_elses_waiting(keys: Keys) -> None:
    go = asyncio.Event()

    async def play(exchange: Exchange) -> None:
        await exchange.read()
        await go.wait()
        await exchange.write(answer(200, PEM.encode()))

    async with serving(play) as server:
        publisher = published_at(server.url)
        first, second = (asyncio.create_task(keys.key_of(publisher, naming("k1"))) for _ in range(2))
        await until(lambda: bool(server.got))
        first.cancel()
        go.set()
        assert await second == PEM
        assert len(server.got) == 1


async def test_sources_have_keys_and_bounds_of_their_own(keys: Keys) -> None:
    async with serving(hang) as silent, serving(giving("k1")) as speaking:
        asked = published_at(silent.url)
        waiting = [asyncio.create_task(keys.key_of(asked, naming(f"k{n}"))) for n in range(AT_ONCE)]
        await until(lambda: silent.connections == AT_ONCE)
        assert await outcomes(keys, published_at(speaking.url), ["k1", "k2"]) == [PEM, "Forged"]
        assert not any(task.done() for task in waiting)
        await keys.close()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_no_more_are_kept_than_a_platform_has(keys: Keys, clock: Clock) -> None:
    names = [f"k{n}" for n in range(MOST_KEPT + 1)]
    async with serving(giving(*names)) as server:
        publisher = published_at(server.url, lasts="1d")
        for name in names:
            clock.now += 60 / NEW_A_MINUTE
            assert await outcomes(keys, publisher, [name]) == [PEM]
        assert await outcomes(keys, publisher, names[1:]) == [PEM] * MOST_KEPT
        assert len(server.got) == len(names)
        clock.now += 60
        await keys.key_of(publisher, naming(names[0]))
        assert len(server.got) == len(names) + 1
