"""Logins shared by processes: two `Sessions` on one Redis stand for two workers."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from logging_in import ROTATING, login_of, to
from redis.asyncio import Redis
from servers import Exchange as Connection
from servers import answer, serving
from test_exchange import Turn

from relay.assertions import signed
from relay.destination import Answer, Destination, Login, Request, Session
from relay.destinations.judge import from_fault
from relay.errors import LoginLater, LoginRefused
from relay.exchange import Edge, Exchange, Heard
from relay.language.expression import Language
from relay.masking import Mask
from relay.outcome import LaneEffect, Outcome
from relay.record import shown_answer, shown_request
from relay.sessions import Live, Sessions, Stored
from relay.stores.connecting import client
from relay.stores.sessions import RedisSessions
from relay.transport.client import Transport

LANGUAGE = Language()
BODY = b'{"total": 12.30}'


@dataclass
class System:
    """A played ERP: gives out tokens at /token, rotates refresh tokens, and takes documents under the newest."""

    lasts_s: int = 3600
    delay_s: float = 0.0
    status: int = 200
    logins: int = 0
    refused: int = 0
    refresh: str = "refresh-0"
    url: str = ""
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    async def play(self, connection: Connection) -> None:
        while True:
            got = await connection.read()
            if got.target == "/token":
                await connection.write(await self._token(parse_qs(got.body.decode())))
            else:
                await connection.write(self._post(got.headers["authorization"].removeprefix("Bearer "), got.body))

    async def _token(self, form: dict[str, list[str]]) -> bytes:
        await asyncio.sleep(self.delay_s)
        wrong = form.get("client_secret") == ["wrong"] or form.get("refresh_token", [self.refresh]) != [self.refresh]
        if wrong:
            self.refused += 1
            return answer(401, json.dumps({"error": "invalid_client"}).encode())
        if self.status != 200:
            return answer(self.status, b"{}", Retry_After="7")
        self.logins += 1
        if "refresh_token" in form:
            self.refresh = f"refresh-{self.logins}"
        said = {"access_token": f"token-{self.logins}", "expires_in": self.lasts_s, "refresh_token": self.refresh}
        return answer(200, json.dumps(said).encode())

    def _post(self, token: str, body: bytes) -> bytes:
        self.posted.append((token, body))
        good = token == f"token-{self.logins}" and token not in self.ended
        return answer(201, json.dumps({"seen": token}).encode()) if good else answer(401)


@dataclass
class Workers:
    """Two of them, on one Redis."""

    edges: list[Edge]

    async def both(self, to: Destination, each: int) -> list[Live]:
        asked = [self.sessions(number % 2).current(to, login_of(to)) for number in range(2 * each)]
        return await asyncio.gather(*asked)

    def sessions(self, number: int = 0) -> Sessions:
        return self.edges[number].sessions


@pytest.fixture
async def system() -> AsyncIterator[System]:
    played = System()
    async with serving(played.play) as server:
        played.url = server.url
        yield played


@pytest.fixture
async def workers(redis: Redis, redis_url: str) -> AsyncIterator[Workers]:
    async with AsyncExitStack() as stack:
        edges = []
        for _ in range(2):
            transport = await stack.enter_async_context(Transport())
            own = client(redis_url)
            stack.push_async_callback(own.aclose)
            sessions = Sessions(RedisSessions(own), transport, signed)
            stack.push_async_callback(sessions.close)
            edges.append(Edge(None, transport, sessions, from_fault, None, None))
        yield Workers(edges)


async def post(destination: Destination, edge: Edge, looks: int = 9) -> Heard:
    request = Request(method="POST", url=destination.url.printed({}), headers={}, body=BODY)

    def judge(answered: Answer) -> Any:
        return destination.judge.judge(answered, {})

    return await Exchange(destination, Turn(looks), edge).ask(request, judge)


async def test_a_burst_over_two_processes_logs_in_once(system: System, workers: Workers) -> None:
    system.delay_s = 0.2
    lives = await workers.both(to(system.url), each=50)
    assert system.logins == 1
    assert {live.session.values["token"] for live in lives} == {"token-1"}


async def test_destinations_with_the_same_credentials_share_a_login(system: System, workers: Workers) -> None:
    for name in ("vouchers", "bills"):
        assert (await post(to(system.url, name), workers.edges[0])).verdict.outcome is Outcome.DELIVERED
    assert system.logins == 1


async def test_a_session_is_renewed_ahead_of_its_end(system: System, workers: Workers) -> None:
    system.lasts_s = 4
    destination = to(system.url, early="2s")
    first = await workers.sessions().current(destination, login_of(destination))
    assert first.renewed_from < first.ends
    live = first
    async with asyncio.timeout(20):
        while live.id == first.id:
            await asyncio.sleep(0.05)
            live = await workers.sessions().current(destination, login_of(destination))
    assert live.session.values["token"] == "token-2"
    assert system.logins == 2


async def test_where_an_early_renewal_fails_the_old_session_is_used_to_its_end(
    system: System, workers: Workers
) -> None:
    system.lasts_s = 120
    destination = to(system.url, early="1h")
    sessions = workers.sessions()
    first = await sessions.current(destination, login_of(destination))
    sessions._live[login_of(destination).fingerprint] = msgspec.structs.replace(first, renewed_from=0.0)
    system.status = 503
    await _expire_in_redis(sessions, login_of(destination))
    assert (await sessions.current(destination, login_of(destination))).id == first.id


def sessions_stored(live: Live) -> Stored:
    return Stored(id=live.id, session=live.session)


async def _expire_in_redis(sessions: Sessions, login: Login) -> None:
    await sessions._store._redis.delete(f"login:{login.fingerprint}")


async def test_a_refused_request_renews_once_and_sends_the_same_bytes_again(system: System, workers: Workers) -> None:
    destination = to(system.url)
    await post(destination, workers.edges[0])
    await post(destination, workers.edges[1])
    system.ended.add("token-1")
    heard = await asyncio.gather(*(post(destination, workers.edges[number % 2]) for number in range(20)))
    assert {each.verdict.outcome for each in heard} == {Outcome.DELIVERED}
    assert system.logins == 2
    assert {body for _, body in system.posted} == {BODY}


async def test_a_request_that_stays_unauthorised_stops_the_lane_after_one_renewal(
    system: System, workers: Workers
) -> None:
    system.ended |= {"token-1", "token-2"}
    heard = await post(to(system.url), workers.edges[0])
    assert (heard.verdict.outcome, heard.verdict.lane) == (Outcome.UNAUTHORISED, LaneEffect.STOPS)
    assert (system.logins, len(system.posted)) == (2, 2)


async def test_nothing_is_sent_again_once_the_lease_is_over(system: System, workers: Workers) -> None:
    destination = to(system.url)
    await post(destination, workers.edges[0])
    system.ended.add("token-1")
    heard = await post(destination, workers.edges[0], looks=1)
    assert (heard.verdict.outcome, heard.verdict.sent, heard.answer.status) == (Outcome.RETRY, False, 401)
    assert len(system.posted) == 2


async def test_a_refused_login_is_not_tried_again_with_the_same_credentials(
    system: System, workers: Workers, redis: Redis
) -> None:
    wrong = to(system.url, client_secret="wrong")
    for number in (0, 1, 0, 1):
        heard = await post(wrong, workers.edges[number])
        assert (heard.verdict.outcome, heard.verdict.lane) == (Outcome.UNAUTHORISED, LaneEffect.STOPS)
        assert (heard.verdict.sent, heard.request) == (False, None)
        assert "answered 401: invalid_client" in heard.verdict.reason
    assert (system.refused, system.posted) == (1, [])
    left_ms = await redis.pttl(f"login:{login_of(wrong).fingerprint}:refused")
    assert 200_000 < left_ms <= 300_000
    assert (await post(to(system.url), workers.edges[0])).verdict.outcome is Outcome.DELIVERED


async def test_the_time_until_the_next_try_doubles_to_an_hour_and_begins_anew_after_a_login(
    redis: Redis, workers: Workers
) -> None:
    store = workers.sessions()._store
    waits = []
    for _ in range(6):
        await store.refuse("f", "no")
        waits.append(round(await redis.pttl("login:f:refused") / 60_000))
    assert waits == [5, 10, 20, 40, 60, 60]
    await store.keep("f", sessions_stored(Live(id="1", session=_session(), ends=0, renewed_from=0, secrets=())))
    assert (await store.read("f")).refusal is None
    await store.refuse("f", "no")
    assert round(await redis.pttl("login:f:refused") / 60_000) == 5


def _session() -> Session:
    return Session(values={"token": "t"}, lasts_ms=1000)


async def test_a_login_that_is_put_off_refuses_nothing(system: System, workers: Workers) -> None:
    system.status = 503
    heard = await post(to(system.url), workers.edges[0])
    assert (heard.verdict.outcome, heard.verdict.after_ms, heard.verdict.sent) == (Outcome.THROTTLED, 7000, False)
    system.status = 200
    assert (await post(to(system.url), workers.edges[0])).verdict.outcome is Outcome.DELIVERED


async def test_a_login_without_an_answer_leaves_no_doubt(workers: Workers, system: System) -> None:
    async def hang_up(connection: Connection) -> None:
        await connection.read()

    async with serving(hang_up) as server:
        system.url = server.url
        heard = await post(to(system.url), workers.edges[0])
    assert (heard.verdict.outcome, heard.verdict.sent, heard.verdict.lane) == (Outcome.RETRY, False, LaneEffect.FAILS)


async def test_a_rotated_refresh_token_is_what_the_next_login_uses(system: System, workers: Workers) -> None:
    destination = to(system.url, **ROTATING)
    for number in range(4):
        assert (await post(destination, workers.edges[number % 2])).verdict.outcome is Outcome.DELIVERED
        system.ended.add(f"token-{system.logins}")
    assert (system.logins, system.refused) == (4, 0)


async def test_a_rotated_refresh_token_survives_a_killed_worker(
    system: System, workers: Workers, redis_url: str
) -> None:
    command = (sys.executable, str(Path(__file__).with_name("logging_in.py")), redis_url, system.url)
    worker = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert await asyncio.wait_for(worker.stdout.readline(), 60) == b"logged in\n"
    finally:
        worker.kill()
        await worker.wait()
    system.ended.add("token-1")
    assert (await post(to(system.url, **ROTATING), workers.edges[0])).verdict.outcome is Outcome.DELIVERED
    assert (system.logins, system.refused, system.refresh) == (2, 0, "refresh-2")


async def test_a_lock_of_a_dead_process_ends(system: System, workers: Workers) -> None:
    destination = to(system.url)
    await workers.sessions()._store.lock(login_of(destination).fingerprint, "dead", 300)
    async with asyncio.timeout(20):
        assert (await post(destination, workers.edges[0])).verdict.outcome is Outcome.DELIVERED


async def test_a_lock_is_prolonged_and_freed_by_its_holder_alone(redis: Redis, workers: Workers) -> None:
    store = workers.sessions()._store
    assert await store.lock("f", "mine", 60_000)
    assert not await store.lock("f", "yours", 60_000)
    await store.unlock("f", "yours")
    await store.prolong("f", "yours", 1)
    assert await redis.pttl("login:f:lock") > 1
    await store.prolong("f", "mine", 600_000)
    assert await redis.pttl("login:f:lock") > 60_000
    await store.unlock("f", "mine")
    assert not await redis.exists("login:f:lock")


async def test_a_token_is_kept_for_others_though_whoever_asked_for_it_is_gone(
    system: System, workers: Workers, redis: Redis
) -> None:
    system.delay_s = 0.3
    destination = to(system.url)
    asked = asyncio.create_task(workers.sessions().current(destination, login_of(destination)))
    await asyncio.wait([asked], timeout=0)
    await asyncio.wait(workers.sessions()._flights.values(), timeout=0)
    asked.cancel()
    await workers.sessions().close()
    assert (await workers.sessions(1).current(destination, login_of(destination))).session.values["token"] == "token-1"
    assert system.logins == 1


async def test_what_a_login_brought_is_masked_where_the_attempt_is_shown(system: System, workers: Workers) -> None:
    heard = await post(to(system.url), workers.edges[0])
    mask = Mask(()).beside(heard.secrets)
    shown = f"{shown_request(heard.request, mask)} {shown_answer(heard.answer, mask)}"
    assert "Bearer ***" in shown
    assert "seen" in shown
    assert "token-1" not in shown
    assert "refresh-0" not in shown


async def test_errors_of_logins_are_told_apart() -> None:
    assert from_fault(LoginRefused("no")).lane is LaneEffect.STOPS
    assert from_fault(LoginLater("not now")).outcome is Outcome.RETRY
