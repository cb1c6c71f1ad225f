"""GET /metrics: this process's figures, those of the processes beside it, and what stands in Redis."""

import asyncio
from pathlib import Path

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay.gauges import Gauges
from relay.scraping import Own, merged, others, text_of
from relay.web.declared import Open

DECLARED = Open("GET /metrics", "Figures for Prometheus", {200: ("text/plain",)}, {503: "Redis can't be asked now"})


class Scrape:
    """`folder`: where the processes of one `relay up` tell theirs; None where this one is alone."""

    def __init__(self, own: Own, gauges: Gauges, folder: Path | None) -> None:
        self._own, self._gauges, self._folder = own, gauges, folder

    def routes(self) -> list[Route]:
        return [Route(DECLARED.path, self._tell, methods=[DECLARED.method])]

    async def _tell(self, _request: Request) -> Response:
        gauges, beside = await asyncio.gather(self._gauges.read(), others(self._folder, self._own))
        text = await asyncio.to_thread(lambda: merged([self._own.text(), *beside, text_of(gauges)]))
        return Response(text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
