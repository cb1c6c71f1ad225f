"""Speaks to the plain REST system."""

from typing import ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob


class Speaks(Speaker):
    wrong_login = "unauthorised"
    missing = "missing"
    repeat = Repeat.REFUSED
    says: ClassVar = {Knob.THROTTLE: "", Knob.CLOSED_PERIOD: "period_closed"}

    async def log_in_wrongly(self) -> Heard:
        return await self._post(b'{"reference": "K", "total": 1}', "wrong")

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self._post(f'{{"reference": "{key}", "total": {debit}}}'.encode(), self.account["token"])

    async def post_incomplete(self, key: str) -> Heard:
        return await self._post(b'{"total": 1}', self.account["token"])

    def number(self, heard: Heard) -> str | None:
        return heard.json()["number"] if heard.status == 201 else None

    async def ask(self, key: str) -> str | None:
        return (await self.say("GET", f"/documents?reference={key}")).json()["number"]

    async def _post(self, body: bytes, token: str) -> Heard:
        return await self.say("POST", "/documents", data=body, headers={"Authorization": f"Bearer {token}"})
