"""A test in routes.yaml says which routes an event takes and what goes out, in the parts that it names."""

import pytest
from trying import fails, loaded

from relay.trials import run_tests

PAID = "body: {type: paid, id: e1, number: B1, amount: 12.30, lines: [12.30, 0.00]}"


@pytest.mark.parametrize(
    "said",
    [
        "takes: [voucher]",
        "type: paid\nid: e1",
        "sends: [{to: erp, body: {total: 12.3}}]",
        "sends: [{to: erp, body: {lines: [{debit: 12.300}, {}]}}]",
        "sends: [{to: erp, method: post, url: /save, once: B1, order_by: B1, route: voucher}]",
        "sends: [{to: erp, url: 'https://erp.example.com/save', headers: {content-TYPE: application/json}}]",
        'sends: [{to: erp, text: [\'"total":12.30\', "2026-04-01"]}]',
        'sends: [{to: erp, body: \'{"date":"2026-04-01","total":12.30,"lines":[{"debit":12.30},{"debit":0.00}]}\'}]',
    ],
)
def test_what_is_so_passes(said: str) -> None:
    assert fails(f"{PAID}\n{said}") == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("takes: []", "it takes other routes\n+ takes: voucher (event.type is 'paid'; body.amount is 12.30)"),
        ("takes: [notice]", "- takes: notice (`body.title is defined` doesn't hold: "),
        ("type: payed", 'its event has another type\n- type: "payed"\n+ type: "paid"'),
        ("id: 7", '- id: "7"\n+ id: "e1"'),
        ("sends: []", "nothing must be sent\n+ sends: erp (voucher)"),
        ("sends: [{to: oa}]", "nothing more is sent to oa; what is sent goes to erp"),
        ("sends: [{to: erp}, {to: erp}]", "nothing more is sent to erp"),
        ("sends: [{to: erp, route: notice}]", "nothing more is sent to erp"),
        (
            "sends: [{to: erp, body: {total: 12.31}}]",
            "what is sent to erp isn't so\n- body.total: 12.31\n+ body.total: 12.30",
        ),
        ('sends: [{to: erp, body: {total: "12.30"}}]', '- body.total: "12.30"\n+ body.total: 12.30'),
        ("sends: [{to: erp, body: {lines: [{}]}}]", '+ body.lines[1]: {"debit":0.00}'),
        ("sends: [{to: erp, body: {lines: [{}, {}, {debit: 1}]}}]", '- body.lines[2]: {"debit":1}'),
        ("sends: [{to: erp, body: {memo: x}}]", '- body.memo: "x"'),
        ("sends: [{to: erp, body: {total: [12.3]}}]", "- body.total: [12.3]\n+ body.total: 12.30"),
        ("sends: [{to: erp, text: '12.31'}]", '- text: "12.31"'),
        ("sends: [{to: erp, once: B2, url: /post}]", '- once: "B2"\n+ once: "B1"\n- url: "/post"\n+ url: "/save"'),
        ("sends: [{to: erp, headers: {X-Tenant: 1}}]", "- headers.X-Tenant: 1"),
        ("sends: [{to: erp, held: hold}]", '- held: "hold"'),
        ("sends: [{to: erp, dead: mapping}]", '- dead: "mapping"'),
    ],
)
def test_what_is_otherwise_is_told_with_what_is(said: str, told: str) -> None:
    (found,) = fails(f"{PAID}\n{said}")
    assert told in found


def test_each_failure_stands_where_the_test_says_it() -> None:
    test = "  - name: one\n    source: shop\n    body: {type: paid, id: 1, number: B1, amount: 1}\n"
    test += "    takes: []\n    sends:\n      - to: erp\n        body:\n          total: 2\n"
    found = run_tests(loaded(test))
    first = found[0].line
    assert [(failed.line - first, failed.column) for failed in found] == [(0, 12), (4, 18)]


def test_what_dies_is_told_unless_the_test_says_so() -> None:
    paid = "body: {type: paid, id: e1, number: B1, amount: 13}"
    (found,) = fails(f"{paid}\ntakes: [voucher]")
    assert found.startswith("its delivery to erp is dead, mapping: 13 is no amount")
    assert "say sends: [{to: erp, dead: mapping}] where that is meant" in found
    for said in ("mapping", "'mapping: 13 is no amount'", "no amount"):
        assert fails(f"{paid}\nsends: [{{to: erp, dead: {said}}}]") == []
    (found,) = fails(f"{paid}\nsends: [{{to: erp}}]")
    assert "+ dead: " in found


def test_what_fails_as_it_is_routed_is_dead_too() -> None:
    broken = "body: {type: paid, id: e1, number: B1}"
    (found,) = fails(f"{broken}\ntakes: [voucher]")
    assert found.startswith("its delivery to erp is dead, routing: ")
    assert fails(f"{broken}\nsends: [{{to: erp, dead: routing}}]") == []
    (found,) = fails(f"{broken}\nsends: [{{to: erp, dead: routing, body: {{}}}}]")
    assert found.endswith("- body: {}")


def test_what_waits_for_a_person_is_said_to_be_held() -> None:
    large = "body: {type: paid, id: e1, number: B1, amount: 1001}"
    assert fails(f"{large}\nsends: [{{to: erp, held: hold, body: {{total: 1001}}}}]") == []
    assert fails(f"{large}\nsends: [{{to: erp, held: large}}]") == []
    assert '+ held: "hold: large"' in fails(f"{large}\nsends: [{{to: erp}}]")[0]


def test_forms_queries_and_xml_know_only_texts_and_numbers_are_told_by_their_value() -> None:
    noticed = "body: {id: e1, title: 差旅费, type: x}\nat: '2026-04-01T20:00:00Z'"
    assert fails(f"{noticed}\nsends: [{{to: oa, body: {{title: 差旅费, n: 1.0}}, query: {{from: relay}}}}]") == []
    assert fails(f"{noticed}\nsends: [{{to: oa, url: '/tell', query: {{day: '2026-04-02'}}}}]") == []
    assert '- body.n: 2\n+ body.n: "1"' in fails(f"{noticed}\nsends: [{{to: oa, body: {{n: 2}}}}]")[0]
    routes = "sends: [{to: oa, body: {Bill: {'@no': 7, Total: 12.3}}}]"
    assert fails(f"source: forms\nbody: {{no: 7, total: 12.30}}\n{routes}") == []
    form = "source: forms\nheaders: {content-type: application/x-www-form-urlencoded}"
    assert fails(f"{form}\nbody: no=7&total=12.30\n{routes}") == []
    assert fails(f"{form}\nbody: {{no: 7, total: 12.30}}\n{routes}") == []


def test_xml_comes_as_its_source_sends_it() -> None:
    told = fails("source: forms\nbody: <Bill><no>7</no></Bill>\nsends: [{to: oa, dead: mapping}]")
    assert told == [], "an element's content is below its name"
    assert (
        fails(
            "source: forms\nbody: {Bill: {no: 7}}\nheaders: {Content-Type: text/xml}\nsends: [{to: oa, dead: mapping}]"
        )
        == []
    )


def test_a_body_that_its_source_does_not_take_is_told() -> None:
    assert fails("body: '{'")[0].startswith("'shop' doesn't take it: not JSON")


def test_documents_stand_in_for_what_is_read() -> None:
    thin = "source: thin\nbody: {id: 7}"
    assert fails(f"{thin}\ndocuments: {{bill: {{total: 5.0}}}}\nsends: [{{to: oa, body: {{total: 5}}}}]") == []
    assert fails(f"{thin}\nsends: [{{to: erp, url: /bills/7, method: GET}}]") == []
    (found,) = fails(f"{thin}\ndocuments: {{bill: {{staff: 1, total: 1}}}}\ntakes: [read]")
    assert "no route is asked before 'staff' is read: add it under documents:" in found


def test_nothing_goes_out_beside_what_is_read() -> None:
    assert fails("source: thin\nbody: {id: 7}\ndocuments: {bill: {total: 0}}\ntakes: []\nsends: []") == []


def test_tests_can_be_chosen_by_their_names() -> None:
    tests = "".join(f"  - {{name: {name}, source: shop, takes: [notice]}}\n" for name in ("one", "other"))
    assert [failed.test for failed in run_tests(loaded(tests), "oth")] == ["other"]
