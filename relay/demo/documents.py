"""What the played platforms send: expenses and an invoice, as webhooks."""

from decimal import Decimal
from typing import Any

import msgspec

from relay.money import encode_json


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook before it is signed. `id` is the platform's own; `number`, `title` and `amount` are for people."""

    source: str
    id: str
    number: str
    title: str
    amount: str
    body: bytes


def expense(number: str, title: str, *amounts: str, cost_centre: str = "CC-100", id_: str | None = None) -> Webhook:
    """A paid expense with an item for each amount, told as event `id_`, one of its own unless given."""
    total = sum(map(Decimal, amounts))
    details = [{"feeType": "travel", "costCentre": cost_centre, "amount": Decimal(amount)} for amount in amounts]
    content = {
        "type": "expense.paid",
        "number": number,
        "title": title,
        "employee": "李雷",
        "paidAt": "2026-03-31T16:30:00Z",
        "currency": "CNY",
        "amount": total,
        "details": details,
    }
    return _webhook("expenses", id_ or f"msg_{number}", content, str(total))


def invoice(number: str, title: str, net: str, tax: str) -> Webhook:
    """An approved invoice."""
    content = {
        "event": "invoice.approved",
        "number": number,
        "title": title,
        "seller": "上海某某科技有限公司",
        "issuedOn": "2026-03-28",
        "net": Decimal(net),
        "tax": Decimal(tax),
    }
    return _webhook("invoices", f"{number}/invoice.approved", content, str(Decimal(net) + Decimal(tax)))


def _webhook(source: str, id_: str, content: dict[str, Any], amount: str) -> Webhook:
    number, title = content["number"], content["title"]
    return Webhook(source=source, id=id_, number=number, title=title, amount=amount, body=encode_json(content))
