"""A request of a delivery is authorised, sent while the lease lasts, and judged; whatever comes of it is a verdict."""

from collections.abc import AsyncIterator

import pytest
from servers import answering, close_after_reading, nobody, serving

from relay.destination import Auth, Destination, Limits, Request
from relay.destinations.auth import BearerAuth
from relay.destinations.judge import RuleJudge, from_fault
from relay.exchange import Edge, Exchange, Heard
from relay.hosts import Hosts
from relay.language.expression import Language
from relay.outcome import LaneEffect, Outcome
from relay.transport.client import Transport

LANGUAGE = Language()


class Turn:
    """A lease that lasts for so many looks."""

    hold = None

    def __init__(self, looks: int) -> None:
        self.looks = looks

    async def comes(self) -> bool:
        return True

    def lasts(self) -> bool:
        self.looks -= 1
        return self.looks >= 0


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    async with Transport() as transport:
        yield Edge(None, transport, None, from_fault, None, None)


def destination(auth: Auth, hosts: Hosts | None = None) -> Destination:
    return Destination(
        name="erp",
        url=LANGUAGE.value("http://erp", frozenset()),
        method="POST",
        headers={},
        auth=auth,
        judge=RuleJudge(LANGUAGE),
        limits=Limits(timeout_ms=5_000),
        hosts=hosts,
    )


async def asked(edge: Edge, url: str, looks: int = 1, hosts: Hosts | None = None) -> Heard:
    to = destination(BearerAuth(token="tok-1234"), hosts)
    request = Request(method="POST", url=f"{url}/vouchers", headers={"A": "1"}, body=b'{"n":1.10}')
    return await Exchange(to, Turn(looks), edge).ask(request, lambda answer: to.judge.judge(answer, {}))


async def test_a_request_leaves_with_credentials_and_its_answer_is_judged(edge: Edge) -> None:
    async with serving(answering(201, b"{}")) as erp:
        heard = await asked(edge, erp.url)
    (got,) = erp.got
    assert (got.method, got.target, got.body) == ("POST", "/vouchers", b'{"n":1.10}')
    assert (got.headers["a"], got.headers["authorization"]) == ("1", "Bearer tok-1234")
    assert (heard.verdict.outcome, heard.answer.status) == (Outcome.DELIVERED, 201)
    assert heard.request.headers["Authorization"] == "Bearer tok-1234"


async def test_nothing_is_sent_once_the_lease_is_over(edge: Edge) -> None:
    async with serving(answering(201)) as erp:
        heard = await asked(edge, erp.url, looks=0)
    assert not erp.got
    assert (heard.verdict.outcome, heard.verdict.sent, heard.verdict.lane) == (Outcome.RETRY, False, LaneEffect.NONE)
    assert heard.request is None


async def test_what_may_have_arrived_is_in_doubt_and_what_never_left_is_not(edge: Edge) -> None:
    async with serving(close_after_reading) as erp:
        heard = await asked(edge, erp.url)
    assert (heard.verdict.outcome, heard.verdict.sent, heard.answer) == (Outcome.UNKNOWN, True, None)
    with nobody() as url:
        heard = await asked(edge, url)
    assert (heard.verdict.outcome, heard.verdict.sent) == (Outcome.RETRY, False)


async def test_a_host_that_is_not_listed_is_rejected_before_anything_is_sent(edge: Edge) -> None:
    async with serving(answering(201)) as erp:
        heard = await asked(edge, erp.url, hosts=Hosts(named=frozenset({"erp.example.com"})))
    assert (erp.connections, heard.request, heard.verdict.sent) == (0, None, False)
    assert (heard.verdict.outcome, heard.verdict.lane) == (Outcome.REJECTED, LaneEffect.NONE)
    assert heard.verdict.reason == "the host 127.0.0.1 isn't among the destination's hosts, add it if it is right"


async def test_a_host_that_is_written_out_may_be_private(edge: Edge) -> None:
    async with serving(answering(201)) as erp:
        heard = await asked(edge, erp.url, hosts=Hosts(named=frozenset({"127.0.0.1"})))
    assert (heard.verdict.outcome, len(erp.got)) == (Outcome.DELIVERED, 1)
