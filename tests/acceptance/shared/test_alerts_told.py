"""Alerts on a running relay with two workers: each once, by robots too, and none of an alert."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from played import Played, Reset, playing, says
from running import Relay, relay_up, until
from yaml import safe_load

from relay.emulators import emulator
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.serving import serving
from relay.money import encode_json
from relay.points import Point

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORGED = "whsec_Zm9yZ2VkIGZvcmdlZCBmb3JnZWQ="
DOCUMENT = Path(__file__).parents[3] / "docs" / "alerts.md"
ROBOTS = ("dingtalk-robot", "feishu-robot", "wecom-robot")
ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
  strange: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  base:
    abstract: true
    url: ${ERP}/erp
    retry: {first: 50ms, factor: 1}
    breaker: {failures: 3, probe: 10ms, cap: 10ms}
    stop_after: 0
    ambiguous: resend
    result:
      - {when: status == 200, outcome: delivered}
      - {when: status == 422, outcome: rejected, reason: "{{ body.message }}"}
      - {when: status == 409, outcome: held, reason: "{{ body.message }}"}
  erp:
    extends: base
    concurrency: 20
    retry: {first: 10ms, factor: 1}
    breaker: {failures: 200, probe: 10ms, cap: 10ms}
  picky: {extends: base, url: "${ERP}/picky"}
  strict: {extends: base, url: "${ERP}/strict", stop_after: 2}
  careful: {extends: base, url: "${ERP}/careful"}
  killed: {extends: base, url: "${ERP}/killed"}
  after: {extends: base, url: "${ERP}/after"}
  deaf: {extends: base, url: "${ERP}/deaf"}
  archive: {url: "${ERP}/archive"}
routes:
  - {name: archived, from: "*", when: "event.source in ['strange', 'relay']", to: archive}
  - {name: to-lane, from: expenses, when: body.lane != '', to: "{{ body.lane }}"}
  - {name: to-deaf, from: relay, when: event.type == 'delivery.dead', to: deaf}
"""


@dataclass
class Watched:
    """`points`: the folder in which a file has a worker die."""

    relay: Relay
    erp: Played
    robots: dict[str, Emulator]
    points: Path

    async def alerts(self, kind: str, subject: str) -> list[dict[str, Any]]:
        """What was told of it."""
        found = (await self.relay.get(f"/api/events?source=relay&type={kind}&limit=100"))["events"]
        told = [(await self.relay.ask("GET", f"/api/events/{event['id']}/body")).json for event in found]
        return [body for body in told if subject in (body.get("destination"), body.get("source"), body.get("version"))]

    async def alert(self, kind: str, subject: str) -> dict[str, Any]:
        """The only one."""
        (told,) = await until(lambda: self.alerts(kind, subject))
        return told

    async def send(self, lane: str, count: int = 1) -> list[str]:
        """Ids of new events."""
        return list(await asyncio.gather(*(self.relay.accepted("expenses", {"lane": lane}) for _ in range(count))))


def routes() -> str:
    """Those above, and the robots that docs/alerts.md shows."""
    mine, shown = safe_load(ROUTES), safe_load(DOCUMENT.read_text().partition("```yaml\n")[2].partition("```")[0])
    mine["destinations"] = {**shown["destinations"], **mine["destinations"]}
    mine["routes"] += shown["routes"]
    return encode_json(mine).decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    points, robots, env = tmp_path_factory.mktemp("points"), {}, {}
    async with AsyncExitStack() as stack:
        for name in ROBOTS:
            robots[name], named = emulator(name), name.upper().replace("-", "_")
            account = robots[name].account
            env[f"{named}_BASE"] = await stack.enter_async_context(serving(robots[name]))
            env[f"{named}_TOKEN"] = account.get("access_token", account.get("hook", ""))
            env |= {f"{named}_{key.upper()}": account[key] for key in ("secret", "key") if key in account}
        erp = await stack.enter_async_context(playing())
        up = relay_up(routes(), {"ERP": erp.url, "RELAY_POINTS": str(points), **env}, workers=2)
        watched = Watched(await stack.enter_async_context(up), erp, robots, points)
        await stir(watched)
        yield watched


def resets(_got: object) -> Any:
    raise Reset


async def stir(watched: Watched) -> None:
    """All at once, for the tests to look at: each alert takes some seconds."""
    answers = watched.erp.answers
    answers["/erp"] = resets
    answers["/picky"] = lambda _got: says({"message": "no account for travel"}, 422)
    answers["/strict"] = lambda _got: says({"message": "the period is closed"}, 422)
    answers["/careful"] = lambda _got: says({"message": "look"}, 409)
    answers["/deaf"] = lambda _got: says({"message": "no"}, 422)
    await asyncio.gather(watched.send("erp", 20), watched.send("picky", 40), watched.send("strict", 2))
    await asyncio.gather(watched.send("careful"), watched.send(""))
    for _ in range(3):
        assert (await watched.relay.send("strange", {}, secret=FORGED)).status == 401


async def test_a_lane_that_stops_says_why_and_what_resumes_it(watched: Watched) -> None:
    stopped = await watched.alert("destination.stopped", "strict")
    assert stopped["reason"] == "stopped: 2 documents in a row were refused: rejected: the period is closed"
    assert stopped["resumes"] == "relay resume strict"
    assert (await watched.relay.ask("POST", "/api/lanes/strict/resume")).status == 200


async def test_an_outage_is_told_once_and_its_end_once_however_many_attempts_fail(watched: Watched) -> None:
    down = await watched.alert("destination.down", "erp")
    assert down["resumes"] == "a probe that is answered, by itself; or: relay resume erp"
    await watched.erp.count("/erp", 300)
    del watched.erp.answers["/erp"]
    up = await watched.alert("destination.up", "erp")
    assert up["since"] == down["since"]
    assert len(await watched.alerts("destination.down", "erp")) == 1


async def test_a_lane_that_was_stopped_and_let_go_is_up(watched: Watched) -> None:
    await watched.alert("destination.up", "strict")


async def test_a_burst_of_dead_ones_is_told_together(watched: Watched) -> None:
    """What a busy machine is late with waits for the next."""
    *_, told = await until(lambda: watched.alerts("delivery.dead", "picky"))
    assert told["reasons"] == [{"reason": "rejected: no account for travel", "count": told["count"]}]
    assert len(told["examples"]) == 5

    async def all_dead() -> bool:
        return bool((await watched.relay.lane("picky"))["dead"] == 40)

    await until(all_dead)

    async def each_is_counted_once() -> bool:
        told_of = sum(one["count"] for one in await watched.alerts("delivery.dead", "picky"))
        async with watched.relay.redis() as redis:
            return told_of + int(await redis.hget("alert:delivery.dead/picky", "count") or 0) == 40

    await until(each_is_counted_once)


async def test_held_unrouted_and_refused_are_told(watched: Watched) -> None:
    held = await watched.alert("delivery.held", "careful")
    assert held["text"] == "1 held for careful: hold: look"
    assert (await watched.alert("event.unrouted", "expenses"))["count"] == 1
    refused = await watched.alert("source.refused", "strange")
    assert refused["reasons"] == [{"reason": "unauthorised", "count": refused["count"]}]


async def test_an_alert_is_told_once_wherever_its_worker_dies(watched: Watched) -> None:
    """One before an event was stored, and one after that and before it was forgotten."""
    lanes, points = ("killed", "after"), (Point.WORKER_ALERTING, Point.WORKER_ALERTED)
    for point in points:
        (watched.points / point).touch()
    for lane in lanes:
        watched.erp.answers[f"/{lane}"] = lambda _got: says({"message": "no"}, 422)
        await watched.send(lane)
    for point in points:
        await until(partial(died, watched.points / point))
    for lane in lanes:
        await until(partial(forgotten, watched, lane))
        assert len(await watched.alerts("delivery.dead", lane)) == 1


async def died(armed: Path) -> bool:
    return not armed.exists()  # noqa: ASYNC240 - a name in a folder


async def forgotten(watched: Watched, lane: str) -> bool:
    """Once it was told."""
    async with watched.relay.redis() as redis:
        left = await redis.keys(f"alert:delivery.dead/{lane}*")
    return not left and bool(await watched.alerts("delivery.dead", lane))


async def test_a_faulty_change_is_told_once_for_all_processes(watched: Watched) -> None:
    watched.relay.write(routes().replace("archived", "archived name with } { faults\t", 1) + "\nnonsense")
    (told,) = await until(lambda: of_type(watched, "config.refused"))
    assert "routes.yaml:" in told["reason"]
    watched.relay.write(routes())
    async with watched.relay.redis() as redis:
        assert len(await redis.keys("once:config.refused/*")) == 1


async def of_type(watched: Watched, kind: str) -> list[dict[str, Any]]:
    found = (await watched.relay.get(f"/api/events?source=relay&type={kind}"))["events"]
    return [(await watched.relay.ask("GET", f"/api/events/{event['id']}/body")).json for event in found]


async def test_no_alert_makes_another_and_a_star_takes_none(watched: Watched) -> None:
    """The lane of the deaf robot is told dead ones alone, and refuses them all."""
    (event, *_) = (await watched.relay.get("/api/events?source=relay&type=delivery.dead"))["events"]
    await until(lambda: dead_at(watched, "deaf", event["id"]))
    async with watched.relay.redis() as redis:
        assert await redis.keys("alert:*/deaf*") == []
    assert await watched.alerts("delivery.dead", "deaf") == []
    ids = {event["id"] for event in (await watched.relay.get("/api/events?source=relay&limit=100"))["events"]}
    assert ids.isdisjoint(got.headers["relay-event-id"] for got in watched.erp.at("/archive"))


async def dead_at(watched: Watched, lane: str, event: str) -> bool:
    shown = await watched.relay.get(f"/api/events/{event}")
    return [one["state"] for one in shown["deliveries"] if one["destination"] == lane] == ["dead"]


async def test_each_robot_took_the_alerts_of_its_route(watched: Watched) -> None:
    """DingTalk and WeCom take twenty a minute, and the rest waits."""

    async def said() -> bool:
        return all(robot.books.entries for robot in watched.robots.values())

    await until(said)
    texts = {name: [entry.key for entry in robot.books.entries] for name, robot in watched.robots.items()}
    assert texts["dingtalk-robot"][0].startswith("Relay ")
    assert any("笔单据待处理" in text for text in texts["feishu-robot"])
    assert any(text.startswith("**") for text in texts["wecom-robot"])


async def test_both_workers_are_known_to_live(watched: Watched) -> None:
    async with watched.relay.redis() as redis:
        names = {f":{pid}" for pid in watched.relay.children("worker")}
        alive = await redis.zrange("alive", 0, -1)
    assert {name for name in names if any(each.endswith(name) for each in alive)} == names
