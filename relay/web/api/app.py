"""Serves what the subjects declare. Every address below /api needs a token, also one that there isn't."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from relay.web.api.calls import Asked, Call, calls_of, from_body, from_query
from relay.web.body import Bodies
from relay.web.tokens import actor

PATH = "/api"
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Api:
    """`subjects`: objects whose classes declare calls. `tokens`: token → name of who holds it."""

    def __init__(self, subjects: Sequence[object], tokens: Mapping[str, str]) -> None:
        self._tokens, self._bodies = tokens, Bodies()
        routes = [self._route(subject, one) for subject in subjects for one in calls_of(subject)]
        self._router = Router(routes, redirect_slashes=False)

    def _route(self, subject: object, declared: Call) -> Route:
        run = partial(declared.run, subject)
        return Route(declared.path.removeprefix(PATH), partial(self._answer, declared, run), methods=[declared.method])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Refused (401) for a request without a token of ours, whatever it asks."""
        scope["relay.by"] = actor(Request(scope), self._tokens)
        await self._router(scope, receive, send)

    async def _answer(self, declared: Call, run: Callable[[Asked[Any]], Awaitable[Any]], request: Request) -> Response:
        named = next(iter(request.path_params.values()), "")
        given = await self._given(declared, request)
        answer = await run(Asked(request.scope["relay.by"], named, given))
        return answer if isinstance(answer, Response) else Response(_encode(answer), media_type="application/json")

    async def _given(self, declared: Call, request: Request) -> Any:
        if declared.method == "GET":
            return from_query(declared.given, request.query_params.multi_items())
        return from_body(declared.given, await self._bodies.read(request.receive, declared.most_bytes))
