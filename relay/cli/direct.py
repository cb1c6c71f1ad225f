"""Asks Redis itself, where no web process runs: the API is served inside the command, to nobody else."""

import asyncio
import getpass
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from starlette.types import ASGIApp, Message

from relay import redis_server
from relay.cli.client import refusal
from relay.cli.options import Options
from relay.errors import RelayError
from relay.money import decode_json, encode_json
from relay.process import Process
from relay.texts import _
from relay.wiring.api import api_alone


class Direct:
    """Calls the application as a server would. Decisions are recorded under the name of whoever is logged in here."""

    def __init__(self, app: ASGIApp, token: str, runner: asyncio.Runner) -> None:
        self._app, self._token, self._runner = app, token, runner

    def get(self, path: str, **query: str | None) -> Any:
        given = {name: value for name, value in query.items() if value is not None}
        return self._run("GET", path, urlencode(given), b"")

    def raw(self, path: str) -> bytes:
        """What isn't JSON, as it is."""
        return self._answered("GET", path, "", b"")

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._run("POST", path, "", encode_json(body))

    def _run(self, method: str, path: str, query: str, body: bytes) -> Any:
        return decode_json(self._answered(method, path, query, body))

    def _answered(self, method: str, path: str, query: str, body: bytes) -> bytes:
        status, answer = self._runner.run(self._call(method, path, query, body))
        if status != 200:
            raise refusal(status, answer, path)
        return answer

    async def _call(self, method: str, path: str, query: str, body: bytes) -> tuple[int, bytes]:
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "headers": [(b"authorization", b"Bearer " + self._token.encode())],
        }
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(part: Message) -> None:
            said.append(part)

        await self._app(scope, receive, send)
        return said[0]["status"], b"".join(part.get("body", b"") for part in said[1:])


@contextmanager
def direct(options: Options) -> Iterator[Direct]:
    """Raises RelayError where there is no Redis, ConfigError where routes.yaml can't be loaded."""
    token = secrets.token_hex(16)
    url = options.env.get("RELAY_REDIS_URL") or _own(options)
    process = Process(config=options.config, env=options.env, redis_url=url, tokens={token: getpass.getuser()})
    with asyncio.Runner() as runner:
        app, close = api_alone(process)
        try:
            yield Direct(app, token, runner)
        finally:
            runner.run(close())


def _own(options: Options) -> str:
    if not redis_server.socket_path(options.data).exists():
        raise RelayError(
            _("there is no Redis"), str(options.data), _("set RELAY_REDIS_URL, or --data to the relay's folder")
        )
    return redis_server.url(options.data)
