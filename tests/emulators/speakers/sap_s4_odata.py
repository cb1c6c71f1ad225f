"""Speaks to SAP S/4HANA's supplier invoices over OData."""

from typing import ClassVar

from aiohttp import encode_basic_auth
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

SERVICE = "/sap/opu/odata/sap/API_SUPPLIERINVOICE_PROCESS_SRV"
LINE = {"GLAccount": "61003000", "DebitCreditCode": "S", "SupplierInvoiceItemAmount": "1.00"}
INVOICE = {
    "CompanyCode": "1010",
    "DocumentDate": "/Date(1772323200000)/",
    "PostingDate": "/Date(1772323200000)/",
    "InvoicingParty": "17300001",
    "DocumentCurrency": "CNY",
    "to_SupplierInvoiceItemGLAcct": [LINE],
}


class Speaks(Speaker):
    wrong_login = "Logon failed"
    lost_session = "CSRF token validation failed"
    missing = "InvoiceGrossAmount is required"
    repeat = Repeat.DOUBLED
    says: ClassVar = {Knob.THROTTLE: "Too Many Requests", Knob.CLOSED_PERIOD: "F5/201"}
    token = ""

    async def log_in(self) -> None:
        self.token = (await self.fetch()).headers["x-csrf-token"]

    async def log_in_wrongly(self) -> Heard:
        return await self.say("GET", SERVICE, headers={"Authorization": encode_basic_auth("RELAY", "wrong")})

    async def fetch(self) -> Heard:
        return await self.say("HEAD", f"{SERVICE}/", headers=self.user() | {"x-csrf-token": "Fetch"})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.invoice(SupplierInvoiceIDByInvcgParty=key, InvoiceGrossAmount=debit)

    async def post_incomplete(self, key: str) -> Heard:
        return await self.invoice(SupplierInvoiceIDByInvcgParty=key)

    def number(self, heard: Heard) -> str | None:
        return heard.json()["d"]["SupplierInvoice"] if heard.status == 201 else None

    async def ask(self, key: str) -> str | None:
        query = {"$filter": f"SupplierInvoiceIDByInvcgParty eq '{key}' and InvoicingParty eq '17300001'"}
        rows = (await self.say("GET", f"{SERVICE}/A_SupplierInvoice", headers=self.user(), params=query)).json()["d"]
        return rows["results"][0]["SupplierInvoice"] if rows["results"] else None

    async def invoice(self, **fields: object) -> Heard:
        headers = self.user() | {"x-csrf-token": self.token}
        return await self.say("POST", f"{SERVICE}/A_SupplierInvoice", json=INVOICE | fields, headers=headers)

    def user(self) -> dict[str, str]:
        return {"Authorization": encode_basic_auth(self.account["username"], self.account["password"])}
