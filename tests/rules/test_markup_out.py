"""What goes out as XML: a tree under `$xml` or a template, escaped, in its charset, and nothing that XML can't hold."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import ExpressionError, RelayError
from relay.language.expression import Language
from relay.language.mapping import Parts, compile_request
from relay.markup import read_xml
from relay.markup_out import write_xml

NAMES = frozenset({"body"})
LANGUAGE = Language("Asia/Shanghai")
DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'


def place(path: Any) -> str:
    return "/".join(["routes.yaml", *map(str, path)])


def rendered(event: Any = None, /, **spec: Any) -> Parts:
    return compile_request(spec, LANGUAGE, NAMES, place).render({"body": event})


@pytest.mark.parametrize(
    ("tree", "written"),
    [
        ({"a": {}}, "<a />"),
        ({"a": "x"}, "<a>x</a>"),
        ({"a": {"b": [Decimal("1.10"), True, None, "0010"]}}, "<a><b>1.10</b><b>true</b><b>0010</b></a>"),
        ({"a": {"@n": 1, "@m": None, "#text": Decimal("100.00")}}, '<a n="1">100.00</a>'),
        ({"a": {"b": {"c": []}}}, "<a><b /></a>"),
        ({"p:a": {"@xmlns:p": "urn:p", "p:b": {"@p:c": 1}}}, '<p:a xmlns:p="urn:p"><p:b p:c="1" /></p:a>'),
        ({"a": {"@xmlns": "urn:d", "@xml:lang": "zh"}}, '<a xmlns="urn:d" xml:lang="zh" />'),
        (
            {"a": {"@b": "\"<&'\n", "#text": "]]><b>&amp;"}},
            '<a b="&quot;&lt;&amp;\'&#10;">]]&gt;&lt;b&gt;&amp;amp;</a>',
        ),
        ({"凭证": {"金额": "1"}}, "<凭证><金额>1</金额></凭证>"),
    ],
)
def test_a_tree_is_written_with_a_declaration(tree: Any, written: str) -> None:
    assert write_xml(tree).decode() == DECLARED + written


@pytest.mark.parametrize(
    ("tree", "why"),
    [
        ({}, "one root"),
        ({"a": 1, "b": 2}, "one root"),
        ("text", "one root"),
        ({"a": ["1", "2"]}, "one root"),
        ({"a": None}, "one root"),
        ({"a": {"b c": 1}}, "'b c' is no name"),
        ({"a": {"b><c": 1}}, "is no name"),
        ({"a": {"@": 1}}, "is no name"),
        ({"a": {"p:b:c": 1}}, "is no name"),
        ({"a": {"p:b": 1}}, "'p' isn't declared"),
        ({"a": {"b": {"@xmlns:p": "urn:p"}, "p:c": 1}}, "'p' isn't declared"),
        ({"a": {"@p:b": 1}}, "'p' isn't declared"),
        ({"a": {"b": "x\x00hunter2"}}, "b: XML can't hold the character U\\+0000"),
        ({"a": {"@b": "\x1f"}}, "U\\+001F"),
        ({"a": "\ufffe"}, "U\\+FFFE"),
        ({"a": "\ud800"}, "U\\+D800"),
        ({"a": {"@b": {"c": 1}}}, "@b: an object can't stand in text"),
        ({"a": {"#text": ["x"]}}, "a: a list can't stand in text"),
    ],
)
def test_what_xml_cannot_say_is_refused_and_never_shown(tree: Any, why: str) -> None:
    with pytest.raises(RelayError, match=why) as refused:
        write_xml(tree)
    assert "hunter2" not in str(refused.value)


def test_depth_is_bounded() -> None:
    tree: Any = "x"
    for _ in range(200):
        tree = {"a": tree}
    with pytest.raises(RelayError, match="too deeply"):
        write_xml(tree)


texts = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=20
)
names = st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True).filter(lambda name: name != "xmlns")


@given(texts, texts, names, names, st.sampled_from(["utf-8", "gbk", "big5", "utf-16", "ascii"]))
def test_what_is_written_reads_back_in_any_charset(text: str, value: str, name: str, other: str, charset: str) -> None:
    data = write_xml({name: {f"@{other}": value, other: text}}, charset).decode(charset)
    assert read_xml(data) == {name: {f"@{other}": value, other: text.strip()}}


class TestABodyUnderXml:
    def test_is_a_tree_like_any_other(self) -> None:
        lines = {"$each": "{{ body.lines }}", "$as": "line", "$do": {"@n": "{{ line.n }}", "#text": "{{ line.x }}"}}
        tree = {
            "voucher": {"memo": {"$if": ["body.memo", "{{ body.memo }}"]}, "line": lines, "none": "{{ body.memo }}"}
        }
        data = {"memo": None, "lines": [{"n": 1, "x": Decimal("1.10")}, {"n": 2, "x": Decimal("2.20")}]}
        parts = rendered(data, body={"$xml": tree})
        assert parts.body == f'{DECLARED}<voucher><line n="1">1.10</line><line n="2">2.20</line></voucher>'.encode()
        assert parts.content_type == "text/xml; charset=utf-8"

    def test_is_written_in_the_charset_of_its_content_type(self) -> None:
        parts = rendered("中😀", body={"$xml": {"a": "{{ body }}"}}, content_type="application/xml; charset=gbk")
        assert parts.body == '<?xml version="1.0" encoding="GBK"?>\n<a>中&#128512;</a>'.encode("gbk")
        assert parts.content_type == "application/xml; charset=gbk"

    def test_an_error_names_the_place(self) -> None:
        with pytest.raises(
            ExpressionError, match=r"'p' isn't declared, routes.yaml/body/\$xml, add '@xmlns:p' around it"
        ):
            rendered(body={"$xml": {"p:a": "x"}})

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ({"$xml": {"a": 1}, "b": 2}, r"\$xml is the whole of a body"),
            ({"x": {"$xml": {"a": 1}}}, r"\$xml can't stand here"),
            ({"$xml": {"a": {"b c": 1}}}, r"'b c' is no name of XML, routes.yaml/body/\$xml/a/b c"),
            ({"$xml": {"a": [{"$each": "{{ body }}", "$do": {"1": 1}}]}}, "'1' is no name of XML"),
            ({"$xml": {"a": {"$eech": 1}}}, "there is no \\$eech"),
        ],
    )
    def test_is_refused_at_load_where_it_cannot_be(self, body: Any, why: str) -> None:
        with pytest.raises(ExpressionError, match=why):
            rendered(body=body)


class TestATemplate:
    XML = "text/xml; charset=gbk"

    def test_escapes_values_in_texts_and_attributes(self) -> None:
        written = rendered(
            "\"'<&>", template="<a b=\"{{ body }}\" c='{{ body }}'>{{ body }}</a>", content_type="text/xml"
        ).body
        assert read_xml((written or b"").decode()) == {"a": {"@b": "\"'<&>", "@c": "\"'<&>", "#text": "\"'<&>"}}

    def test_is_xml_where_it_says_so_itself(self) -> None:
        parts = rendered("<中>", template='<?xml version="1.0" encoding="GBK"?><a>{{ body }}</a>')
        assert parts.body == '<?xml version="1.0" encoding="GBK"?><a>&lt;中&gt;</a>'.encode("gbk")
        assert parts.content_type == "text/xml; charset=GBK"

    @pytest.mark.parametrize("text", ["a]]>b", "]]>", "]]]>>", "<b>&amp;"])
    def test_a_section_of_cdata_holds_any_text(self, text: str) -> None:
        written = rendered(text, template="<a>{{ body | cdata }}</a>", content_type="text/xml").body or b""
        assert read_xml(written.decode()) == {"a": text}

    def test_a_value_cannot_end_a_section_of_the_template(self) -> None:
        written = (
            rendered("]]><x/>", template="<a><![CDATA[<b>{{ body }}</b>]]></a>", content_type="text/xml").body or b""
        )
        assert read_xml(read_xml(written.decode())["a"]) == {"b": "]]><x/>"}

    def test_what_the_charset_lacks_is_a_reference_but_not_in_cdata(self) -> None:
        assert rendered("😀", template="<a>{{ body }}</a>", content_type=self.XML).body == b"<a>&#128512;</a>"
        with pytest.raises(ExpressionError, match="characters that gbk doesn't have"):
            rendered("😀", template="<a>{{ body | cdata }}</a>", content_type=self.XML)
        with pytest.raises(ExpressionError, match="characters that gbk doesn't have"):
            rendered("😀", template="{{ body }}", content_type="text/plain; charset=gbk")

    def test_a_control_character_is_refused(self) -> None:
        with pytest.raises(ExpressionError, match=r"XML can't hold the character U\+0007, routes.yaml/template"):
            rendered("\x07", template="<a>{{ body }}</a>", content_type="text/xml")

    def test_two_charsets_are_refused_at_load(self) -> None:
        with pytest.raises(ExpressionError, match="name different charsets"):
            rendered(template='<?xml version="1.0" encoding="UTF-8"?><a/>', content_type=self.XML)
