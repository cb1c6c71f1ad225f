"""A form says what was signed and nothing else: no field stands beside the signed ones, or inside one of them."""

from urllib.parse import urlencode

import pytest

from relay.errors import Forged
from relay.signature import Received
from relay.signatures.form import SortedForm
from relay.signatures.words import FormContent

FORM = "application/x-www-form-urlencoded"
FIELDS = {
    "gmt_payment": "2026-03-31",
    "notify_id": "n1",
    "notify_time": "10:00",
    "subject": "机票",
    "total_amount": "0.10",
}


def received(fields: dict[str, str]) -> Received:
    body = urlencode(fields).encode()
    return Received(method="POST", url="", headers={"content-type": FORM}, query={}, body=body)


@pytest.mark.parametrize(
    "merged",
    [
        {"notify_id": "n1&notify_time=10:00"},
        {"gmt_payment": "2026-03-31&notify_id=n1"},
        {"gmt_payment": "2026-03-31&notify_id=n1&notify_time=10:00"},
        {"subject": "机票&total_amount=0.10"},
    ],
)
def test_a_signed_field_does_not_hide_in_the_one_before_it(merged: dict[str, str]) -> None:
    """The signed text would be the same, and the event another, with an id of its own or none."""
    ((name, value),) = merged.items()
    hidden = {piece.partition("=")[0] for piece in value.split("&")[1:]}
    fields = {key: text for key, text in {**FIELDS, name: value}.items() if key not in hidden}
    signed = "&".join(f"{key}={text}" for key, text in fields.items())
    assert SortedForm(FormContent())(received(FIELDS)).decode() == signed
    with pytest.raises(Forged):
        SortedForm(FormContent())(received(fields))


@pytest.mark.parametrize("subject", ["A & B", "A&B", "a=b", "1&quantity=2", "&=", "&", "机票&数量"])
def test_a_value_with_the_signs_between_fields_is_taken(subject: str) -> None:
    signed = SortedForm(FormContent())(received({**FIELDS, "subject": subject}))
    assert f"&subject={subject}&total_amount=0.10" in signed.decode()
