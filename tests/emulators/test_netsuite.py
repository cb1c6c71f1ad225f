"""NetSuite: a signature that counts once, jobs with their idempotency key, and records under their own id."""

from decimal import Decimal

import pytest
from speakers.netsuite import RECORDS, journal
from staged import Scene

SYSTEM = "netsuite"
JOURNALS = f"{RECORDS}/journalEntry"
BODY = journal("B1", "100.10", "100.10")
KEY = "cac827ea-3543-4cda-add2-bae634326c27"


async def test_a_signed_header_counts_once(named: Scene) -> None:
    signed = named.speaks.signature("GET", f"{JOURNALS}/eid:B1")
    heard = [await named.speaks.say("GET", f"{JOURNALS}/eid:B1", headers=signed) for _ in range(2)]
    assert [each.status for each in heard] == [404, 401]


@pytest.mark.parametrize("part", ["account", "consumer_key", "consumer_secret", "token", "token_secret"])
async def test_each_part_of_the_account_is_checked(named: Scene, part: str) -> None:
    named.speaks.account[part] += "x"
    assert (await named.speaks.post("B1", "1.00")).status == 401


async def test_a_signature_is_of_its_method_its_address_and_its_time(named: Scene) -> None:
    for method, path in (("POST", f"{JOURNALS}/eid:B1"), ("GET", f"{JOURNALS}/eid:B2")):
        signed = named.speaks.signature(method, path)
        assert (await named.speaks.say("GET", f"{JOURNALS}/eid:B1", headers=signed)).status == 401
    named.played.clock.move(301)
    assert (await named.speaks.post("B1", "1.00")).status == 401


@pytest.mark.parametrize("header", ["", "OAuth", "Bearer token", 'OAuth realm="1234567_SB1"', "OAuth a=b, c"])
async def test_what_is_no_signature_is_401(named: Scene, header: str) -> None:
    heard = await named.speaks.say("GET", f"{JOURNALS}/eid:B1", headers={"Authorization": header})
    assert heard.status == 401


async def test_a_job_goes_on_with_each_question_and_its_result_is_the_answer_at_once(named: Scene) -> None:
    begun = await named.speaks.ask_signed("POST", JOURNALS, BODY, Prefer="respond-async")
    assert (begun.status, begun.text) == (202, "")
    job = begun.headers["Location"]
    heard = [(await named.speaks.ask_signed("GET", job)).json() for _ in range(3)]
    assert [(each["progress"], each["completed"]) for each in heard] == [
        ("pending", False),
        ("processing", False),
        ("succeeded", True),
    ]
    assert named.speaks.number(await named.speaks.ask_signed("GET", f"{job}/task/1/result")) == "12345"


async def test_a_job_that_fails_says_why_in_its_result(named: Scene) -> None:
    wrong = journal("B1", "1.00", "2.00")
    job = (await named.speaks.ask_signed("POST", JOURNALS, wrong, Prefer="respond-async")).headers["Location"]
    assert [(await named.speaks.ask_signed("GET", job)).json()["progress"] for _ in range(3)][-1] == "failed"
    assert "must balance" in (await named.speaks.ask_signed("GET", f"{job}/task/1/result")).text


async def test_the_same_key_again_is_a_400_that_points_to_the_first_job(named: Scene) -> None:
    asked = {"Prefer": "respond-async", "X_NetSuite_Idempotency_Key": KEY}
    first, again = [await named.speaks.ask_signed("POST", JOURNALS, BODY, **asked) for _ in range(2)]
    assert (again.status, again.json()["title"]) == (400, "Conflict")
    assert again.json()["o:errorDetails"][0]["o:errorCode"] == "IDEMPOTENCY_ERROR"
    assert again.headers["Location"] == first.headers["Location"]
    assert len(named.played.books.entries) == 1


async def test_the_key_counts_for_nothing_at_once(named: Scene) -> None:
    for eid in ("B1", "B2"):
        body = BODY | {"externalId": eid}
        heard = await named.speaks.ask_signed("POST", JOURNALS, body, X_NetSuite_Idempotency_Key=KEY)
        assert heard.status == 204


@pytest.mark.parametrize(
    ("query", "amount"), [("?replace=expense", "50.05"), ("", "150.15"), ("?replace=item", "150.15")]
)
async def test_a_record_put_again_is_the_same_one_with_more_lines_unless_they_are_replaced(
    named: Scene, query: str, amount: str
) -> None:
    path = f"{RECORDS}/vendorBill/eid:B1{query}"
    for each in ("100.10", "50.05"):
        bill = {"entity": {"id": "7"}, "expense": {"items": [{"account": {"id": "58"}, "amount": Decimal(each)}]}}
        heard = await named.speaks.ask_signed("PUT", path, bill)
        assert named.speaks.number(heard) == "12345"
    assert [(each.key, each.amount) for each in named.played.books.entries] == [("B1", Decimal(amount))]
    assert (await named.speaks.ask_signed("PUT", path, {})).status == 400


async def test_it_says_that_it_is_busy_by_429_and_by_400(named: Scene) -> None:
    named.played.knobs.turn({"throttle": Decimal(1)})
    heard = [await named.speaks.post("B1", "1.00") for _ in range(2)]
    assert [each.status for each in heard] == [429, 400]
    assert "SSS_REQUEST_LIMIT_EXCEEDED" in heard[1].text
