"""XML becomes a tree by element names; what would blow up, reach out or mean something else is refused."""

from contextlib import suppress
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.markup import MOST_NESTING, MOST_NODES, BadXml, read_xml

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("<a/>", {"a": ""}),
        ("<a> 12.30\n</a>", {"a": "12.30"}),
        ("<a><b>1</b><b>2</b><c/></a>", {"a": {"b": ["1", "2"], "c": ""}}),
        ('<a n="1">x</a>', {"a": {"@n": "1", "#text": "x"}}),
        ('<a n="1"/>', {"a": {"@n": "1"}}),
        ('<n:a xmlns:n="urn:n" n:x="1"><n:b>1</n:b><b>2</b></n:a>', {"a": {"@x": "1", "b": ["1", "2"]}}),
        ("<a>x<b>1</b>y</a>", {"a": {"b": "1", "#text": "xy"}}),
        ("<a><![CDATA[<b>&amp;</b>]]></a>", {"a": "<b>&amp;</b>"}),
        ("<a>&lt;&amp;&#20013;<!-- c --><?p i?></a>", {"a": "<&中"}),
        (f'<a {XSI}><b xsi:nil="true"/><c xsi:type="x:string">7</c></a>', {"a": {"b": None, "c": "7"}}),
        (f'<a {XSI} xsi:nil="1"/>', {"a": None}),
        (f'<a {XSI} xsi:nil="1" n="2"/>', {"a": {"@n": "2"}}),
        ('<a xml:lang="zh">x</a>', {"a": "x"}),
        ('<?xml version="1.0" encoding="GBK"?><a>中</a>', {"a": "中"}),
    ],
)
def test_a_tree(text: str, tree: Any) -> None:
    assert read_xml(text) == tree


BOMB = "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><a>&b;</a>"


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>',
        '<!DOCTYPE a PUBLIC "-//W3C//DTD" "http://127.0.0.1:9/x.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><a/>',
        "<!DOCTYPE html><html/>",
    ],
)
def test_a_document_type_is_refused(text: str) -> None:
    with pytest.raises(BadXml, match="document type"):
        read_xml(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&nbsp;</a>",
        "<x:a/>",
        "<a b='1' b='2'/>",
        "<a>\x00</a>",
        "<a>\ud800</a>",
    ],
)
def test_what_is_no_xml_is_refused(text: str) -> None:
    with pytest.raises(BadXml):
        read_xml(text)


def test_depth_and_size_are_bounded() -> None:
    read_xml("<a>" * MOST_NESTING + "</a>" * MOST_NESTING)
    for text in (
        "<a>" * (MOST_NESTING + 1) + "</a>" * (MOST_NESTING + 1),
        "<a>" + "<b/>" * MOST_NODES + "</a>",
        "<a " + " ".join(f"b{number}=''" for number in range(MOST_NODES)) + "/>",
    ):
        with pytest.raises(BadXml, match="too many"):
            read_xml(text)


def test_xinclude_and_stylesheets_are_only_elements_and_notes() -> None:
    include = '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
    assert read_xml(f'<?xml-stylesheet href="http://127.0.0.1:9/x"?>{include}') == {"include": {"@href": "/etc/passwd"}}


@given(
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=30)
)
def test_any_text_comes_back_trimmed(text: str) -> None:
    assert read_xml(f"<a>{escape(text)}</a>") == {"a": text.strip()}


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadXml):
        read_xml(f"<a>{text}")
