"""The HTTP application: /in for sources, /health and /metrics for whoever runs it, /api for people and programs,
/confirm for destinations."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from relay.errors import Refused, StoreUnavailable
from relay.web import confirm, health, inbox, scrape
from relay.web.access import Access
from relay.web.admin import either
from relay.web.answers import broken, not_found, refused, unavailable, wrong_method
from relay.web.api.app import PATH as API
from relay.web.confirm import Confirmations
from relay.web.inbox import PATH, Inbox
from relay.web.scrape import Scrape

BESIDE = (*inbox.DECLARED, health.LIVE, health.READY, scrape.DECLARED, confirm.DECLARED)


class Served(NamedTuple):
    """What stands at which address."""

    inbox: Inbox
    api: ASGIApp
    confirmations: Confirmations
    scrape: Scrape


def application(
    served: Served,
    ready: Callable[[], Awaitable[str | None]],
    access: Access,
    admin: tuple[str, int] | None,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[Any]],
) -> ASGIApp:
    """`ready` says what a person should know, and raises StoreUnavailable where accepts aren't possible. `admin`: the
    socket that alone answers for people and programs; None where there is one for all."""

    own = health.routes(ready)
    inside = [*served.scrape.routes(), *below(served.api)]
    outside = [*served.inbox.routes(), *served.confirmations.routes()]
    app: ASGIApp = answering([*own, *outside, *(() if admin else inside)], lifespan)
    rest = access.over(either(admin, answering([*own, *inside]), app) if admin else app)

    async def sorted_out(scope: Scope, receive: Receive, send: Send) -> None:
        """What sources post goes straight to the inbox; other methods there are told that they are wrong."""
        taken = scope["type"] == "http" and scope["method"] in ("POST", "GET") and scope["path"].startswith(PATH)
        await (served.inbox if taken else rest)(scope, receive, send)

    return sorted_out


def below(api: ASGIApp) -> list[BaseRoute]:
    """The API at its own address too, where there is nothing: there as well a token is asked for."""
    return [Route(API, api), Mount(API, api)]


def answering(
    routes: Sequence[BaseRoute], lifespan: Callable[[Starlette], AbstractAsyncContextManager[Any]] | None = None
) -> Starlette:
    """An application whose refusals are `{"error", "detail"}`."""
    handlers: dict[Any, Any] = {
        Refused: refused,
        StoreUnavailable: unavailable,
        404: not_found,
        405: wrong_method,
        500: broken,
    }
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False  # a redirect would repeat a secret that stands in the path
    return app
