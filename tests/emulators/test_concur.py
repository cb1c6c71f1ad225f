"""Concur: a code for each document of a call, inside HTTP 200."""

import pytest
from speakers.concur import BASE, POSTED, confirmation
from staged import Scene

SYSTEM = "concur"


async def test_a_document_is_acknowledged_once(named: Scene) -> None:
    heard = [(await named.speaks.call("acknowledgements", {"ids": ["D1", "unknown-1"]})).json() for _ in range(2)]
    assert [[each["code"] for each in answer] for answer in heard] == [[0, 116], [101, 116]]
    assert [each["acknowledgeResult"] for each in heard[0]] == ["SUCCESS", "FAILURE"]


async def test_each_confirmation_has_a_code_of_its_own_and_the_last_word_counts(named: Scene) -> None:
    failed = {"docId": "D1", "overallPostingStatusCode": "error", "systemMessages": [{"messageId": "003-CC"}]}
    heard = await named.speaks.confirm(failed, confirmation("unknown-1", postingDocs=[POSTED]))
    assert [(each["docId"], each["code"]) for each in heard.json()] == [("D1", 0), ("unknown-1", 116)]
    assert heard.status == 200
    await named.speaks.confirm(confirmation("D1", postingDocs=[POSTED]))
    assert [(each.key, each.state) for each in named.played.books.entries] == [("D1", "success")]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("acknowledgements", {}),
        ("acknowledgements", {"ids": [1]}),
        ("postingconfirmations", {"postingConfirmations": [{"docId": "D1"}]}),
        ("postingconfirmations", {"postingConfirmations": [confirmation("D1", overallPostingStatusCode="maybe")]}),
        ("postingconfirmations", {"postingConfirmations": [confirmation("D1", postingDocs=[{"companyId": "1"}])]}),
    ],
)
async def test_a_call_that_can_not_be_read_is_a_400(named: Scene, name: str, body: dict[str, object]) -> None:
    assert (await named.speaks.call(name, body)).status == 400
    assert named.played.books.entries == []


async def test_a_document_is_read_by_its_id(named: Scene) -> None:
    header = {"Authorization": f"Bearer {named.speaks.token}"}
    asked = [await named.speaks.say("GET", BASE, params={"docId": key}, headers=header) for key in ("D1", "unknown-1")]
    found, none = [heard.json()["content"] for heard in asked]
    assert (found[0]["document"]["report"]["reportId"], none) == ("D1", [])
