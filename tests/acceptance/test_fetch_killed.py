"""A worker that dies around a document that it reads: its event is routed once, or not yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from played import playing, says
from running import relay_up, until
from world import World

from relay.points import Point

ROUTES = """
version: 1
sources:
  hesi:
    verify: standard-webhooks
    secret: "${SECRET}"
    fetch: {flow: {destination: hesi-api, path: "/flow?flowId={{ body.flowId }}"}}
destinations:
  hesi-api: {vars: {base: "${ERP}"}}
  erp: {url: "${ERP}/erp"}
routes:
  - {name: voucher, from: hesi, when: flow.state == 'paid', to: erp, request: {body: {code: "{{ flow.code }}"}}}
"""
BEFORE = (Point.WORKER_CLAIMED, Point.WORKER_SETTLING)


@pytest.fixture
async def armed(tmp_path: Path) -> AsyncIterator[World]:
    """A relay whose worker dies where a file of the folder says."""
    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url, "RELAY_POINTS": str(tmp_path)}) as relay:
        erp.answers["/flow"] = lambda _got: says({"state": "paid", "code": "B1"})
        yield World(relay, erp)


@pytest.mark.parametrize("point", [*BEFORE, Point.WORKER_SETTLED])
async def test_a_document_is_read_and_its_event_routed_once_wherever_the_worker_dies(
    armed: World, tmp_path: Path, point: Point
) -> None:
    (tmp_path / point).touch()
    event = await armed.relay.accepted("hesi", {"flowId": "f1"})

    async def died() -> bool:
        return not (tmp_path / point).exists()

    await until(died)
    deliveries = (await armed.relay.event_in(event, "delivered"))["deliveries"]
    assert [(one["route"], one["state"]) for one in deliveries] == [
        ("fetch:flow", "delivered"),
        ("voucher", "delivered"),
    ]
    assert [got.json for got in armed.erp.at("/erp")] == [{"code": "B1"}]
    assert len(armed.erp.at("/flow")) == (2 if point is Point.WORKER_SETTLING else 1)
