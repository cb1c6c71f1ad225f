"""A login while its Redis goes away and comes back."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from logging_in import login_of, to
from servers import Exchange as Connection
from servers import answer
from servers import serving as playing

from relay import redis_server
from relay.assertions import signed
from relay.sessions import Sessions
from relay.stores.connecting import client
from relay.stores.sessions import RedisSessions
from relay.transport.client import Transport

Serving = Callable[..., AbstractContextManager]


async def test_a_token_waits_until_redis_is_back(serving: Serving, default_server: Path, data: Path) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def play(connection: Connection) -> None:
        await connection.read()
        asked.set()
        await answered.wait()
        await connection.write(answer(200, b'{"access_token": "token-1", "expires_in": 60}'))

    async with playing(play) as server, Transport() as transport:
        redis = client(redis_server.url(data))
        sessions = Sessions(RedisSessions(redis), transport, signed)
        destination = to(server.url)
        with serving(default_server, data):
            logging_in = asyncio.create_task(sessions.current(destination, login_of(destination)))
            await asyncio.wait_for(asked.wait(), 20)
        answered.set()
        done, _ = await asyncio.wait([logging_in], timeout=1)
        assert not done
        with serving(default_server, data):
            live = await asyncio.wait_for(logging_in, 30)
            assert live.session.values["token"] == "token-1"
            assert await redis.exists(f"login:{login_of(destination).fingerprint}")
            await sessions.close()
            await redis.aclose()
