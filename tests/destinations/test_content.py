"""Bodies are read as the kind that the destination speaks, in the charsets that its country uses."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.destination import Answer
from relay.destinations.content import Kind, read
from relay.errors import Unreadable


def answer(body: bytes, content_type: str = "", cut: bool = False) -> Answer:
    headers = {"content-type": content_type} if content_type else {}
    return Answer(status=200, headers=headers, body=body, cut=cut)


@pytest.mark.parametrize("content_type", ["", "application/json", "text/html", "text/plain; charset=utf-8"])
def test_json_is_taken_under_any_name(content_type: str) -> None:
    assert read(answer(b'{"amount": 12.30}', content_type), Kind.JSON) == {"amount": Decimal("12.30")}


@pytest.mark.parametrize(
    ("content_type", "codec"),
    [
        ("application/json; charset=GBK", "gbk"),
        ('text/html;charset="gb2312"', "gbk"),
        ("application/json; Charset=GB18030", "gb18030"),
        ("text/plain; charset=big5", "big5"),
        ("text/plain; charset=utf-8", "utf-8"),
        ("text/plain; charset=utf-8", "utf-8-sig"),
    ],
)
def test_a_charset_is_believed(content_type: str, codec: str) -> None:
    said = '{"message": "中文"}'
    assert read(answer(said.encode(codec), content_type), Kind.JSON) == {"message": "中文"}
    assert read(answer(said.encode(codec), content_type), Kind.TEXT) == said


@pytest.mark.parametrize(
    ("body", "looks"),
    [
        (b"", "is empty, not json"),
        (b" \r\n", "is empty, not json"),
        (b"<!DOCTYPE html><title>hunter2", "is an HTML page, not json"),
        (b"\n<HTML>hunter2", "is an HTML page, not json"),
        (b"<?xml version='1.0'?><hunter2/>", "is XML, not json"),
        (b'{"hunter2"', "is something else, not json"),
        (b"\xff\xfe", "is something else, not json"),
    ],
)
def test_another_kind_is_called_by_its_name_and_never_shown(body: bytes, looks: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(answer(body), Kind.JSON)
    assert str(refused.value) == f"the answer {looks}"


@pytest.mark.parametrize("charset", ["zip", "hex", "idna", "unicode_escape", "no-such-charset"])
def test_a_charset_that_is_none_means_utf_8(charset: str) -> None:
    assert read(answer(b"{}", f"application/json; charset={charset}"), Kind.JSON) == {}


@pytest.mark.parametrize("kind", [Kind.JSON, Kind.TEXT])
def test_a_cut_body_is_never_read(kind: Kind) -> None:
    with pytest.raises(Unreadable, match="cut"):
        read(answer(b"{}", cut=True), kind)


def test_text_in_another_charset_than_it_says_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read(answer(b"\xff"), Kind.TEXT)
    with pytest.raises(Unreadable, match="gb18030"):
        read(answer(b"\xff\xff", "text/plain; charset=gbk"), Kind.TEXT)


@given(body=st.binary(max_size=100), content_type=st.text(max_size=40), kind=st.sampled_from([Kind.JSON, Kind.TEXT]))
def test_any_bytes_are_read_or_unreadable(body: bytes, content_type: str, kind: Kind) -> None:
    with suppress(Unreadable):
        read(answer(body, content_type), kind)
