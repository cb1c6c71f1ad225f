"""Speaks to NetSuite; each request is signed as a client signs by the library's own client."""

from typing import Any, ClassVar

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob
from relay.money import encode_json, number

RECORDS = "/services/rest/record/v1"


class Speaks(Speaker):
    wrong_login = "INVALID_LOGIN"
    missing = "subsidiary is required"
    unbalanced = "must balance"
    repeat = Repeat.REFUSED
    says: ClassVar = {Knob.THROTTLE: "LIMIT_EXCEEDED", Knob.CLOSED_PERIOD: "closed period"}

    async def log_in_wrongly(self) -> Heard:
        self.account = self.account | {"token_secret": "wrong"}
        return await self.post("B1", "1.00")

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.ask_signed("POST", f"{RECORDS}/journalEntry", journal(key, debit, credit or debit))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.ask_signed("POST", f"{RECORDS}/journalEntry", {"externalId": key})

    def number(self, heard: Heard) -> str | None:
        return heard.headers["Location"].rpartition("/")[2] if heard.status == 204 else None

    async def ask(self, key: str) -> str | None:
        heard = await self.ask_signed("GET", f"{RECORDS}/journalEntry/eid:{key}")
        return heard.json()["id"] if heard.status == 200 else None

    async def ask_signed(self, method: str, path: str, body: Any = None, **headers: str) -> Heard:
        signed = self.signature(method, path) | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.say(method, path, data=None if body is None else encode_json(body), headers=signed)

    def signature(self, method: str, path: str) -> dict[str, str]:
        client = Client(
            self.account["consumer_key"],
            self.account["consumer_secret"],
            self.account["token"],
            self.account["token_secret"],
            signature_method=SIGNATURE_HMAC_SHA256,
            realm=self.account["account"],
        )
        return client.sign(self.url + path, method)[1]


def journal(key: str, debit: str, credit: str) -> dict[str, Any]:
    lines = [{"account": {"id": "58"}, "debit": number(debit)}, {"account": {"id": "21"}, "credit": number(credit)}]
    return {"externalId": key, "subsidiary": {"id": "1"}, "line": {"items": lines}}
