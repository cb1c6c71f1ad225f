"""A worker that dies between two steps: whoever goes on takes the next one, and repeats none that is done."""

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
  k3:
    url: ${ERP}/save
    posts: true
    ambiguous: hold
    result: &verdict [{when: "body.code == '0'", outcome: delivered, document: "{{ body.data.billCode }}"}]
    then: [{name: submit, url: "${ERP}/submit", body: {number: "{{ steps.post.document }}"}, result: *verdict}]
routes:
  - {name: k3, from: expenses, to: k3, once: "{{ body.number }}"}
"""


@pytest.fixture
async def armed(tmp_path: Path) -> AsyncIterator[World]:
    """A relay whose worker dies where a file of the folder says."""
    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url, "RELAY_POINTS": str(tmp_path)}) as relay:
        yield World(relay, erp)


async def died(folder: Path, point: Point) -> None:
    async def taken() -> bool:
        return not (folder / point).exists()

    await until(taken)


async def test_killed_after_the_first_was_kept_the_next_is_taken_up_and_the_first_not_repeated(
    armed: World, tmp_path: Path
) -> None:
    (tmp_path / Point.WORKER_KEPT).touch()
    event = await armed.relay.accepted("expenses", {"number": "B1"})
    await died(tmp_path, Point.WORKER_KEPT)
    assert [got.target for got in armed.erp.requests] == ["/save"]
    delivery = await armed.relay.delivery_in(event, "delivered")
    assert [got.target for got in armed.erp.requests] == ["/save", "/submit"]
    assert armed.erp.requests[1].json == {"number": "V-1"}
    assert [(one["n"], one["step"]) for one in delivery["attempts"]] == [(1, "post"), (1, "submit")]


async def test_killed_before_the_last_is_settled_only_that_one_is_repeated(armed: World, tmp_path: Path) -> None:
    (tmp_path / Point.WORKER_SETTLING).touch()
    event = await armed.relay.accepted("expenses", {"number": "B2"})
    await died(tmp_path, Point.WORKER_SETTLING)
    await armed.relay.delivery_in(event, "delivered")
    assert [got.target for got in armed.erp.requests] == ["/save", "/submit", "/submit"]
