"""SAP S/4HANA's journals: refusals inside HTTP 200, each journal of a call by itself, faults."""

import pytest
from speakers.sap_s4_journal import ITEMS, SERVICE, journal
from staged import Scene

SYSTEM = "sap-s4-journal"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (journal("B1", "1.00", "0.99"), "702(F5)"),
        (journal("B1", "1.00", "1.00", account="TRAVEL"), "507(F5)"),
        (journal("B1", "1.00", "1.00", company=""), "808(F5)"),
        (journal("B1", "a lot", "1.00"), "808(F5)"),
    ],
)
async def test_a_refusal_is_a_200_with_severity_3_and_no_number(named: Scene, wrong: str, code: str) -> None:
    heard = await named.speaks.bulk(wrong)
    assert heard.status == 200
    for part in ("Document>0000000000<", "FiscalYear>0000<", "SeverityCode>3<", "609(RW)", code):
        assert part in heard.text
    assert named.played.books.entries == []


async def test_each_journal_of_a_call_is_confirmed_by_itself_under_its_own_id(named: Scene) -> None:
    heard = await named.speaks.bulk(journal("B1", "1", "1"), journal("B2", "1", "2"))
    assert [entry.key for entry in named.played.books.entries] == ["B1"]
    for part in ("ReferenceID>r-B1<", "MaximumLogItemSeverityCode>1<", "ReferenceID>r-B2<", "SeverityCode>3<"):
        assert part in heard.text


async def test_what_is_no_soap_is_a_fault(named: Scene) -> None:
    for body in (b"<half", b"<other/>"):
        heard = await named.speaks.say("POST", SERVICE, data=body, headers=named.speaks.user())
        assert heard.status == 500
        assert "faultstring" in heard.text


async def test_the_posted_items_are_its_users_alone(named: Scene) -> None:
    assert (await named.speaks.say("GET", ITEMS)).status == 401
