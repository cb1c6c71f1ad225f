"""The configuration changes on two hosts while webhooks come: nothing is lost, nothing doubled, and each event is under
exactly one version.

`RELAY_CHANGES=50 RELAY_PER_SECOND=500 pytest -n 0 -s tests/deploy/test_reload_under_load.py` is the long form, with its
figures. One host applies what a person asks for, the other brings into force what is saved in its folder.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from fleet import Fleet, fleet_of
from played import Played, playing
from posting import Platform
from redis.asyncio import Redis
from running import Relay, folder_of, until

CHANGES = int(os.environ.get("RELAY_CHANGES", "3"))
PER_SECOND = int(os.environ.get("RELAY_PER_SECOND", "100"))
WORKERS = 1
ROUTES = 5
FAR_APART = 1_000_000
BROKEN = "routes: [{name: r0, from: expenses, to: nowhere}]\n"
FAILING = "tests: [{name: never, source: expenses, body: {number: 1}, takes: []}]\n"


def text(number: int) -> str:
    """Of all versions each route is in every one, and takes events in one of five alone."""
    lines = [
        f"# version {number}",
        "version: 1",
        'sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: none}}',
        'destinations: {erp: {url: "${ERP}/erp", concurrency: 20}}',
        "routes:",
    ]
    for route in range(ROUTES):
        when = "body.number >= 0" if route == number % ROUTES else "body.number < 0"
        body = f"{{number: '{{{{ body.number }}}}', version: {number}}}"
        lines.append(f"  - {{name: r{route}, from: expenses, when: {when}, to: erp, request: {{body: {body}}}}}")
    return "\n".join(lines) + "\n"


@dataclass
class Group:
    """`hosts`: the first applies, the second saves. `numbers`: by version; `took_s`: until all ran one."""

    hosts: list[Relay]
    fleets: list[Fleet]
    erp: Played
    numbers: dict[str, int] = field(default_factory=dict)
    took_s: list[float] = field(default_factory=list)

    @property
    def processes(self) -> int:
        return sum(len(fleet.processes) for fleet in self.fleets)

    async def running(self) -> list[str]:
        """The version that each process says it runs."""
        return [one["version"] for one in (await self.hosts[0].get("/api/config"))["processes"]]

    async def in_force(self) -> str:
        return str((await self.hosts[0].get("/api/config"))["version"])

    async def applies(self, number: int) -> None:
        said = await self._asks(text(number), await self.in_force())
        assert said.status == 200, said

    async def saves(self, number: int) -> None:
        self.hosts[1].write(text(number))

    async def applies_what_is_broken(self, number: int) -> None:
        for routes in (text(number).partition("routes:")[0] + BROKEN, text(number) + FAILING):
            said = await self._asks(routes, await self.in_force())
            assert said.status == 422, said

    async def applies_over_another(self, number: int) -> None:
        said = await self._asks(text(number), "000000000000")
        assert said.status == 409, said

    async def saves_what_is_broken(self, number: int) -> None:
        before = await self.in_force()
        self.hosts[1].write(text(number) + FAILING)
        await until(self._is_refused)
        assert await self.in_force() == before

    async def _is_refused(self) -> bool:
        """By every process of the host that saved it; each goes on."""
        told = (await self.hosts[0].get("/api/config"))["processes"]
        return sum(one["refused"] is not None for one in told) == len(self.fleets[1].processes)

    async def _asks(self, routes: str, expected: str) -> Any:
        files = {"routes.yaml": routes}
        return await self.hosts[0].ask(
            "POST", "/api/config", {"files": files, "expected": expected, "note": "a change"}
        )

    async def all_run(self, number: int) -> None:
        """Until every process runs that one; how long it took is noted."""
        began, seen = time.monotonic(), list[str]()

        async def agreed() -> bool:
            seen[:] = await self.running()
            return len(seen) == self.processes and set(seen) == {await self.in_force()} - set(self.numbers)

        await until(agreed)
        self.took_s.append(time.monotonic() - began)
        self.numbers[seen[0]] = number


@asynccontextmanager
async def group_of(redis_url: str) -> AsyncIterator[Group]:
    async with AsyncExitStack() as stack:
        erp = await stack.enter_async_context(playing())
        hosts, fleets = [], []
        for reload in ("apply", "auto"):
            env = {"ERP": erp.url, "RELAY_REDIS_URL": redis_url, "RELAY_RELOAD": reload}
            hosts.append(await stack.enter_async_context(folder_of(text(0), env)))
            fleets.append(await stack.enter_async_context(fleet_of(hosts[-1])))
        for fleet in fleets:
            await fleet.starts("web")
            for _ in range(WORKERS):
                await fleet.starts("worker")
        yield Group(hosts, fleets, erp)


async def changes(group: Group) -> None:
    """Good and bad by turns; after each good one all processes run it."""
    good = (group.applies, group.saves)
    bad: tuple[Callable[[int], Any], ...] = (
        group.applies_what_is_broken,
        group.saves_what_is_broken,
        group.applies_over_another,
    )
    await group.all_run(0)
    for number in range(1, CHANGES + 1):
        if number % 3 == 0:
            await bad[number // 3 % len(bad)](number)
        else:
            await good[number % 2](number)
            await group.all_run(number)


@pytest.mark.usefixtures("redis")
async def test_a_configuration_that_changes_under_load_loses_nothing_and_each_event_has_one(
    redis: Redis, redis_url: str
) -> None:
    async with asyncio.timeout(120 + 20 * CHANGES), group_of(redis_url) as group:
        changing, began = asyncio.create_task(changes(group)), time.monotonic()
        platforms = [Platform(host.url, PER_SECOND // 2, FAR_APART * place) for place, host in enumerate(group.hosts)]
        await asyncio.gather(*(platform.posts_beside(changing) for platform in platforms))
        await changing
        took_s = time.monotonic() - began
        await until(lambda: at_rest(group.hosts[0]))
        events = await everything(group.hosts[0])

    taken = [number for platform in platforms for number in platform.taken]
    middle_s, most_s = sorted(group.took_s[1:])[len(group.took_s) // 2 - 1], max(group.took_s[1:])
    print(f"\n{CHANGES} changes under {len(taken)} webhooks, {len(taken) / took_s:.0f} a second;", end=" ")
    print(f"{len(group.numbers)} versions in force, all {group.processes} processes ran one", end=" ")
    print(f"{middle_s:.2f} s after it was asked for, {most_s:.2f} s at most")
    assert [set(platform.said) for platform in platforms] == [{"202"}] * 2
    assert Counter(got.json["number"] for got in group.erp.at("/erp")) == Counter(taken)
    assert len(events) == len(taken)
    for event in events:
        assert event["routes"] == [f"r{group.numbers[event['config']] % ROUTES}"]
    assert {group.numbers[event["config"]] for event in events} == set(group.numbers.values())
    assert {got.json["version"] for got in group.erp.at("/erp")} <= set(group.numbers.values())


async def everything(relay: Relay) -> list[Any]:
    found, cursor = [], ""
    while cursor is not None:
        page = await relay.get(f"/api/events?limit=500&cursor={cursor}")
        found += page["events"]
        cursor = page["next"]
    return found


async def at_rest(relay: Relay) -> bool:
    lane = await relay.lane("erp")
    return not any(lane[count] for count in ("ready", "waiting", "in_flight"))
