"""Speaks to SAP Business One's Service Layer."""

from typing import Any, ClassVar

from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob
from relay.money import encode_json, number

BASE = "/b1s/v1"


class Speaks(Speaker):
    wrong_login = "Login failed"
    lost_session = "Invalid session or session already timeout."
    missing = "ReferenceDate is required"
    unbalanced = "Unbalanced transaction"
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "Service Unavailable", Knob.CLOSED_PERIOD: "Date deviates"}

    async def log_in(self) -> None:
        await self.say("POST", f"{BASE}/Login", json=self.account)

    async def log_in_wrongly(self) -> Heard:
        return await self.say("POST", f"{BASE}/Login", json=self.account | {"Password": "wrong"})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.journal(ReferenceDate="2026-03-01", Reference=key, JournalEntryLines=lines(debit, credit))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.journal(Reference=key, JournalEntryLines=lines("1.00"))

    def number(self, heard: Heard) -> str | None:
        return str(heard.json()["JdtNum"]) if heard.status == 201 else None

    async def ask(self, key: str) -> str | None:
        query = {"$filter": f"Reference eq '{key}'"}
        rows = (await self.say("GET", f"{BASE}/JournalEntries", params=query)).json()["value"]
        return str(rows[0]["JdtNum"]) if rows else None

    async def journal(self, **fields: Any) -> Heard:
        return await self.say("POST", f"{BASE}/JournalEntries", data=encode_json(fields))


def lines(debit: str, credit: str | None = None) -> list[dict[str, Any]]:
    return [{"AccountCode": "6602", "Debit": number(debit)}, {"AccountCode": "2241", "Credit": number(credit or debit)}]
