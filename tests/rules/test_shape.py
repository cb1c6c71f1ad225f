"""A body as what its Content-Type calls it: JSON, a form, XML, in its charset; and anything else is refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.shape import BadShape, Shape, UnknownShape, read

FORM = "application/x-www-form-urlencoded"
BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 1000 + b'"><!ENTITY c "' + b"&b;" * 1000 + b'">]><a>&c;</a>'
)
OUTSIDE = b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>'


@pytest.mark.parametrize(
    "kind", ["", "application/json", "text/plain", "Text/Plain; charset=UTF-8", "application/vnd.x+json", "text/json"]
)
def test_what_senders_call_json_is_json(kind: str) -> None:
    assert read(b'{"total": 12.30}', kind) == {"total": Decimal("12.30")}


@pytest.mark.parametrize(
    ("data", "kind", "holds"),
    [
        ('{"备注": "差旅"}'.encode("gbk"), "application/json; charset=GBK", {"备注": "差旅"}),
        (b"\xef\xbb\xbf" + b'{"n": 0.10}', "application/json", {"n": Decimal("0.10")}),
        (b"name=invoice.create&id=7&id=8&empty=", FORM, {"name": "invoice.create", "id": ["7", "8"], "empty": ""}),
        (b"note=%B2%EE%C2%C3&n=1", f"{FORM};charset=GBK", {"note": "差旅", "n": "1"}),
        (b"note=%B2%EE%C2%C3&charset=GBK", FORM, {"note": "差旅", "charset": "GBK"}),
        ("note=差旅".encode("gbk"), f"{FORM}; charset=gb2312", {"note": "差旅"}),
        (b"note=%E5%B7%AE%E6%97%85+a", FORM, {"note": "差旅 a"}),
        (b"", FORM, {}),
        (b"<a><n>12.30</n><m id='1'/></a>", "text/xml", {"a": {"n": "12.30", "m": {"@id": "1"}}}),
        ('<?xml version="1.0" encoding="GBK"?><a>差旅</a>'.encode("gbk"), "application/xml", {"a": "差旅"}),
        ("<a>差旅</a>".encode("utf-16"), "application/atom+xml", {"a": "差旅"}),
    ],
)
def test_a_body_is_read_in_the_charset_that_it_says(data: bytes, kind: str, holds: Any) -> None:
    assert read(data, kind) == holds


@pytest.mark.parametrize(
    ("data", "kind", "shape"),
    [
        (b"{", "application/json", Shape.JSON),
        (b"\xff", "application/json; charset=GBK", Shape.JSON),
        (b"n=%FF%FF", FORM, Shape.FORM),
        ("n=差".encode(), FORM, Shape.FORM),
        (b"&".join(b"n%d=1" % n for n in range(10_001)), FORM, Shape.FORM),
        (b"<a>", "text/xml", Shape.XML),
        (BOMB, "text/xml", Shape.XML),
        (OUTSIDE, "text/xml", Shape.XML),
        (b"<a>\xff</a>", "text/xml", Shape.XML),
        (b"", "text/xml", Shape.XML),
    ],
)
def test_what_is_broken_or_a_bomb_is_refused_and_never_shown(data: bytes, kind: str, shape: Shape) -> None:
    with pytest.raises(BadShape) as refused:
        read(data, kind)
    assert refused.value.shape is shape
    assert "passwd" not in str(refused.value)


@pytest.mark.parametrize(
    "kind", ["text/html", "multipart/form-data; boundary=x", "image/png", "text/plain; charset=x-no"]
)
def test_another_type_or_a_charset_that_nobody_knows_is_not_taken(kind: str) -> None:
    with pytest.raises(UnknownShape):
        read(b"{}", kind)


def test_a_source_takes_the_shapes_that_it_says() -> None:
    assert read(b"<a/>", "text/xml", {Shape.XML}) == {"a": ""}
    with pytest.raises(UnknownShape, match="send form or json"):
        read(b"<a/>", "text/xml", {Shape.JSON, Shape.FORM})


@given(
    st.binary(max_size=200), st.sampled_from(["", FORM, f"{FORM}; charset=big5", "text/xml", "text/xml; charset=GBK"])
)
def test_whatever_comes_is_read_or_refused(data: bytes, kind: str) -> None:
    try:
        read(data, kind)
    except BadShape:
        return
