"""A `request:`: trees with $keys, forms, templates, headers, queries, and numbers that pass through unchanged."""

from decimal import Decimal
from email.parser import Parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import ExpressionError, MissingName
from relay.language.expression import Language
from relay.language.mapping import compile_request
from relay.language.tree import compile_tree
from relay.money import decode_json, encode_json

NAMES = frozenset({"body", "event.type"})
LANGUAGE = Language("Asia/Shanghai")
BODY = decode_json(
    b"""{"number": "B1", "total": 12.30, "none": null, "empty": [],
         "lines": [{"account": "6601", "amount": 10.10}, {"account": "6602", "amount": 2.20}],
         "groups": [{"name": "g", "lines": [{"amount": 1}, {"amount": 2}]}]}"""
)
DATA = {"body": BODY}


def place(path):
    return "/".join(["routes.yaml", *map(str, path)])


def rendered(tree):
    return compile_tree(tree, LANGUAGE, NAMES, place, ("body",)).render(DATA)


def request(**spec):
    return compile_request(spec, LANGUAGE, NAMES, place).render(DATA)


texts = st.text(st.characters(codec="utf-8"), max_size=8)
numbers = st.from_regex(r"-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,40})?", fullmatch=True).filter(lambda text: text != "-0")
written = st.recursive(
    numbers | st.sampled_from(["true", "false", "null"]) | texts.map(lambda text: encode_json(text).decode()),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(texts, inner, max_size=4).map(
            lambda entries: "{" + ",".join(f"{encode_json(key).decode()}:{item}" for key, item in entries.items()) + "}"
        )
    ),
    max_leaves=15,
)


@given(written)
def test_any_document_passes_a_lone_body_byte_for_byte(document):
    plan = compile_request({"body": "{{ body }}"}, LANGUAGE, NAMES, place)
    assert plan.render({"body": decode_json(document.encode())}).body == document.encode()


@given(numbers)
def test_a_number_is_written_into_a_field_as_it_came(number):
    tree = compile_tree({"amount": "{{ body.x }}", "text": "={{ body.x }}"}, LANGUAGE, NAMES, place)
    sent = encode_json(tree.render({"body": decode_json(f'{{"x":{number}}}'.encode())}))
    assert sent == f'{{"amount":{number},"text":"={number}"}}'.encode()


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"a": 1, "b": [True, None, Decimal("1.10"), "x"]}, {"a": 1, "b": [True, None, Decimal("1.10"), "x"]}),
        ({"no": "{{ body.number }}", "text": "no {{ body.number }}"}, {"no": "B1", "text": "no B1"}),
        ({"$each": "{{ body.lines }}", "$do": "{{ item.amount }}"}, [Decimal("10.10"), Decimal("2.20")]),
        (
            {"$each": [1, 2], "$as": "n", "$do": {"n": "{{ n * 2 }}", "b": "{{ body.number }}"}},
            [{"n": 2, "b": "B1"}, {"n": 4, "b": "B1"}],
        ),
        ({"$each": "{{ body.empty }}", "$do": 1}, []),
        (
            {
                "$each": "{{ body.groups }}",
                "$as": "g",
                "$do": {"$each": "{{ g.lines }}", "$do": "{{ g.name }}{{ item.amount }}"},
            },
            [["g1", "g2"]],
        ),
        ({"$each": "{{ body.lines }}", "$do": {"$if": ["item.amount > 5", "{{ item.account }}", "$omit"]}}, ["6601"]),
        ({"$concat": ["{{ [1] }}", [2, "$omit"], "$omit", {"$each": [3], "$do": "{{ item }}"}]}, [1, 2, 3]),
        ({"$if": ["body.total > 0", "yes", "no"]}, "yes"),
        ({"$if": ["{{ body.total < 0 }}", "yes", "{{ body.number }}"]}, "B1"),
        ({"a": {"$if": ["body.total < 0", "yes"]}, "b": 1}, {"b": 1}),
        ({"$if": ["body.total > 0", "yes", "{{ body.nope }}"]}, "yes"),
        (
            {"a": "$omit", "b": ["$omit", {"$omit": True}, 1], "c": "$omitted", "d": "$5"},
            {"b": [1], "c": "$omitted", "d": "$5"},
        ),
    ],
)
def test_a_tree_is_rendered(tree, expected):
    assert rendered(tree) == expected


@pytest.mark.parametrize(
    ("tree", "where", "reason"),
    [
        ({"lines": [{}, {"x": "{{ body.nope }}"}]}, "body/lines/1/x", "'body.nope' is missing"),
        ({"$each": "{{ body.lines }}", "$do": {"x": "{{ item.nope }}"}}, "body/$do/x", "'item.nope' is missing"),
        ({"$each": "{{ body.none }}", "$do": 1}, "body/$each", "takes a list, not null"),
        ({"a": {"$concat": [[1], "{{ body.number }}"]}}, "body/a/$concat", "takes a list, not text"),
        ({"$if": ["body.nope", 1, 2]}, "body/$if/0", "missing"),
        ("$omit", "body", "nothing is left"),
    ],
)
def test_what_fails_on_the_data_tells_its_place(tree, where, reason):
    with pytest.raises(ExpressionError, match=reason) as caught:
        rendered(tree)
    assert caught.value.where == f"routes.yaml/{where}"


@pytest.mark.parametrize(
    ("tree", "where", "reason"),
    [
        ({"a": {"$eech": 1}}, "body/a/$eech", "there is no \\$eech.*did you mean '\\$each'"),
        ({"$do": 1}, "body/$do", "needs \\$each"),
        ({"$each": []}, "body", "needs \\$do"),
        ({"$each": [], "$do": 1, "x": 2}, "body/x", "can't stand beside \\$each"),
        ({"$if": ["true", 1], "$omit": True}, "body/$omit", "can't stand beside \\$if"),
        ({"$each": [], "$as": "a b", "$do": 1}, "body/$as", "must be a name"),
        ({"$each": [], "$as": 5, "$do": 1}, "body/$as", "must be a name"),
        ({"$each": [], "$do": "{{ line.x }}"}, "body/$do", "there is no name 'line'"),
        ({"$concat": "{{ body.lines }}"}, "body/$concat", "list of lists"),
        ({"$if": "body.total"}, "body/$if", "condition, then, else"),
        ({"$if": [True, 1, 2]}, "body/$if", "condition, then, else"),
        ({"$if": ["boddy.total", 1, 2]}, "body/$if/0", "no name 'boddy'"),
        ({"$omit": False}, "body/$omit", "takes true"),
        ({"a": [1.5]}, "body/a/0", "a float can't stand in a request"),
        ({5: 1}, "body/5", "must be text"),
        ({"{{ body.number }}": 1}, "body/{{ body.number }}", "can't hold"),
        ({"a": "{{ event.tpye }}"}, "body/a", "event.type"),
    ],
)
def test_a_faulty_tree_is_refused_with_its_place(tree, where, reason):
    with pytest.raises(ExpressionError, match=reason) as caught:
        rendered(tree)
    assert caught.value.where == f"routes.yaml/{where}"


def test_a_name_of_each_hides_one_of_the_event():
    assert rendered({"$each": [{"x": 1}], "$as": "event", "$do": "{{ event.x }}"}) == [1]


def test_a_body_is_json():
    sent = request(
        body={"total": "{{ body.total }}"}, headers={"X-No": "{{ body.number }}"}, query={"n": [1, "{{ body.total }}"]}
    )
    assert (sent.body, sent.content_type) == (b'{"total":12.30}', "application/json")
    assert sent.headers == {"X-No": "B1"}
    assert sent.query == [("n", "1"), ("n", "12.30")]


def test_a_body_may_have_a_content_type_of_its_own():
    assert request(body=[], content_type="application/vnd.erp+json").content_type == "application/vnd.erp+json"


def test_a_form_is_urlencoded():
    sent = request(
        form={"no": "{{ body.number }}&", "total": "{{ body.total }}", "none": None, "gone": "$omit", "ok": True}
    )
    assert sent.body == b"no=B1%26&total=12.30&none=&ok=true"
    assert sent.content_type == "application/x-www-form-urlencoded"


def test_a_form_goes_in_parts_where_its_content_type_says_so_and_is_the_same_bytes_each_time():
    form = {"no": "{{ body.number }}", "total": "{{ body.total }}"}
    sent, again = (request(form=form, content_type="multipart/form-data") for _ in range(2))
    said = Parser().parsestr(f"Content-Type: {sent.content_type}\n\n{sent.body.decode()}")
    parts = {part.get_param("name", header="content-disposition"): part.get_payload() for part in said.get_payload()}
    assert parts == {"no": "B1", "total": "12.30"}
    assert (again.body, again.content_type) == (sent.body, sent.content_type)


@pytest.mark.parametrize(
    "said",
    [
        {"body": {"no": "1"}, "content_type": "multipart/form-data"},
        {"form": {"no": "1"}, "content_type": "multipart/form-data; boundary=x"},
    ],
)
def test_parts_are_for_forms_and_their_boundary_is_worked_out(said):
    with pytest.raises(ExpressionError, match="goes with form"):
        request(**said)


def test_a_template_is_escaped_for_xml_and_encoded_as_its_content_type_says():
    sent = request(template="<名>{{ body.number }}&amp;{{ '<' }}</名>", content_type="text/xml; charset=GBK")
    assert sent.body == "<名>B1&amp;&lt;</名>".encode("gbk")
    assert sent.content_type == "text/xml; charset=GBK"


def test_a_form_and_json_are_written_in_the_charset_that_they_say():
    form = request(form={"t": "中{{ body.number }}"}, content_type="application/x-www-form-urlencoded; charset=GBK")
    assert form.body == b"t=%D6%D0B1"
    assert request(body={"t": "中"}, content_type="application/json; charset=GBK").body == '{"t":"中"}'.encode("gbk")


@pytest.mark.parametrize("content", ["form", "body"])
def test_what_the_charset_lacks_is_no_request(content):
    with pytest.raises(ExpressionError, match="characters that GBK doesn't have"):
        request(**{content: {"t": "😀"}}, content_type="text/plain; charset=GBK")


def test_a_template_without_content_type_is_plain_text():
    sent = request(template="{{ '<' }}{{ body.total }}")
    assert (sent.body, sent.content_type) == (b"<12.30", "text/plain; charset=utf-8")


def test_without_a_body_it_stays_as_it_came():
    sent = request(headers={"X": "y"})
    assert (sent.body, sent.content_type, sent.query) == (None, None, [])


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "\x7f"])
def test_a_header_cannot_be_broken_by_the_data(text):
    plan = compile_request({"headers": {"X": "{{ body.t }}"}}, LANGUAGE, NAMES, place)
    with pytest.raises(ExpressionError, match="the header X") as caught:
        plan.render({"body": {"t": text}})
    assert "Evil" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"headers": {"X": "{{ body.lines }}"}}, "X: an object can't stand in text"),
        ({"form": {"$if": ["true", "{{ body.number }}"]}}, "names and values are needed, not text"),
        ({"template": "é", "content_type": "text/plain; charset=ascii"}, "characters that ascii"),
        ({"template": "{{ body.nope }}"}, "missing"),
        ({"body": "{{ body.bad }}"}, "Unicode"),
    ],
)
def test_what_cannot_go_out_is_an_error(spec, reason):
    plan = compile_request(spec, LANGUAGE, NAMES, place)
    with pytest.raises(ExpressionError, match=reason):
        plan.render({"body": {**{key: BODY[key] for key in ("lines", "number")}, "bad": "\ud800"}})


@pytest.mark.parametrize(
    ("spec", "where", "reason"),
    [
        ({"boddy": 1}, "boddy", "no key 'boddy'.*did you mean 'body'"),
        ({"body": 1, "form": {}}, "form", "can't stand beside body"),
        ({"headers": []}, "headers", "names and values"),
        ({"template": 1}, "template", "takes text"),
        ({"content_type": 5}, "content_type", "takes text"),
        ({"template": "{{ nope }}"}, "template", "no name"),
        ({"headers": {"Content-type": "x"}}, "headers/Content-type", "use content_type"),
        ({"content_type": "text/xml; charset=klingon"}, "content_type", "charset"),
        ({"content_type": "text/xml\r\nX: 1"}, "content_type", "control"),
    ],
)
def test_a_faulty_request_is_refused_with_its_place(spec, where, reason):
    with pytest.raises(ExpressionError, match=reason) as caught:
        compile_request(spec, LANGUAGE, NAMES, place)
    assert caught.value.where == f"routes.yaml/{where}"


def test_a_missing_name_stays_one_in_a_tree():
    with pytest.raises(MissingName):
        rendered(["{{ body.nope }}"])


FILES = [
    {
        "name": "pdf",
        "filename": "发票.pdf",
        "content_type": "application/pdf",
        "size": 2,
        "sha256": "ab",
        "base64": "/w0=",
    }
]


def filed(**spec):
    plan = compile_request({"files": [{"url": "{{ body.number }}"}], **spec}, LANGUAGE, NAMES, place)
    return plan.render({**DATA, "files": FILES})


def test_a_form_with_files_is_multipart_and_the_same_bytes_again():
    parts = filed(form={"no": "{{ body.number }}", "hash": "{{ files[0].sha256 }}"})
    boundary = parts.content_type.removeprefix("multipart/form-data; boundary=")
    body = parts.body.split(f"--{boundary}\r\n".encode())
    assert body[1] == b'Content-Disposition: form-data; name="no"\r\n\r\nB1\r\n'
    assert body[3].startswith('Content-Disposition: form-data; name="pdf"; filename="发票.pdf"\r\n'.encode())
    assert b"Content-Type: application/pdf\r\n\r\n\xff\r" in body[3]
    assert parts == filed(form={"no": "{{ body.number }}", "hash": "{{ files[0].sha256 }}"})
    assert boundary not in filed(form={"no": "other"}).content_type


def test_a_tree_holds_files_as_base64():
    tree = {"$each": "{{ files }}", "$as": "file", "$do": {"name": "{{ file.filename }}", "data": "{{ file.base64 }}"}}
    assert decode_json(filed(body={"files": tree}).body) == {"files": [{"name": "发票.pdf", "data": "/w0="}]}


def test_without_files_there_is_no_such_name():
    with pytest.raises(ExpressionError, match="there is no name 'files'"):
        request(body="{{ files[0].size }}")


@pytest.mark.parametrize("files", ["x", [{"name": "a"}], [{"url": 1}], [{"url": "a", "size": 1}], [{"url": "a"}] * 9])
def test_what_is_no_list_of_files_is_an_error_with_its_place(files):
    plan = compile_request({"files": files, "form": {}}, LANGUAGE, NAMES, place)
    with pytest.raises(ExpressionError, match=r"routes\.yaml/files"):
        plan.references(DATA)
