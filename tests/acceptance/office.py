"""A finance department for one day, played: the ERP that books, and the platform whose expenses it books.

The ERP refuses what it doesn't know and forgets nothing; the platform believes only callbacks that are signed.
"""

import hmac
import json
from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aiohttp import web
from signing import standard_webhooks

from relay.demo.played import Played, said

PASSWORD = "password-of-the-erp"
STATUS_SECRET = "whsec_" + b64encode(b"by this the platform knows Relay").decode()
ACCOUNTS = frozenset({"1002.01", "2241.01", "6601.03", "6601.05", "6602.03"})


@dataclass(frozen=True)
class Voucher:
    """What was booked. `step`: accrual or payment; `key`: the request's Idempotency-Key."""

    number: str
    reference: str
    step: str
    key: str
    total: Decimal
    accounts: tuple[str, ...]


class Erp(Played):
    """`ledger`: what is booked, in order; `voided`: what was, and a bookkeeper took back. `closed`: its period is."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger: list[Voucher] = []
        self.voided: list[Voucher] = []
        self.closed = False

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = json.loads(await request.read(), parse_float=Decimal)
        if request.headers.get("Authorization") != "Basic " + b64encode(f"relay:{PASSWORD}".encode()).decode():
            return _no("LOGIN", "用户名或密码错误")
        if self.closed:
            return _no("PERIOD_CLOSED", "2026 年 3 月已结账")
        if fault := _fault(asked["lines"]):
            return _no("INVALID", fault)
        return self._book(request.headers["Idempotency-Key"], asked)

    def _book(self, key: str, asked: dict[str, Any]) -> web.Response:
        known = next((one for one in self.ledger if one.key == key), None)
        if known:
            return said(200, {"code": "EXISTS", "data": {"voucher": known.number}})
        accounts = tuple(line["account"] for line in asked["lines"])
        booked = self.books(asked["reference"], asked["step"], key, Decimal(str(asked["total"])), accounts)
        return said(200, {"code": "0", "data": {"voucher": booked.number}})

    def books(self, reference: str, step: str, key: str, total: Decimal, accounts: tuple[str, ...]) -> Voucher:
        """Also what a bookkeeper enters."""
        number = f"V-2026-{len(self.ledger) + len(self.voided) + 1:04}"
        self.ledger.append(Voucher(number, reference, step, key, total, accounts))
        return self.ledger[-1]

    def void(self, number: str) -> None:
        """It is taken back, and its key may come again (作废)."""
        (found,) = (one for one in self.ledger if one.number == number)
        self.ledger.remove(found)
        self.voided.append(found)


def _fault(lines: list[dict[str, Any]]) -> str | None:
    if unknown := [line["account"] for line in lines if line["account"] not in ACCOUNTS]:
        return f"科目 {unknown[0]} 不存在"
    debit, credit = (sum(line.get(side, 0) for line in lines) for side in ("debit", "credit"))
    return None if debit == credit else f"借贷不平：借 {debit}，贷 {credit}"


def _no(code: str, told: str) -> web.Response:
    """HTTP 200, failed."""
    return said(200, {"code": code, "message": told})


class Platform(Played):
    """`heard`: the callbacks of each delivery, in order; `doubted`: how many weren't signed by Relay."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.doubted = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body, headers = await request.read(), request.headers
        signed = standard_webhooks(body, STATUS_SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]))
        if not hmac.compare_digest(headers["webhook-signature"], signed["webhook-signature"]):
            self.doubted += 1
            return said(401, {"error": "unauthorised"})
        told = json.loads(body)
        self.heard[told["delivery"]["id"]].append(told)
        return said(200, {"ok": True})


def expense(number: str, step: str, fee: str, *amounts: str) -> bytes:
    """What the platform tells of an expense: it is approved, or paid. Amounts are texts, and stand in JSON as such."""
    items = ", ".join(f'{{"feeType": "{fee}", "amount": {amount}}}' for amount in amounts)
    total = sum(map(Decimal, amounts))
    return f'{{"type": "expense.{step}", "number": "{number}", "amount": {total}, "details": [{items}]}}'.encode()
