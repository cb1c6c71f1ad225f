"""GET /health/live and /health/ready: for whoever runs the process."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay.errors import StoreUnavailable
from relay.web.answers import json, problem
from relay.web.declared import Open


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`warning`: what a person should know: a file that was refused, say."""

    status: Literal["live", "ready"]
    warning: str | msgspec.UnsetType = msgspec.UNSET


LIVE = Open("GET /health/live", "Whether the process answers", {200: (Health,)}, {})
READY = Open(
    "GET /health/ready", "Whether events can be accepted now", {200: (Health,)}, {503: "they can't, and why not"}
)


def routes(ready: Callable[[], Awaitable[str | None]]) -> list[Route]:
    """`ready` says what a person should know, and raises StoreUnavailable where accepts aren't possible."""

    async def live(_request: Request) -> Response:
        return json({"status": "live"})

    async def is_ready(_request: Request) -> Response:
        try:
            warning = await ready()
        except StoreUnavailable as error:
            return problem(503, "not_ready", str(error), 1)
        return json({"status": "ready", **({"warning": warning} if warning else {})})

    return [Route(one.path, run, methods=[one.method]) for one, run in ((LIVE, live), (READY, is_ready))]
