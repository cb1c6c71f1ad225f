"""A destination that logs in; as a script, a process that does so once and then waits to be killed."""

import asyncio
import sys
from typing import Any

import msgspec

from relay.assertions import signed
from relay.destination import Auth, Destination, Limits, Login
from relay.destinations.auth import AuthSettings
from relay.destinations.judge import RuleJudge
from relay.language.expression import Language
from relay.sessions import Sessions
from relay.stores.connecting import client
from relay.stores.sessions import RedisSessions
from relay.transport.client import Transport

LANGUAGE = Language()
ROTATING = {"grant": "refresh_token", "refresh_token": "refresh-0"}


def to(url: str, name: str = "erp", **changed: Any) -> Destination:
    """Its documents go to /documents, its token server is at /token."""
    settings = {"type": "oauth2", "token_url": f"{url}/token", "client_id": "relay", "client_auth": "body"}
    read = msgspec.convert(settings | {"client_secret": "right"} | changed, AuthSettings)
    auth: Auth = read.compiled(LANGUAGE, str)
    address = LANGUAGE.value(f"{url}/documents", frozenset())
    judge, limits = RuleJudge(LANGUAGE), Limits(timeout_ms=10_000)
    return Destination(name=name, url=address, method="POST", headers={}, auth=auth, judge=judge, limits=limits)


def login_of(destination: Destination) -> Login:
    login = destination.auth.login
    assert login
    return login


async def log_in(redis_url: str, url: str) -> None:
    async with Transport() as transport:
        sessions = Sessions(RedisSessions(client(redis_url)), transport, signed)
        destination = to(url, **ROTATING)
        await sessions.current(destination, login_of(destination))
        print("logged in", flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(log_in(*sys.argv[1:]))
