"""The played ERP: books vouchers, answers "HTTP 200, failed", and knows a request again by its Idempotency-Key."""

from base64 import b64encode
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from relay.demo.played import Played, said
from relay.money import decode_json

COST_CENTRES = frozenset({"CC-100", "CC-200"})


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """What was booked; `key`: the request's Idempotency-Key."""

    number: str
    reference: str
    key: str
    total: Decimal


class Erp(Played):
    """`ledger` is what it booked. `busy` and `cuts`: references that it puts off, or whose answer is cut, once each."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__()
        self._login = "Basic " + b64encode(f"{username}:{password}".encode()).decode()
        self.ledger: list[Voucher] = []
        self.busy: set[str] = set()
        self.cuts: set[str] = set()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = decode_json(await request.read())
        if request.headers.get("Authorization") != self._login:
            return _failed("LOGIN", "用户名或密码错误")
        if _once(asked["reference"], self.busy):
            return _failed("BUSY", "凭证号正在分配，请稍后再试")
        if fault := _fault(asked):
            return _failed("INVALID", fault)
        answer = self._book(request.headers["Idempotency-Key"], asked)
        if _once(asked["reference"], self.cuts) and request.transport:
            request.transport.abort()
        return answer

    def _book(self, key: str, asked: dict[str, Any]) -> web.Response:
        known = next((voucher for voucher in self.ledger if voucher.key == key), None)
        if known:
            return said(200, {"code": "EXISTS", "message": "该凭证已存在", "data": {"voucher": known.number}})
        number = f"V-2026-{len(self.ledger) + 1:04}"
        self.ledger.append(Voucher(number=number, reference=asked["reference"], key=key, total=asked["total"]))
        return said(200, {"code": "0", "message": "ok", "data": {"voucher": number, "period": asked["date"][:7]}})


def _once(reference: str, cues: set[str]) -> bool:
    cued = reference in cues
    cues.discard(reference)
    return cued


def _fault(asked: dict[str, Any]) -> str | None:
    """Why the voucher can't be booked, as an ERP says it."""
    lines = asked["lines"]
    if unknown := [line["costCentre"] for line in lines if line.get("costCentre", "CC-100") not in COST_CENTRES]:
        return f"成本中心 {unknown[0]} 不存在"
    debit, credit = (sum(line.get(side, 0) for line in lines) for side in ("debit", "credit"))
    return None if debit == credit == asked["total"] else f"借贷不平：借 {debit}，贷 {credit}，合计 {asked['total']}"


def _failed(code: str, message: str) -> web.Response:
    return said(200, {"code": code, "message": message})
