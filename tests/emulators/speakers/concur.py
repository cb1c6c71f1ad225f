"""Speaks to Concur's Financial Integration Service: the suite confirms postings."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

BASE = "/financialintegration/fi/v4/companies/transactiontypes/expense/transactions"
POSTED = {"companyId": "1010", "documentNumber": "0100000001", "fiscalYear": "2026", "postingDate": "2026-03-01"}


class Speaks(Speaker):
    wrong_login = "invalid_grant"
    lost_session = "Unauthorized"
    missing = "postingDocs is required"
    amounts = numbers = False
    repeat = Repeat.KNOWN
    says: ClassVar = {Knob.THROTTLE: "Too Many Requests"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.fetch(self.account)).json()["access_token"]

    async def log_in_wrongly(self) -> Heard:
        return await self.fetch(self.account | {"client_secret": "wrong"})

    async def fetch(self, account: dict[str, str]) -> Heard:
        return await self.say("POST", "/oauth2/v0/token", data=account | {"grant_type": "refresh_token"})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.confirm(confirmation(key, postingDocs=[POSTED]))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.confirm(confirmation(key))

    def number(self, heard: Heard) -> str | None:
        return "" if heard.text.startswith("[") and heard.json()[0]["code"] == 0 else None

    async def confirm(self, *confirmations: dict[str, Any]) -> Heard:
        return await self.call("postingconfirmations", {"systemId": "", "postingConfirmations": confirmations})

    async def call(self, name: str, body: Any) -> Heard:
        return await self.say("POST", f"{BASE}/{name}", json=body, headers={"Authorization": f"Bearer {self.token}"})


def confirmation(key: str, **more: Any) -> dict[str, Any]:
    return {"docId": key, "overallPostingStatusCode": "success"} | more
