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


@pytest.mark.parametrize("kind", Kind)
def test_a_cut_body_is_never_read(kind: Kind) -> None:
    with pytest.raises(Unreadable, match="cut"):
        read(answer(b"{}", cut=True), kind)


def test_text_in_another_charset_than_it_says_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read(answer(b"\xff"), Kind.TEXT)
    with pytest.raises(Unreadable, match="gb18030"):
        read(answer(b"\xff\xff", "text/plain; charset=gbk"), Kind.TEXT)


@given(body=st.binary(max_size=100), content_type=st.text(max_size=40), kind=st.sampled_from(Kind))
def test_any_bytes_are_read_or_unreadable(body: bytes, content_type: str, kind: Kind) -> None:
    with suppress(Unreadable):
        read(answer(body, content_type), kind)


XML = '<?xml version="1.0" encoding="{}"?><answer><text>中文</text></answer>'


@pytest.mark.parametrize(
    ("declared", "written", "content_type", "charset"),
    [
        ("GBK", "gbk", "", None),
        ("gb2312", "gbk", "text/html", None),
        ("UTF-8", "gbk", "text/html; charset=gbk", None),
        ("UTF-8", "gbk", "text/xml; charset=utf-8", "GBK"),
        ("GBK", "utf-8-sig", "text/xml; charset=gbk", "GBK"),
        ("UTF-16", "utf-16", "", None),
        ("Big5", "big5", "", None),
    ],
)
def test_the_charset_of_xml(declared: str, written: str, content_type: str, charset: str | None) -> None:
    """A mark at the beginning, then the destination's own word, then Content-Type, then the declaration."""
    body = XML.format(declared).encode(written)
    assert read(answer(body, content_type), Kind.XML, charset) == {"answer": {"text": "中文"}}


@pytest.mark.parametrize("prefix", ["soap", "SOAP-ENV", "s"])
def test_soap_is_what_stands_in_the_body_under_any_prefix(prefix: str) -> None:
    envelope = f"""<{prefix}:Envelope xmlns:{prefix}="urn:e"><{prefix}:Header><id>1</id></{prefix}:Header>
        <{prefix}:Body><n:Done xmlns:n="urn:n"><n:No>7</n:No></n:Done></{prefix}:Body></{prefix}:Envelope>"""
    assert read(answer(envelope.encode()), Kind.SOAP) == {"Done": {"No": "7"}}


@pytest.mark.parametrize("body", [b"<Done/>", b"<Envelope/>", b"<Envelope>x</Envelope>", b"<html><p>login</p></html>"])
def test_what_is_no_envelope_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not soap"):
        read(answer(body), Kind.SOAP)


def test_an_empty_soap_body_has_nothing() -> None:
    assert read(answer(b"<Envelope><Body/></Envelope>"), Kind.SOAP) == {}


def test_a_form_gives_its_fields_in_its_charset() -> None:
    assert read(answer(b"code=0&no=V%2D1&tag=a&tag=b&memo="), Kind.FORM) == {
        "code": "0",
        "no": "V-1",
        "tag": ["a", "b"],
        "memo": "",
    }
    assert read(answer(b"m=%D6%D0", "text/plain; charset=gbk"), Kind.FORM) == {"m": "中"}


@pytest.mark.parametrize("body", [b"", b"OK", b"m=%D6%D0", b"&".join([b"a=1"] * 10_001)])
def test_what_is_no_form_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not form"):
        read(answer(body), Kind.FORM)
