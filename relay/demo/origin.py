"""The played expense platform: hears how its events ended, and believes only what is signed."""

import time
from typing import Any

from aiohttp import web

from relay.demo.played import Played, said
from relay.destination import Signing
from relay.errors import Forged
from relay.money import decode_json
from relay.signature import Received


class Origin(Played):
    """`heard`: callbacks whose signature held, by the delivery that brought them.

    `expect` says how callbacks are signed, before the first one comes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._signing: Signing | None = None
        self.heard: dict[str, dict[str, Any]] = {}

    def expect(self, signing: Signing | None) -> None:
        self._signing = signing

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        received = Received(
            method=request.method,
            url=str(request.url),
            headers={name.lower(): value for name, value in request.headers.items()},
            query=dict(request.query),
            body=await request.read(),
        )
        if not self._proven(received):
            return said(401, {"error": "unauthorised"})
        self.heard[received.headers["webhook-id"]] = decode_json(received.body)
        return said(200, {"ok": True})

    def _proven(self, received: Received) -> bool:
        if self._signing is None:
            return False
        try:
            self._signing.scheme.verify(received, [self._signing.secret], time.time())
        except Forged:
            return False
        return True
