"""No configured secret is ever shown, in whatever spelling a request or an answer gives it."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.masking import Mask

SECRETS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=12), min_size=1, max_size=4)
# Few letters, so that secrets overlap, nest, and are spelled by what stands in for others.
NARROW = st.lists(st.text("*ab", min_size=4, max_size=6), min_size=1, max_size=4)
SPELLINGS = {
    "as it is": str,
    "in a URL": lambda secret: quote(secret, safe=""),
    "in a path": quote,
    "in a form": quote_plus,
    "in JSON": lambda secret: json.dumps(secret)[1:-1],
    "in JSON as UTF-8": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "in base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
}


@given(secrets=SECRETS | NARROW, before=st.text("*ab c"), data=st.data())
def test_no_secret_survives_in_any_spelling(secrets: list[str], before: str, data: st.DataObject) -> None:
    mask = Mask(secrets)
    spelled = [spell(data.draw(st.sampled_from(secrets))) for spell in SPELLINGS.values()]
    shown = mask.text(before.join(["", *spelled, ""]))
    assert not any(form in shown for form in (*spelled, *secrets))


@given(secrets=NARROW, text=st.text("*ab", max_size=40))
def test_bytes_and_text_are_masked_alike(secrets: list[str], text: str) -> None:
    mask = Mask(secrets)
    assert mask.bytes(text.encode()) == mask.text(text).encode()


@given(secrets=SECRETS, text=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4EFF)))
def test_text_without_a_secret_stays_as_it_is(secrets: list[str], text: str) -> None:
    if not any(secret in text for secret in secrets):
        assert Mask(secrets).text(text) == text


@pytest.mark.parametrize("secret", SPELLINGS)
def test_each_spelling_becomes_three_stars(secret: str) -> None:
    spelled = SPELLINGS[secret]('pä/s"s&w rd')
    assert Mask(['pä/s"s&w rd']).text(f"<{spelled.rstrip('=')}>") == "<***>"


def test_other_spellings_of_a_slash_and_of_hexadecimal_are_known() -> None:
    assert Mask(["ab/cd"]).text(r"ab\/cd ab%2fcd ab%2Fcd") == "*** *** ***"


def test_the_longest_secret_is_taken_first() -> None:
    assert Mask(["abcd", "abcdefgh"]).text("abcdefgh abcd") == "*** ***"


def test_what_is_too_short_to_be_a_secret_is_left_alone() -> None:
    assert Mask(["abc", ""]).text("abc") == "abc"
    assert Mask([]).bytes(b"abc") == b"abc"


def test_headers_keep_their_names() -> None:
    assert Mask(["tok-1234"]).headers({"Authorization": "Bearer tok-1234"}) == {"Authorization": "Bearer ***"}
