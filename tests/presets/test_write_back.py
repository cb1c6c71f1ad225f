"""What became of a document comes back to ekuaibao, where it came from: its voucher's number, or a refusal."""

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import yaml

from relay.emulators import emulator
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.serving import serving
from tests.faults.signing import signed
from tests.faults.up import Up, relay_up, until

WITHIN_S = 60
OFTEN = {"first": "200ms", "factor": 1, "cap": "200ms"}


def routes(urls: Mapping[str, str]) -> str:
    """Paid reports become documents, requested ones are approved in DingTalk first."""
    origin = {"base": urls["ekuaibao"], "app_key": "ekuaibao-app", "app_secret": "ekuaibao-secret"}
    node = {**origin, "sign_key": "ekuaibao-sign-key"}
    oa = {"base": urls["dingtalk-approval"], "app_key": "dingtalk-app", "app_secret": "dingtalk-secret"}
    form = [{"name": "单据编号", "value": "{{ body.number }}"}, {"name": "事由", "value": "{{ body.memo }}"}]
    found = {
        "version": 1,
        "sources": {
            "paid": _source({"to": "vouchers", "on": ["delivered"]}),
            "requested": _source({"to": "approvals", "on": ["delivered", "dead"]}),
        },
        "destinations": {
            "erp": {"preset": "rest", "vars": {"base": urls["rest"], "token": "rest-token"}},
            "oa": {
                "preset": "dingtalk-approval",
                "vars": {**oa, "process": "PROC-EXPENSE", "until": "approved"},
                "confirm": OFTEN,
            },
            "vouchers": {"preset": "ekuaibao", "vars": origin},
            "approvals": {"preset": "ekuaibao-approval", "vars": node},
        },
        "routes": [
            _route("paid", "erp", {"reference": "{{ body.number }}", "total": "{{ body.amount }}"}),
            _route("requested", "oa", {"originatorUserId": "zhang", "formComponentValues": form}),
        ],
    }
    return yaml.safe_dump(found, allow_unicode=True)


def _source(callback: Mapping[str, Any]) -> dict[str, Any]:
    return {"verify": "standard-webhooks", "secret": "${SECRET}", "callback": callback}


def _route(source: str, to: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{source}-to-{to}",
        "from": source,
        "to": to,
        "once": "{{ body.number }}",
        "request": {"body": body},
    }


async def _send(up: Up, source: str, **said: object) -> None:
    body = json.dumps({"nodeId": "EBOT:1", "memo": "差旅", **said}).encode()
    status, answer = await up.post(f"/in/{source}", body, signed(body, str(said["number"])))
    assert status == 202, answer


async def _written(origin: Emulator, count: int) -> Mapping[str, Any]:
    """What the origin has been told, by flow, once so many have come."""

    async def come() -> bool:
        return len(origin.books.entries) >= count

    await until(come, WITHIN_S)
    return {entry.document["flowId"]: entry.document for entry in origin.books.entries}


async def test_the_origin_hears_the_vouchers_number_and_what_an_approval_came_to() -> None:
    systems = {name: emulator(name) for name in ("ekuaibao", "rest", "dingtalk-approval")}
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(serving(system)) for name, system in systems.items()}
        up = await stack.enter_async_context(relay_up(routes(urls), {"RELAY": "http://127.0.0.1"}, 1))
        await _send(up, "paid", number="B1", flowId="flow-1", amount=12)
        await _send(up, "requested", number="B2", flowId="flow-2")
        await _send(up, "requested", number="B3", flowId="flow-3", memo="请驳回")
        told = await _written(systems["ekuaibao"], 3)
    voucher = told["flow-1"]
    assert voucher.keys() == {"flowId", "voucherNo", "voucherCreateTime"}
    assert voucher["voucherNo"] == "D-00001"
    assert len(voucher["voucherCreateTime"]) == 13
    assert told["flow-2"]["action"] == "accept"
    assert (told["flow-3"]["action"], told["flow-3"]["comment"]) == ("refuse", "rejected: confirm: refused")
    assert {each["signKey"] for flow, each in told.items() if flow != "flow-1"} == {"ekuaibao-sign-key"}
