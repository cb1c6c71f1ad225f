"""What Landray EKP has beyond the others: the same reviews by SOAP, and Faults."""

from decimal import Decimal
from xml.sax.saxutils import escape

import pytest
from defusedxml.ElementTree import fromstring
from staged import Scene

from relay.emulators.stage.knobs import Knob

SYSTEM = "landray"


def review(scene: Scene, **fields: str) -> str:
    values = scene.speaks.review("B1", "1.00") | fields
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return f"<web:addReview><arg0>{inside}</arg0></web:addReview>"


async def test_by_soap_the_answer_is_the_id_alone(named: Scene) -> None:
    heard = await named.speaks.soap(review(named))
    number = fromstring(heard.text).findtext(".//return")
    assert [(entry.number, entry.key, entry.amount) for entry in named.played.books.entries] == [
        (number, "B1", Decimal("1.00"))
    ]


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("<web:other/>", "addReview"),
        ("<web:addReview/>", "docSubject不能为空"),
        ("<web:addReview>", "no XML"),
    ],
)
async def test_by_soap_a_refusal_is_a_fault(named: Scene, inside: str, why: str) -> None:
    heard = await named.speaks.soap(inside)
    assert heard.status == 500
    assert why in fromstring(heard.text).findtext(".//faultstring")


async def test_by_soap_busy_is_a_fault_and_a_wrong_login_a_401(named: Scene) -> None:
    assert (await named.speaks.soap(review(named), "wrong")).status == 401
    named.played.knobs.turn({Knob.THROTTLE: Decimal(1)})
    assert "系统繁忙" in (await named.speaks.soap(review(named))).text


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"fdTemplateId": "none"}, "模板不存在"),
        ({"formValues": "[]"}, "formValues"),
        ({"docCreator": "zhang"}, "docCreator"),
    ],
)
async def test_by_rest_a_refusal_is_state_1_with_the_reason(named: Scene, fields: dict[str, str], why: str) -> None:
    said = (await named.speaks.post("B1", "1.00", **fields)).json()
    assert said["returnState"] == 1
    assert why in said["message"]


async def test_a_draft_stays_one(named: Scene) -> None:
    await named.speaks.post("B1", "1.00", docStatus="10")
    assert [entry.state for entry in named.played.books.entries] == ["draft"]
