"""POST /in/{source}: takes a request as it comes, counted as it streams, and hands it to ingest."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from relay.configuration import Config
from relay.ingest import Ingest
from relay.signature import Received
from relay.web.answers import json
from relay.web.body import Bodies
from relay.web.sender import sender_of


class Inbox:
    """`config` gives the configuration in force."""

    def __init__(self, ingest: Ingest, config: Callable[[], Config]) -> None:
        self._ingest, self._config = ingest, config
        self._bodies = Bodies()

    async def take(self, request: Request) -> Response:
        """202 for a new event, 200 for one that is known; raises Refused."""
        source = self._ingest.source(request.path_params["source"])
        headers = _headers(request)
        self._ingest.admit(source, sender_of(request, self._config().trusted_proxies), headers)
        received = Received(
            method=request.method,
            url=source.public_url or str(request.url),
            headers=headers,
            query=dict(request.query_params),
            body=await self._bodies.read(request, source.max_body),
            secret_path=request.path_params.get("secret"),
        )
        accepted = await self._ingest.receive(source, received)
        if accepted.status == "duplicate":
            return json({"id": accepted.id, "duplicate": True})
        return json({"id": accepted.id, "deliveries": accepted.deliveries}, 202)


def _headers(request: Request) -> dict[str, str]:
    """Names in lower case, repeated ones joined as HTTP does."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
