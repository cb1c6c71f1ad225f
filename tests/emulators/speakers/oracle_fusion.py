"""Speaks to Oracle Fusion: its invoices, and its imports of journals by file."""

import io
from base64 import b64encode
from typing import Any, ClassVar
from zipfile import ZipFile

from aiohttp import encode_basic_auth
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob
from relay.money import encode_json, number

BASE = "/fscmRestApi/resources/11.13.18.05"
INVOICE = {
    "InvoiceCurrency": "CNY",
    "BusinessUnit": "Shanghai",
    "Supplier": "Supplies & Co",
    "SupplierSite": "SH",
}


class Speaks(Speaker):
    wrong_login = "Unauthorized"
    missing = "InvoiceAmount is required"
    repeat = Repeat.REFUSED
    says: ClassVar = {Knob.THROTTLE: "Too Many Requests", Knob.CLOSED_PERIOD: "open period"}

    async def log_in_wrongly(self) -> Heard:
        return await self.say("POST", f"{BASE}/invoices", headers={"Authorization": encode_basic_auth("relay", "no")})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.invoice(InvoiceNumber=key, InvoiceAmount=number(debit))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.invoice(InvoiceNumber=key)

    def number(self, heard: Heard) -> str | None:
        return str(heard.json()["InvoiceId"]) if heard.status == 201 else None

    async def ask(self, key: str) -> str | None:
        query = {"q": f"InvoiceNumber='{key}';Supplier='Supplies & Co'"}
        items = (await self.say("GET", f"{BASE}/invoices", headers=self.user(), params=query)).json()["items"]
        return str(items[0]["InvoiceId"]) if items else None

    async def invoice(self, version: str = "1", **fields: Any) -> Heard:
        headers = self.user() | {"REST-Framework-Version": version}
        return await self.say("POST", f"{BASE}/invoices", data=encode_json(INVOICE | fields), headers=headers)

    async def journals(self, *lines: str, **changed: Any) -> Heard:
        """Lines of GL_INTERFACE, in the zip that the job reads."""
        content = io.BytesIO()
        with ZipFile(content, "w") as archive:
            archive.writestr("GlInterface.csv", "\n".join(lines))
        asked = {
            "OperationName": "importBulkData",
            "DocumentContent": b64encode(content.getvalue()).decode(),
            "FileName": "B1.zip",
            "JobName": "oracle/apps/ess/financials/generalLedger/programs/common,JournalImportLauncher",
            "CallbackURL": "#NULL",
        }
        return await self.say("POST", f"{BASE}/erpintegrations", json=asked | changed, headers=self.user())

    async def states(self, job: str, times: int) -> list[str]:
        """What the job's state is at each question."""
        finder = {"finder": f"ESSJobStatusRF;requestId={job}"}
        path = f"{BASE}/erpintegrations"
        heard = [await self.say("GET", path, headers=self.user(), params=finder) for _ in range(times)]
        return [each.json()["items"][0]["RequestStatus"] for each in heard]

    def user(self) -> dict[str, str]:
        return {"Authorization": encode_basic_auth(self.account["username"], self.account["password"])}


def line(debit: str = "", credit: str = "", segment: str = "6602") -> str:
    """One line of GL_INTERFACE."""
    head = ["NEW", "1", "2026/03/01", "Relay", "Expense", "CNY", "2026/03/01", "A", segment]
    return ",".join([*head, *[""] * 29, debit, credit])
