"""The second example: three platforms of different shapes are booked in S/4 and NetSuite."""

import base64
import hmac
import json
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from example import Example, example_up
from played import Answer, Got, playing, says
from running import until
from signing import stripe

NAME = "concur-stripe-xero-to-s4-and-netsuite"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
BILL, SALE, DRAFT = ("243216c5-369e-4056-ac67-05388f86dc8" + end for end in "123")
REPORT = "5F8FC21234374B979809"


def ready(document: str) -> bytes:
    """Concur's own example of the event, cut (event-topics/Shared/ready-for-integration-event)."""
    facts = {"documentId": document, "entityId": "p0608532bdtt"}
    topic = "public.concur.financialintegration"
    return json.dumps(
        {"id": f"event-{document}", "eventType": "expense.readyForIntegration", "topic": topic, "facts": facts}
    ).encode()


def by_concur(body: bytes) -> dict[str, str]:
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
    return {"Concur-Signature": base64.b64encode(KEY.sign(body, pss, hashes.SHA256())).decode()}


def paid(number: str, amount: int, currency: str) -> bytes:
    invoice = {"id": number, "number": f"A-{number}", "customer_name": "Kobo", "currency": currency}
    invoice |= {"amount_paid": amount, "status_transitions": {"paid_at": 1774972800}}
    event = {"id": f"evt_{number}", "type": "invoice.paid", "livemode": True, "data": {"object": invoice}}
    return json.dumps(event).encode()


def changed(*invoices: str) -> bytes:
    """Xero's batch (xero-webhooks.yaml)."""
    events = [
        {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{each}",
            "resourceId": each,
            "eventDateUtc": "2026-03-31T10:00:00.000",
            "eventType": "UPDATE",
            "eventCategory": "INVOICE",
            "tenantId": "tenant-1",
            "tenantType": "ORGANISATION",
        }
        for each in invoices
    ]
    said = {"events": events, "firstEventSequence": 1, "lastEventSequence": len(events), "entropy": "S0M3"}
    return json.dumps(said).encode()


def by_xero(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Xero-Signature": base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()}


def invoice(got: Got) -> Answer:
    """Xero's answer about one invoice: a bill, a sale, or what isn't approved yet."""
    number = got.target.rpartition("/")[2]
    line, code = ("429", "S-77") if number == BILL else ("200", "INV-0042")
    assert (got.headers["authorization"], got.headers["xero-tenant-id"]) == ("Bearer of-xero", "tenant-1")
    contact = {"ContactID": "bd2270c3-8706-4c11-9cfb-000b551c3f51", "Name": "Paper & Pens Ltd"}
    found = {
        "Type": "ACCREC" if number == SALE else "ACCPAY",
        "InvoiceID": number,
        "InvoiceNumber": code,
        "Contact": contact,
        "DateString": "2026-03-31T00:00:00",
        "Status": "DRAFT" if number == DRAFT else "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": [{"Description": "Paper", "AccountCode": line, "LineAmount": 100.10, "TaxAmount": 19.02}],
        "SubTotal": 100.10,
        "TotalTax": 19.02,
        "Total": 119.12,
        "CurrencyCode": "EUR",
    }
    return says({"Invoices": [found]})


async def xeros_events(example: Example, body: bytes) -> dict[str, Any]:
    """Its events by the invoice that each is about, once they are stored and answered with 200 and nothing."""
    headers = by_xero(body, example.env["XERO_WEBHOOK_KEY"])
    said = await example.relay.ask(
        "POST", "/in/xero", body, {**headers, "Content-Type": "application/json"}, token=None
    )
    assert (said.status, said.body) == (200, b"")
    told = (await example.relay.get("/api/events?source=xero"))["events"]
    return {one["external_id"].split("/")[1]: one["id"] for one in told}


async def test_three_platforms_are_booked_in_two_systems_and_one_is_told() -> None:
    async with playing() as xero:
        xero.answers["/connect/token"] = lambda _got: says({"access_token": "of-xero", "expires_in": 1800})
        for number in (BILL, SALE, DRAFT):
            xero.answers[f"/api.xro/2.0/Invoices/{number}"] = invoice
        env = {"XERO_URL": xero.url, "XERO_TOKEN_URL": f"{xero.url}/connect/token", "CONCUR_SECRET": PUBLIC}
        async with example_up(NAME, **env) as example:
            event = await example.posted("concur", ready(REPORT), by_concur(ready(REPORT)))
            receipts = [
                await example.posted("stripe", body, stripe(body, example.env["STRIPE_SECRET"]))
                for body in (paid("in_1", 119095, "eur"), paid("in_2", 1500, "jpy"))
            ]
            told = await xeros_events(example, changed(BILL, SALE, DRAFT))
            for one in (event, *receipts, told[BILL], told[SALE]):
                await example.relay.event_in(one, "delivered")
            await example.relay.event_in(told[DRAFT], "unrouted")
            await concur_is_told(example)
            (bill,) = await example.booked("sap-s4-odata", 1)
            assert (bill.key, bill.amount) == (BILL.replace("-", "")[:16], Decimal("119.12"))
            assert bill.document["DocumentHeaderText"] == "S-77"
            journals = {
                one.key: (one.amount, one.document["currency"]["id"]) for one in await example.booked("netsuite", 3)
            }
            assert journals == {
                "in_1": (Decimal("1190.95"), "4"),
                "in_2": (Decimal(1500), "7"),
                SALE.replace("-", "")[:16]: (Decimal("119.12"), "4"),
            }


async def concur_is_told(example: Example) -> None:
    (posted,) = await example.booked("sap-s4-journal", 1)
    assert (posted.key, posted.amount) == ("5F8FC2-1", Decimal("418.35"))
    books = example.systems["concur"].books

    async def confirmed() -> Any:
        return books.find(REPORT, "posting confirmation")

    said = (await until(confirmed)).document
    assert books.find(REPORT, "acknowledgement")
    assert said["overallPostingStatusCode"] == "success"
    assert [one["documentNumber"] for one in said["postingDocs"]] == [posted.number]
