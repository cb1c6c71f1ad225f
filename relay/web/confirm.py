"""POST /confirm/{delivery}/{token}: a destination says what became of a delivery. Wrong tokens find nothing there."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay.confirming import PATH, Posted
from relay.hearing import Hearing
from relay.web.answers import json, nowhere
from relay.web.body import Bodies

MOST_BYTES = 64 << 10


class Confirmations:
    """Answers 200 once what was posted is durable."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing, self._bodies = hearing, Bodies()

    def routes(self) -> list[Route]:
        return [Route(f"{PATH}{{delivery}}/{{token}}", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        delivery = request.path_params["delivery"]
        if not await self._hearing.knows(delivery, request.path_params["token"]):
            raise nowhere()
        body = await self._bodies.read(request.receive, MOST_BYTES)
        posted = Posted(content_type=request.headers.get("content-type", ""), body=body)
        if not await self._hearing.take(delivery, posted):
            raise nowhere()
        return json({"id": delivery})
