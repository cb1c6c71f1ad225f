"""POST /confirm/{delivery}/{token}: a destination says what became of a delivery. Wrong tokens find nothing there."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay.confirming import PATH, Posted
from relay.hearing import Hearing
from relay.web.answers import json, nowhere
from relay.web.body import Bodies
from relay.web.declared import Open

MOST_BYTES = 64 << 10


class Confirmed(msgspec.Struct, frozen=True, kw_only=True):
    """`id`: of the delivery."""

    id: str


DECLARED = Open(
    f"POST {PATH}{{delivery}}/{{token}}",
    "A destination says what became of a delivery that it had accepted",
    answers={200: (Confirmed,)},
    refuses={
        400: "the body ended before its end",
        404: "there is no such delivery, or it has another token",
        413: "the body is too large",
        503: "it can't be stored now; Retry-After says when to send it again",
    },
    takes=True,
)


class Confirmations:
    """Answers 200 once what was posted is durable."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing, self._bodies = hearing, Bodies()

    def routes(self) -> list[Route]:
        return [Route(DECLARED.path, self._take, methods=[DECLARED.method])]

    async def _take(self, request: Request) -> Response:
        delivery = request.path_params["delivery"]
        if not await self._hearing.knows(delivery, request.path_params["token"]):
            raise nowhere()
        body = await self._bodies.read(request.receive, MOST_BYTES)
        posted = Posted(content_type=request.headers.get("content-type", ""), body=body)
        if not await self._hearing.take(delivery, posted):
            raise nowhere()
        return json({"id": delivery})
