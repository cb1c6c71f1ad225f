"""The files of a request are fetched before anything is sent; what can't be had now is asked for again later."""

import hashlib
from typing import Any

import pytest
from servers import Play, answering, close_after_reading, nobody, serving

from relay.destination import Destination, Limits
from relay.destinations.auth import BearerAuth
from relay.destinations.judge import RuleJudge
from relay.fetching import Unfetched, fetched
from relay.files import Reference
from relay.hosts import Hosts
from relay.language.expression import Language
from relay.outcome import LaneEffect, Outcome
from relay.transport.client import BODY_LIMIT, Transport

LANGUAGE = Language()
PDF = b"%PDF-1.7\x00\xff"
HERE = Hosts(named=frozenset({"127.0.0.1"}))


async def file(url: str, hosts: Hosts | None = HERE, **asked: str) -> Any:
    destination = Destination(
        name="archive",
        url=LANGUAGE.value("http://archive", frozenset()),
        method="POST",
        headers={},
        auth=BearerAuth(token="tok-1234"),
        judge=RuleJudge(LANGUAGE),
        limits=Limits(timeout_ms=5_000),
        hosts=hosts,
    )
    async with Transport() as transport:
        (found,) = await fetched([Reference(url=url, **asked)], destination, transport)
    return found


async def test_a_file_is_seen_with_its_size_and_hash() -> None:
    async with serving(answering(200, PDF, Content_Type="application/pdf")) as server:
        found = await file(f"{server.url}/a/invoice.pdf?sig=1")
    assert (found["name"], found["filename"], found["content_type"]) == ("file", "invoice.pdf", "application/pdf")
    assert (found["size"], found["sha256"]) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert [(got.method, got.target) for got in server.got] == [("GET", "/a/invoice.pdf?sig=1")]


async def test_its_server_gets_no_credentials_of_the_destination() -> None:
    async with serving(answering(200, PDF)) as server:
        await file(server.url, sha256=hashlib.sha256(PDF).hexdigest().upper())
    assert "authorization" not in server.got[0].headers


@pytest.mark.parametrize(
    ("play", "outcome", "why"),
    [
        (answering(404), Outcome.REJECTED, "files[0]: answered 404"),
        (answering(302, Location="http://127.0.0.1:1/"), Outcome.REJECTED, "files[0]: answered 302"),
        (answering(503), Outcome.RETRY, "files[0]: answered 503"),
        (answering(429), Outcome.RETRY, "files[0]: answered 429"),
        (answering(200, b"x" * (BODY_LIMIT + 1)), Outcome.REJECTED, "files[0]: the file is too large"),
        (answering(200, b"other"), Outcome.HELD, "files[0]: the file isn't the one that its sha256 tells of"),
        (close_after_reading, Outcome.RETRY, "files[0]: connection closed after sending"),
    ],
)
async def test_what_cannot_be_fetched_sends_nothing(play: Play, outcome: Outcome, why: str) -> None:
    async with serving(play) as server:
        with pytest.raises(Unfetched) as refused:
            await file(server.url, sha256=hashlib.sha256(PDF).hexdigest())
    verdict = refused.value.verdict
    assert (verdict.outcome, verdict.reason, verdict.sent, verdict.lane) == (outcome, why, False, LaneEffect.NONE)


async def test_a_server_that_is_away_is_asked_again_later() -> None:
    with nobody() as url, pytest.raises(Unfetched, match="connection refused") as refused:
        await file(url)
    assert refused.value.verdict.outcome is Outcome.RETRY


@pytest.mark.parametrize("hosts", [None, Hosts(named=frozenset({"files.example.com"})), Hosts(below=(".example.com",))])
async def test_a_host_that_is_not_listed_is_never_asked(hosts: Hosts | None) -> None:
    async with serving(answering(200, PDF)) as server:
        with pytest.raises(Unfetched, match="isn't among the destination's hosts") as refused:
            await file(server.url, hosts)
    assert (server.connections, refused.value.verdict.outcome) == (0, Outcome.REJECTED)
