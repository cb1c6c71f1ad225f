"""A worker that dies around an end: what follows that end is made with it, once, or not yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from played import playing
from running import relay_up, until
from world import World

from relay.points import Point

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  erp: {url: "${ERP}/erp", ambiguous: resend, result: [{when: status == 200, outcome: delivered, document: V-1}]}
  archive: {url: "${ERP}/archive", ambiguous: resend}
routes:
  - {name: voucher, from: expenses, to: erp, once: "{{ body.number }}"}
  - name: archived
    from: expenses
    after: {routes: voucher}
    to: archive
    request: {body: {number: "{{ body.number }}", voucher: "{{ prior.document }}"}}
"""


@pytest.fixture
async def armed(tmp_path: Path) -> AsyncIterator[World]:
    """A relay whose worker dies where a file of the folder says."""
    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url, "RELAY_POINTS": str(tmp_path)}) as relay:
        yield World(relay, erp)


@pytest.mark.parametrize("point", [Point.WORKER_SETTLING, Point.WORKER_SETTLED])
async def test_it_follows_once_wherever_the_worker_dies(armed: World, tmp_path: Path, point: Point) -> None:
    (tmp_path / point).touch()
    event = await armed.relay.accepted("expenses", {"number": "B1"})

    async def died() -> bool:
        return not (tmp_path / point).exists()

    await until(died)

    async def followed() -> dict[str, str] | None:
        deliveries = (await armed.relay.get(f"/api/events/{event}"))["deliveries"]
        states = {one["route"]: one["state"] for one in deliveries}
        return states if states.get("archived") == "delivered" else None

    assert await until(followed) == {"voucher": "delivered", "archived": "delivered"}
    assert [got.json for got in armed.erp.at("/archive")] == [{"number": "B1", "voucher": "V-1"}]
