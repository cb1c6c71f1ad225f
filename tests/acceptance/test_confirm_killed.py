"""A worker that dies around an acceptance: what was accepted is never posted again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from played import Answer, Got, playing, says
from running import relay_up, until
from world import World

from relay.points import Point

ROUTES = """
version: 1
sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}"}}
destinations:
  erp:
    url: ${ERP}/post
    posts: true
    ambiguous: hold
    result: [{when: status == 202, outcome: accepted, document: "{{ body.job }}"}]
    confirm:
      first: 500ms
      url: "${ERP}/jobs/{{ accepted.document }}"
      result: [{when: body.voucher is defined, outcome: delivered, document: "{{ body.voucher }}"}]
routes:
  - {name: all, from: expenses, to: erp, once: "{{ body.number }}"}
"""


@pytest.fixture
async def armed(tmp_path: Path) -> AsyncIterator[World]:
    """A relay whose worker dies where a file of the folder says."""
    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url, "RELAY_POINTS": str(tmp_path)}) as relay:
        erp.answers |= {"/post": lambda _: says({"job": "J"}, 202), "/jobs/J": lambda _: says({"voucher": "V"})}
        yield World(relay, erp)


async def died(folder: Path, point: Point) -> None:
    async def taken() -> bool:
        return not (folder / point).exists()

    await until(taken)


async def test_killed_before_the_acceptance_is_settled_nothing_is_in_doubt(armed: World, tmp_path: Path) -> None:
    (tmp_path / Point.WORKER_SETTLING).touch()
    event = await armed.relay.accepted("expenses", {"number": "B1"})
    await died(tmp_path, Point.WORKER_SETTLING)
    assert (await armed.relay.delivery_in(event, "delivered"))["document"] == "V"
    assert len(armed.erp.at("/post")) == 1


async def test_killed_while_it_asks_it_is_asked_again_and_never_posted_again(armed: World, tmp_path: Path) -> None:
    def asked(_got: Got) -> Answer:
        if len(armed.erp.at("/jobs/J")) == 1:
            (tmp_path / Point.WORKER_SETTLING).touch()
        return says({"voucher": "V"})

    armed.erp.answers["/jobs/J"] = asked
    event = await armed.relay.accepted("expenses", {"number": "B2"})
    await died(tmp_path, Point.WORKER_SETTLING)
    assert (await armed.relay.delivery_in(event, "delivered"))["document"] == "V"
    assert (len(armed.erp.at("/post")), len(armed.erp.at("/jobs/J"))) == (1, 2)
