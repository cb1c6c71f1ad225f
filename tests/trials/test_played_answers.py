"""A test in routes.yaml plays what destinations answer; their own rules judge it, and what follows goes out."""

import pytest
from trying import SHOP, fails

PAID = "body: {type: paid, id: e1, number: B1, amount: 12.30}"
GOOD = "{to: erp, body: {code: 0, no: V-1, year: 2026}"
BUSY = "{to: erp, body: {code: BUSY, text: later}"
TAKEN = '      - {when: body.job is defined, outcome: accepted, document: "{{ body.job }}"}'
RULES = """
        - {when: body.state == 'done', outcome: delivered, document: "{{ body.no }}"}
        - {when: body.state == 'bad', outcome: rejected, reason: "{{ body.text }}"}
        - {when: "true", outcome: accepted}"""
POLLED = f"""    confirm:
      url: https://erp.example.com/job/{{{{ accepted.document }}}}
      within: 1h
      first: 20m
      cap: 1h
      result:{RULES}
"""
TOLD = f"    confirm:\n      callback: {{result: [{','.join(RULES.split('- ')[1:])}]}}\n"


def taking(confirm: str) -> str:
    """A shop whose ERP says later what became of it."""
    text = SHOP.replace("    retry:", f"{confirm}    retry:", 1)
    text = text.replace("      - when: status < 300", f"{TAKEN}\n      - when: status < 300")
    return text.replace("sources:", "server: {public_url: https://relay.example.com}\nsources:", 1)


LATER = taking(POLLED)
DOUBT = SHOP.replace(
    "    retry:",
    """    ambiguous: lookup
    lookup:
      url: https://erp.example.com/find/{{ delivery.key }}
      times: 2
      found: body.total == 1
      document: "{{ body.no }}"
      missing: body.total == 0
    retry:""",
)
STEPS = SHOP.replace(
    "    retry:",
    """    then:
      - name: submit
        url: https://erp.example.com/submit/{{ steps.post.document }}
        result: [{when: body.fine, outcome: delivered}, {when: not body.fine, outcome: held, reason: "{{ body.text }}"}]
      - {name: audit, url: "https://erp.example.com/audit/{{ steps.post.document }}"}
    retry:""",
)


@pytest.mark.parametrize(
    "answers",
    [
        f"[{GOOD}, outcome: delivered, document: V-1, data: {{year: 2026}}, state: delivered}}]",
        "[{to: erp, status: 422, body: {code: 'NO', text: no such account}, outcome: rejected, state: dead}]",
        "[{to: erp, body: {code: 'NO', text: no such account}, reason: rejected}]",
        "[{to: erp, body: {code: 'NO', text: no such account}, reason: such account}]",
        "[{to: erp, body: <html/>, outcome: unknown, state: held, reason: unknown}]",
        "[{to: erp, status: 503, outcome: throttled, state: waiting}]",
        "[{to: erp, fails: unsent, outcome: retry, state: waiting}]",
        "[{to: erp, fails: unanswered, outcome: unknown, state: held}]",
        f"[{BUSY}, state: waiting, reason: later}}, {GOOD}, state: delivered}}]",
        f"[{BUSY}}}, {BUSY}, state: waiting}}, {BUSY}, state: dead, reason: exhausted}}]",
        "[{to: erp, route: voucher, status: 404, outcome: retry}]",
    ],
)
def test_an_answer_comes_to_what_the_rules_make_of_it(answers: str) -> None:
    assert fails(f"{PAID}\nanswers: {answers}") == []


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (f"[{GOOD}, outcome: rejected}}]", 'means something else\n- outcome: "rejected"\n+ outcome: "delivered"'),
        (f"[{GOOD}, document: V-2}}]", '- document: "V-2"\n+ document: "V-1"'),
        (f"[{GOOD}, data: {{year: 2027}}}}]", "- data.year: 2027\n+ data.year: 2026"),
        (f"[{GOOD}, state: dead}}]", '- state: "dead"\n+ state: "delivered"'),
        (f"[{GOOD}, reason: late}}]", '- reason: "late"'),
        ("[{to: erp, body: {code: 'NO', text: no such account}, reason: exhausted}]", '+ reason: "rejected: no such'),
        ("[{to: oa, body: {}}]", "no request to oa is left for this answer; take it out"),
        (f"[{GOOD}}}, {GOOD}}}]", "no request to erp is left"),
        (f"[{GOOD[:-1]}}}, route: notice}}]", "no request to erp is left"),
    ],
)
def test_what_it_comes_to_otherwise_is_told(answers: str, told: str) -> None:
    (found,) = fails(f"{PAID}\nanswers: {answers}")
    assert told in found


def test_what_follows_an_end_goes_out_with_what_it_came_to() -> None:
    told = (
        "{to: origin, body: {type: delivery.delivered, seq: 1, delivery: {document: V-1, order_key: B1, attempts: 1}}}"
    )
    sends = f"sends: [{{to: erp}}, {{to: oa, route: archived, body: {{no: V-1}}}}, {told}]"
    assert fails(f"{PAID}\nanswers: [{GOOD}}}]\ntakes: [voucher, archived]\n{sends}") == []
    assert "nothing more is sent to origin" in fails(f"{PAID}\n{sends}")[-1]


@pytest.mark.parametrize(
    ("body", "callback"),
    [
        (
            PAID + "\nanswers: [{to: erp, body: {code: 'NO', text: closed}}]",
            "dead, delivery: {reason: 'rejected: closed'}",
        ),
        (PAID.replace("12.30", "1001"), "held, delivery: {reason: 'hold: large', attempts: 0}"),
        (PAID.replace("12.30", "x"), "dead, delivery: {state: dead}"),
        (PAID.replace("12.30", "13"), "dead, event: {state: dead, external_id: e1}"),
    ],
)
def test_the_origin_is_told_however_it_ends(body: str, callback: str) -> None:
    dead = "{to: erp, dead: mapping}, " if "13" in body else "{to: erp, dead: routing}, " if " x}" in body else ""
    assert fails(f"{body}\nsends: [{dead}{{to: origin, body: {{type: delivery.{callback}}}}}]") == []


def test_a_callback_is_answered_like_anything_that_is_sent() -> None:
    answers = f"[{GOOD}}}, {{to: oa}}, {{to: origin, status: 500, outcome: unknown, state: waiting}}]"
    assert fails(f"{PAID}\nanswers: {answers}") == []


def test_an_event_that_went_to_two_is_pending_until_both_have_answered() -> None:
    both = PAID.replace("paid,", "paid, title: taxi,")
    first = "{to: origin, body: {event: {state: pending}, delivery: {route: voucher}}}"
    second = "{to: origin, body: {event: {state: pending}, seq: 2, delivery: {route: notice}}}"
    answers = f"answers: [{GOOD}}}, {{to: oa, route: notice}}]"
    assert fails(f"{both}\n{answers}\nsends: [{first}, {second}]") == []
    last = "{to: origin, body: {event: {state: delivered}, delivery: {route: archived}}}"
    assert fails(f"{both}\n{answers[:-1]}, {{to: oa, route: archived}}]\nsends: [{last}]") == []


def test_what_was_accepted_is_asked_for_until_it_is_told() -> None:
    taken = "{to: erp, body: {job: J7}, outcome: accepted, state: confirming}"
    done = "{to: erp, body: {state: done, no: V-1}, document: V-1, state: delivered}"
    poll = "sends: [{to: erp, method: POST}, {to: erp, method: GET, url: /job/J7}]"
    assert fails(f"{PAID}\nanswers: [{taken}, {{to: erp, body: {{}}, state: confirming}}, {done}]\n{poll}", LATER) == []
    bad = "{to: erp, body: {state: bad, text: closed}, state: dead, reason: closed}"
    assert fails(f"{PAID}\nanswers: [{taken}, {bad}]", LATER) == []
    never = "{to: erp, body: {}, state: confirming}, {to: erp, body: {}, state: held, reason: not confirmed within 1h}"
    assert fails(f"{PAID}\nanswers: [{taken}, {never}]", LATER) == []


def test_what_a_destination_posts_itself_is_an_answer_where_nothing_asks() -> None:
    taken = "{to: erp, body: {job: J7}, state: confirming}"
    done = "{to: erp, body: {state: done, no: V-1}, outcome: delivered, document: V-1, state: delivered}"
    assert fails(f"{PAID}\nanswers: [{taken}, {done}]", taking(TOLD)) == []


def test_what_is_in_doubt_is_looked_up() -> None:
    lost = "{to: erp, fails: unanswered, outcome: unknown, state: waiting}"
    found = "{to: erp, body: {total: 1, no: V-9}, outcome: delivered, document: V-9, state: delivered}"
    missing = "{to: erp, body: {total: 0}, state: waiting}"
    asked = "sends: [{to: erp, method: GET}, {to: origin, body: {delivery: {document: V-9}}}]"
    assert fails(f"{PAID}\nanswers: [{lost}, {missing}, {found}]\n{asked}", DOUBT) == []
    assert fails(f"{PAID}\nanswers: [{lost}, {missing}, {missing}, {GOOD}, state: delivered}}]", DOUBT) == []
    untold = "{to: erp, body: {}, state: held, reason: lookups}"
    assert fails(f"{PAID}\nanswers: [{lost}, {missing}, {untold}]", DOUBT) == []


def test_steps_go_out_one_after_another_and_the_last_ends_it() -> None:
    fine = f"{GOOD}, outcome: delivered}}, {{to: erp, body: {{fine: true}}}}, {{to: erp, body: {{}}, state: delivered}}"
    told = "{to: origin, body: {delivery: {document: V-1}}}"
    sends = f"sends: [{{to: erp, url: /submit/V-1}}, {{to: erp, url: /audit/V-1}}, {told}]"
    assert fails(f"{PAID}\nanswers: [{fine}]\n{sends}", STEPS) == []
    stuck = "{to: erp, body: {fine: false, text: closed}, outcome: held, state: held, reason: 'submit: closed'}"
    assert fails(f"{PAID}\nanswers: [{GOOD}}}, {stuck}]", STEPS) == []
    (found,) = fails(f"{PAID}\nanswers: [{GOOD}, state: delivered}}]", STEPS)
    assert found.endswith('- state: "delivered"'), "its next step is asked for, and nobody answers that"


def test_a_document_may_come_by_an_answer_too() -> None:
    thin = "source: thin\nbody: {id: 7}"
    bill = "{to: erp, body: {code: 0, total: 5, staff: 1}, outcome: delivered}"
    sends = "takes: [read]\nsends: [{to: erp, url: /bills/7}, {to: erp, url: /staff}, {to: oa, body: {total: 5}}]"
    assert fails(f"{thin}\nanswers: [{bill}, {{to: erp, body: {{code: 0}}}}]\n{sends}") == []
    assert fails(f"{thin}\nanswers: [{bill}]\ndocuments: {{staff: {{}}}}\n{sends}") == []
    assert fails(f"{thin}\nanswers: [{{to: erp, body: {{code: 'NO', text: gone}}, state: dead}}]\ntakes: []") == []


def test_what_is_booked_already_is_not_sent_again() -> None:
    booked = "booked: [{to: erp, once: B1, document: V-1}]"
    assert fails(f"{PAID}\n{booked}\nsends: [{{to: erp, held: 'again: booked as V-1'}}]") == []
    assert fails(f"{PAID}\nbooked: [{{to: erp, once: B2}}]\nsends: [{{to: erp}}]") == []


def test_what_two_routes_bring_is_booked_once() -> None:
    twice = "  - {name: again, from: shop, to: erp, when: event.type == 'paid', once: \"{{ body.number }}\", request: "
    same = SHOP + twice + "{body: {date: 2026-04-01, total: '{{ body.amount }}', lines: []}}}\n"
    answered = f"{PAID}\nanswers: [{GOOD}}}]\nsends: [{{to: erp, route: voucher}}"
    told = "{to: origin, body: {delivery: {route: again, state: delivered}}}"
    assert fails(f"{answered}, {told}]", same) == []
    other = SHOP + twice + "{body: {total: 0}}}\n"
    assert fails(f"{answered}, {{to: erp, route: again, held: again}}]", other) == []


def test_a_reversal_finds_what_is_booked() -> None:
    routes = SHOP + (
        "  - {name: back, from: shop, to: erp, when: event.type == 'void', once: \"{{ body.id }}\", "
        'reverses: "{{ body.number }}", request: {body: {of: "{{ prior.document }}", y: "{{ prior.data.year }}"}}}\n'
    )
    void = "body: {type: void, id: e2, number: B1}"
    booked = "booked: [{to: erp, once: B1, document: V-1, data: {year: 2026}}]"
    assert fails(f"{void}\n{booked}\nsends: [{{to: erp, body: {{of: V-1, y: 2026}}}}]", routes) == []
    assert fails(f"{void}\n{booked.replace('B1', 'B2')}\nsends: [{{to: erp, held: nothing is booked}}]", routes) == []
