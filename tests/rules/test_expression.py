"""The expression language: the data's keys, exact decimals, missing names, filters, and what is refused at load."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import ExpressionError, MissingName
from relay.language.expression import Language
from relay.language.literals import literals_of
from relay.money import CONTEXT, decode_json

BODY = decode_json(
    b"""{"amount": 12.30, "count": 7, "text": "12.70", "none": null, "yes": true, "html": "a&<b", "tiny": 0.00000000,
         "items": [1, 2], "keys": "k", "get": "g", "__class__": "c", "at": "2026-03-31T16:30:00Z",
         "details": [{"type": "b", "amount": 1.10}, {"type": "a", "amount": 2.25}], "secret": "hunter2"}"""
)
DATA = {"event": {"type": "expense.paid", "id": "e1"}, "body": BODY}
NAMES = frozenset({"event.type", "event.id", "body"})


def lookup(table, *keys):
    return {"account": f"{table}:{'/'.join(keys)}"}


LANGUAGE = Language("Asia/Shanghai", globals={"lookup": lookup})


def value(text, data=DATA):
    return LANGUAGE.value(text, NAMES, "routes.yaml:3:7").evaluate(data)


def shown(text):
    return str(value("{{ " + text + " }}"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{ body.amount }}", Decimal("12.30")),
        ("{{ body.items }}", [1, 2]),
        ("{{ body.none }}", None),
        ("{{ body.yes }}", True),
        ("{{ body }}", BODY),
        ("n{{ body.none }}.", "n."),
        ("{{ body.yes }} {{ false }}", "true false"),
        ("{{ body.amount }} {{ 1.10 }} {{ body.tiny }} {{ 1e2 }}", "12.30 1.10 0.00000000 1E+2"),
        ("{{ body.details | map(attribute='type') }}", ["b", "a"]),
        ("{{ {'a': [body.amount]} }}", {"a": [Decimal("12.30")]}),
        ("{{ {'a': body.items | map('string')} }}", {"a": ["1", "2"]}),
        ("{% if body.yes %}{% set c = body.count %}{% else %}{% set c = 0 %}{% endif %}{{ c }}", "7"),
        ("{% set body = 3 %}{{ body }}", "3"),
        ("{% for a in [1] %}{% set x = a %}{{ x }}{{ lookup('t', 'k').account }}{% endfor %}", "1t:k"),
        ("{{ body | items }}", [list(item) for item in BODY.items()]),
        ("{% for d in body.details %}{{ loop.index }}:{{ d.amount }};{% endfor %}", "1:1.10;2:2.25;"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1.20) }}", "<1.20>"),
        (
            "{% set n = namespace(t=0) %}{% for d in body.details %}{% set n.t = n.t + d.amount %}{% endfor %}{{n.t}}",
            "3.35",
        ),
        ("{% for g in body.details | groupby('type') %}{{ g.grouper }}{{ g.list | length }}{% endfor %}", "a1b1"),
        ("{{ lookup('accounts', 'a', body.keys).account }}", "accounts:a/k"),
    ],
)
def test_a_value_keeps_its_type_alone_and_prints_in_text(text, expected):
    found = value(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("body.keys", "k"),
        ("body.get", "g"),
        ("body.__class__", "c"),
        ("body['amount']", "12.30"),
        ("body.details[0].amount", "1.10"),
        ("body.details[-1].type", "a"),
        ("body.at[:10]", "2026-03-31"),
        ("body.text[0]", "1"),
    ],
)
def test_a_dot_is_a_key_of_the_data(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize(
    "path",
    ["body.values", "body.amount.real", "body.text.upper", "body.items.append", "event.type.__class__", "body.items[9]",
     "body.items['x']", "body.count.numerator", "lookup.__globals__", "body.nope.deeper[0].still", "body.items[true]"],
)  # fmt: skip
def test_what_only_python_knows_is_missing(path):
    with pytest.raises(MissingName, match="is missing"):
        value("{{ " + path + " }}")
    assert value("{{ " + path + " | default('d') }}") == "d"
    assert value("{{ " + path + " is defined }}") is False


@pytest.mark.parametrize(
    "text",
    ["x{{ body.nope }}", "{{ [body.nope] }}", "{{ body.nope and true }}", "{{ body.nope == 1 }}", "{{ body.nope + 1 }}",
     "{{ -body.nope }}", "{{ body.nope | upper }}", "{{ body.nope | money(2) }}", "{{ body.nope | tojson }}",
     "{{ body.nope | date }}", "{{ body.nope | items }}", "{{ body.nope | length }}", "{{ body.nope | sum }}",
     "{{ body.nope ~ 'x' }}", "{{ body.details | map(attribute='nope') }}", "{{ 'a' if body.none }}",
     "{{ body.nope | int(0) }}", "{{ body.nope | abs }}", "{{ 1 | divide(body.nope, 2) }}",
     "{{ [] | first }}", "{{ body.nope | batch(2) }}"],
)  # fmt: skip
def test_any_use_of_a_missing_name_fails(text):
    with pytest.raises(MissingName):
        value(text)


def test_a_missing_name_is_told_with_its_whole_path_and_place():
    with pytest.raises(MissingName) as caught:
        value("{{ body.details[0].amuont }}")
    told = "'body.details[0].amuont' is missing in `{{ body.details[0].amuont }}`, routes.yaml:3:7, allow it by"
    assert str(caught.value) == f"{told} | default(…)"


def test_names_that_the_data_lacks_altogether_are_missing():
    with pytest.raises(MissingName, match="'body' is missing"):
        value("{{ body.x }}", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.10 + 2", "3.10"),
        ("body.amount * 2 - 0.60", "24.00"),
        ("10 / 4", "2.5"),
        ("4 / 2", "2"),
        ("-body.amount", "-12.30"),
        ("+body.amount", "12.30"),
        ("-7 // 2", "-4"),
        ("-7.0 // 2", "-4"),
        ("7.5 // 2", "3"),
        ("-7 % 3", "2"),
        ("-7.5 % 3", "1.5"),
        ("7.5 % 3", "1.5"),
        ("2 ** 10", "1024"),
        ("1.1 ** 2", "1.21"),
        ("2 ** -1", "0.5"),
        ("1_000.50 + 0x10", "1016.50"),
        ("[1] + body.items", "[1, 1, 2]"),
        ("'a' + 'b'", "ab"),
        ("body.count ~ true ~ none ~ 1.10", "7true1.10"),
        ("12345678901234567890123456789012345678.90 + 0.01", "12345678901234567890123456789012345678.91"),
        ("0.1 + 0.2 == 0.3", "True"),
        ("body.amount == 12.3 and body.count > 6.99", "True"),
    ],
)
def test_arithmetic_is_exact(text, expected):
    assert shown(text) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), st.decimals(-1000, 1000, places=3))
def test_arithmetic_agrees_with_decimal_of_200_digits(left, right):
    names = {"event": {}, "body": {"l": left, "r": right}}
    assert value("{{ body.l + body.r }}", names) == CONTEXT.add(left, right)
    assert value("{{ body.l * body.r }}", names) == CONTEXT.multiply(left, right)
    if right:
        whole, rest = value("{{ body.l // body.r }}", names), value("{{ body.l % body.r }}", names)
        assert CONTEXT.add(CONTEXT.multiply(whole, right), rest) == left
        assert 0 <= rest < right or right < rest <= 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 3", "divide"),
        ("1 / 0", "division by zero"),
        ("1 // 0", "division by zero"),
        ("1.0 // 0", "division by zero"),
        ("0 / 0", "division by zero"),
        ("0 ** -1", "finite"),
        ("10.0 ** 1000 * 10.0 ** -1000 * 1.0 ** 1000 + 1e-300", "lost"),
        ("1e6000 // 3", "too large"),
        ("1e6000 * 1e6000 * 1e6000", "lost"),
        ("2 ** 0.5", "whole power"),
        ("10 ** 100000", "whole power"),
        ("999 ** 999 * 999 ** 999 * 999 ** 999", "digits"),
        ("'a' * 1000000000", "two numbers"),
        ("'a' + 1", "two numbers, not text and a number"),
        ("body.text - 1", "decimal"),
        ("true + 1", "true or false"),
        ("-body.text", "two numbers"),
        ("'%s' % 1", "two numbers"),
        ("'a' < 1", "text can't be compared with a number in"),
        ("range(1000000000)", "100000 items"),
        ("body.items | batch(1000000000)", "100000 items"),
        ("('x' * 1) | upper", "two numbers"),
        ("body.items ~ 'x'", "tojson"),
        ("body.text | tojson(2)", "argument"),
        ("range", "no plain data"),
        ("[body] | map(attribute=body) | list", "'attribute' is missing"),
        ("body.items | map(body.text) | list", "doesn't fit"),
    ],
)
def test_what_would_lose_digits_or_grow_without_bound_is_an_error(text, reason):
    with pytest.raises(ExpressionError, match=reason):
        shown(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("body.details | sum(attribute='amount') | money('CNY')", "3.35"),
        ("[] | sum", "0"),
        ("body.text | decimal", "12.70"),
        ("body.text | money('JPY')", "13"),
        ("10 | divide(3, 'CNY')", "3.33"),
        ("10 | divide(3, 2, 'up')", "3.34"),
        ("2.5 | round", "3"),
        ("-2.5 | round", "-3"),
        ("2.5 | round(0, 'half_even')", "2"),
        ("2.345 | round(2)", "2.35"),
        ("1250 | round(-2)", "1300"),
        ("'12' | int", "12"),
        ("12.00 | int", "12"),
        ("'x' | int(0)", "0"),
        ("-12.30 | abs", "12.30"),
        ("7 | abs", "7"),
        ("[3, 1.5] | min", "1.5"),
        ("body.none | upper", ""),
        ("'a-b' | replace('-', 1.10)", "a1.10b"),
        ("[1.10, none, true] | join(';')", "1.10;;true"),
        ("body.details | join('+', attribute='amount')", "1.10+2.25"),
        ("body.details | selectattr('type', 'eq', 'a') | list | length", "1"),
        ("body.details | map('tojson') | first", '{"type":"b","amount":1.10}'),
        ("body.html | tojson", '"a&<b"'),
        ("1.10 | string", "1.10"),
        ("'中a' | b64encode", "5LitYQ=="),
        ("'' | sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("'../a b' | urlencode", "..%2Fa%20b"),
        ("{'a': 1, 'b': '&'} | urlencode", "a=1&b=%26"),
        ("'abc' is startswith('ab') and 'abc' | endswith('bc')", "True"),
        ("'abc' | startswith('x') or 'abc' is endswith('x')", "False"),
        ("4 is even and 3 is odd and 9 is divisibleby(3)", "True"),
        ("'abcdef' | truncate(4, '…')", "abc…"),
        ("'abc' | truncate(4)", "abc"),
        ("[1, 2, 3] | batch(2) | list", "[[1, 2], [3]]"),
        ("[1, 2, 3] | slice(2) | list", "[[1, 2], [3]]"),
    ],
)
def test_filters_keep_decimals_and_guess_nothing(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("'x' | int", "whole number"),
        ("12.5 | int", "round first"),
        ("true | int", "whole number"),
        ("'12,30' | decimal", "a number is needed"),
        ("1 | money('RMB')", "ISO 4217"),
        ("1 | round(2, 'half')", "half_"),
        ("body.text | items", "an object, not text"),
        ("body.items | urlencode", "a list can't stand in text"),
        ("body.secret | b64encode(1)", "argument"),
    ],
)
def test_filters_refuse_what_they_would_have_to_guess(text, reason):
    with pytest.raises(ExpressionError, match=reason):
        shown(text)


def test_replacing_cannot_fill_the_memory():
    with pytest.raises(ExpressionError, match="too long"):
        value("{{ body.a | replace('', body.a) }}", {"body": {"a": "x" * 10_000}})


def test_text_is_bounded():
    long = "{% for i in range(100) %}{{ body.a }}{% endfor %}"
    with pytest.raises(ExpressionError, match="too long"):
        value(long, {"body": {"a": "x" * 100_000}})
    with pytest.raises(ExpressionError, match="too long"):
        value("{{ body.a + body.a }}", {"body": {"a": "x" * 5_000_000}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("body.at | date('%Y-%m-%d')", "2026-04-01"),
        ("body.at | date('%Y年%m月%d日 %H:%M:%S %%')", "2026年04月01日 00:30:00 %"),
        ("'2026-03-31T16:30:00.123456789+00:00' | date('%H:%M:%S.%f')", "00:30:00.123456"),
        ("'2026-03-31 10:00' | date('%H:%M %z')", "10:00 +0800"),
        ("'2026-03-31' | date", "2026-03-31"),
        ("'20260331T101112Z' | date('%d %H%M')", "31 1811"),
        ("1774974600 | date('%Y-%m-%d %H:%M')", "2026-04-01 00:30"),
        ("1774974600000 | date('%Y-%m-%d %H:%M')", "2026-04-01 00:30"),
        ("1774974600.25 | date('%S.%f')", "00.250000"),
        ("1774974600.25 | date('%s')", "1774974600"),
        ("body.at | date('%Q', 'UTC')", "1774974600000"),
        ("'2026-04-01' | date('%s')", "1774972800"),
    ],
)
def test_dates_are_read_as_platforms_send_them_and_printed_in_the_zone(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    ["'31.03.2026' | date", "'2026-02-30' | date", "'171111080000' | date", "'' | date", "none | date", "true | date",
     "(10 ** 20) | date", "body.at | date('%K')", "body.at | date('%')", "'0001-01-01T00:00:00Z' | date('%z') | date"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ExpressionError):
        shown(text)


def test_without_a_timezone_a_time_needs_its_own_and_a_date_does_not():
    zoneless, names = Language(), frozenset({"body"})
    assert zoneless.value("{{ '2026-03-31' | date }}", names).evaluate({}) == "2026-03-31"
    assert zoneless.value("{{ '2026-03-31T23:00:00+08:00' | date('%d %H') }}", names).evaluate({}) == "31 23"
    assert zoneless.value("{{ 0 | date }}", names).evaluate({}) == "1970-01-01"
    with pytest.raises(ExpressionError, match="without a zone"):
        zoneless.value("{{ '2026-03-31' | date('%s') }}", names).evaluate({})
    with pytest.raises(ExpressionError, match="timezone"):
        zoneless.value("{{ '2026-03-31 10:00' | date }}", names).evaluate({})


def test_an_unknown_timezone_is_refused():
    with pytest.raises(ExpressionError, match="Mars"):
        Language("Mars/Olympus")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ boddy.x }}", "there is no name 'boddy' .*did you mean 'body'"),
        ("{{ event.tpye }}", "there is no name 'event.tpye' .*did you mean 'event.type'"),
        ("{{ body.x | uper }}", "there is no filter 'uper' .*did you mean 'upper'"),
        ("{{ 1 if false else body.x | uper }}", "no filter"),
        ("{{ body.x is definde }}", "there is no test 'definde' .*did you mean 'defined'"),
        ("{{ body.items | map('uper') }}", "no filter 'uper'"),
        ("{{ body.items | select('od') }}", "no test 'od'"),
        ("{{ body.items | rejectattr('a', 'equals', 1) }}", "no test 'equals'"),
        ("{{ lokup('x') }}", "there is no function 'lokup' .*did you mean 'lookup'"),
        ("{{ body.items.append(1) }}", "no methods"),
        ("{{ body['get']('x') }}", "no methods"),
        ("{{ ''.join([]) }}", "no methods"),
        ("{{ 'a' | replace(*body.items) }}", "spread"),
        ("{{ lookup(**body) }}", "spread"),
        ("{{ body() }}", "no function 'body'"),
        ("{{ now() }}", "no function 'now'"),
        ("{{ body.x | float }}", "no filter 'float'"),
        ("{{ body.items | random }}", "no filter 'random'"),
        ("{% include 'x' %}", "another template"),
        ("{% extends 'x' %}", "another template"),
        ("{{ body.x", "can't be read"),
        ("a\n{{ body. }}", "can't be read: .* in line 2"),
        ("{{ 1e99999 }}", "exponent"),
        ("{{ " + "1" * 5000 + " }}", "can't be read"),
        ("{{ " + "(" * 5000 + " }}", "can't be read"),
        ("{{ " + "[" * 150 + "]" * 150 + " }}", "can't be read"),
    ],
)
def test_faults_are_found_when_a_value_is_compiled(text, reason):
    with pytest.raises(ExpressionError, match=reason) as caught:
        LANGUAGE.value(text, NAMES, "routes.yaml:3:7")
    assert caught.value.where == "routes.yaml:3:7"


@pytest.mark.parametrize("text", ["", "body.a body.b", "{{ body.a }}", "body.a =", "boddy > 1", "body.a | uper"])
def test_faults_are_found_when_an_expression_is_compiled(text):
    with pytest.raises(ExpressionError):
        LANGUAGE.expression(text, NAMES)


def test_an_expression_is_bare_and_keeps_its_text():
    expression = LANGUAGE.expression("event.type == 'expense.paid' and body.amount > 0", NAMES, "routes.yaml:1:1")
    assert expression.evaluate(DATA) is True
    assert expression.source == "event.type == 'expense.paid' and body.amount > 0"
    assert expression.where == "routes.yaml:1:1"


def test_an_empty_selection_does_not_hold():
    assert LANGUAGE.expression("body.items | select('gt', 5)", NAMES).evaluate(DATA) == []


@given(st.text(st.sampled_from("{}%#()[]'\".,|~+-*/<>=! body1x\n\\"), max_size=25))
def test_any_text_compiles_or_is_refused(text):
    try:
        compiled = LANGUAGE.value(text, NAMES)
    except ExpressionError:
        return
    try:
        compiled.evaluate(DATA)
    except ExpressionError:
        return


@pytest.mark.parametrize(
    "text",
    ["body.secret | int", "body.secret | decimal", "body.secret + 1", "body.secret | date", "body.secret < 1",
     "[body.secret] | sum", "body.secret | round", "body[body.secret]", "body.items | map(body.secret)",
     "{body.secret: 1}[1]", "body.secret | b64encode | money(2)", "body.items[body.secret]", "body.secret.x",
     "body.details | sum(attribute=body.secret)"],
)  # fmt: skip
def test_an_error_never_shows_the_data(text):
    with pytest.raises(ExpressionError) as caught:
        shown(text)
    assert "hunter2" not in str(caught.value)


def test_a_template_is_text_and_escapes_for_xml():
    template = LANGUAGE.template(
        "<a>{{ body.html }}{{ body.none }}{{ none }}{{ true }}{{ 1.10 ~ '<' }}</a>", NAMES, "", True
    )
    assert template.evaluate(DATA) == "<a>a&amp;&lt;btrue1.10&lt;</a>"
    assert type(template.evaluate(DATA)) is str
    assert (
        LANGUAGE.template("{{ body.html | safe }}{{ body.html | e }}", NAMES, "", True).evaluate(DATA)
        == "a&<ba&amp;&lt;b"
    )
    assert type(LANGUAGE.value("{{ body.html | e }}", NAMES).evaluate(DATA)) is str
    assert LANGUAGE.template("{{ body.count }}", NAMES).evaluate(DATA) == "7"


def test_an_error_in_a_template_tells_the_line():
    with pytest.raises(MissingName, match="in line 3"):
        LANGUAGE.template("<a>\n{{ body.count }}\n{{ body.nope }}\n</a>", NAMES).evaluate(DATA)


def test_a_macro_without_end_is_an_error():
    endless = "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}"
    with pytest.raises(ExpressionError, match="too often"):
        value(endless)


def test_lazy_names_are_asked_for_only_when_used():
    class Lazy(dict):
        def __missing__(self, name):
            if name == "body":
                raise AssertionError
            raise KeyError(name)

    assert value("{{ event.id }}{{ range(2) | length }}", Lazy(event={"id": "e"})) == "e2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event.type == 'a'", {"a"}),
        ("'a' == event['type'] and body.x > 0", {"a"}),
        ("event.type in ['a', 'b'] and event.type == 'a'", {"a"}),
        ("event.type in ('a', 'b')", {"a", "b"}),
        ("event.type == 'a' or event.type == 'b' and body.x", {"a", "b"}),
        ("event.type in []", set()),
        ("body.x > 0 and event.type == 'a'", None),
        ("event.type == 'a' or body.x", None),
        ("event.type != 'a'", None),
        ("event.type == body.x", None),
        ("event.type in body.x", None),
        ("event.type == 5", None),
        ("event.type in ['a', 5]", None),
        ("event.type in 'abc'", None),
        ("event.id == 'a'", None),
        ("'a' == event.type == body.x", None),
        ("not event.type == 'a'", None),
        ("body.type == 'a'", None),
        ("body['a'].type == 'a'", None),
        ("true", None),
    ],
)
def test_the_literals_that_a_type_must_have_are_told_only_when_sure(text, expected):
    found = literals_of(LANGUAGE.expression(text, NAMES), "event", "type")
    assert found == (None if expected is None else frozenset(expected))
