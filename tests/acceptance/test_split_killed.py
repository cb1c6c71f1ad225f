"""A web process that dies around the accept of a POST of several events: all of them are there, or none."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from played import playing
from running import Said, relay_up, until
from world import World

from relay.points import Point

ROUTES = """
version: 1
sources:
  feed: {verify: standard-webhooks, secret: "${SECRET}", split: "{{ body }}", id: "{{ body.n }}"}
destinations:
  erp: {url: "${ERP}/erp", ambiguous: resend}
routes:
  - {name: all, from: feed, to: erp}
"""


@pytest.fixture
async def armed(tmp_path: Path) -> AsyncIterator[World]:
    """A relay whose web process dies where a file of the folder says."""
    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url, "RELAY_POINTS": str(tmp_path)}) as relay:
        yield World(relay, erp)


async def test_a_sender_without_an_answer_finds_all_or_none_and_makes_nothing_twice(
    armed: World, tmp_path: Path
) -> None:
    """Killed before the accept, nothing is there; killed after it, all of it is, under the ids that are told then."""
    ids = set[str]()
    for turn, (point, left) in enumerate([(Point.WEB_ACCEPTING, 0), (Point.WEB_ACCEPTED, 3)]):
        body = [{"n": f"{turn}-{number}"} for number in range(3)]
        (tmp_path / point).touch()
        with suppress(aiohttp.ClientError):
            said = await armed.relay.send("feed", body)
            assert said.status >= 500, said
        await until(armed.relay.is_ready)
        assert len((await armed.relay.get("/api/events"))["events"]) == len(ids) + left
        again: Said = await armed.relay.send("feed", body)
        assert again.status == (202 if left == 0 else 200)
        ids |= {one["id"] for one in again.json["events"]}
        assert len((await armed.relay.get("/api/events"))["events"]) == len(ids) == 3 * (turn + 1)
    for event in ids:
        await armed.relay.event_in(event, "delivered")
    assert sorted(got.json["n"] for got in armed.erp.at("/erp")) == sorted(f"{t}-{n}" for t in (0, 1) for n in range(3))
