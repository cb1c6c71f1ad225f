"""The played OA: takes notices from whoever has its token."""

from aiohttp import web

from relay.demo.played import Played, said


class Oa(Played):
    """`notices` counts what it was told."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._login = f"Bearer {token}"
        self.notices = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        if request.headers.get("Authorization") != self._login:
            return said(401, {"error": "unauthorised"})
        self.notices += 1
        return said(200, {"ok": True})
