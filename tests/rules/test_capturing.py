"""A stored event taken out as a test holds, with its amounts exact; with people taken out it still takes its routes."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from relay.capturing import Captured, Capturing
from relay.config import load
from relay.configuration import Config
from relay.disguise import disguised, others, personal
from relay.errors import RelayError
from relay.event import Event
from relay.trials import run_tests
from relay.yaml_out import write_yaml

ROUTES = """
version: 1
defaults: {timezone: Asia/Shanghai}
sources:
  expenses: {verify: standard-webhooks, secret: whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=, type: "{{ body.type }}",
    callback: erp}
  github: {verify: github, secret: s3cret-of-github}
  forms: {verify: {algorithm: token, header: X-T}, secret: t0ken-of-forms, type: "{{ body.kind }}"}
  flows:
    verify: {algorithm: token, header: X-T}
    secret: t0ken-of-flows
    fetch: {flow: {destination: erp, path: "/flows/{{ body.flowId }}"}}
  sealed: {verify: feishu, secret: an-encrypt-key, vars: {verification_token: tok-1}}
destinations:
  erp: {url: "https://erp.example.com/api", posts: true}
  big: {extends: erp}
routes:
  - name: paid
    from: expenses
    when: event.type == 'expense.paid' and body.costCentre in ['CC-1', 'CC-2']
    to: erp
    once: "{{ body.number }}"
    request: {body: {n: "{{ body.number }}", total: "{{ body.amount }}", who: "{{ body.employee.name }}"}}
  - {name: held, from: expenses, when: body.amount > 50000, to: big, once: "{{ body.number }}", hold: true}
  - {name: pushed, from: github, when: event.type == 'push', to: erp, once: "{{ body.after }}"}
  - {name: form, from: forms, to: erp, once: "{{ body.number }}", request: {body: {a: "{{ body.amount | decimal }}"}}}
  - {name: flow, from: flows, when: flow.state == 'paid', to: erp, once: "{{ flow.code }}"}
"""
PAID = """{"type": "expense.paid", "number": "0012", "amount": 12.30, "costCentre": "CC-1", "paid": "2026-03-31",
  "employee": {"name": "李雷", "id": "u-7781", "mobile": "13912345678"}, "memo": "李雷 taxi", "yes": "no", "big": 1e3,
  "mail": "lei.li@corp.cn"}""".encode()
JSON = {"content-type": "application/json"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "routes.yaml").write_text(ROUTES)
    return load(tmp_path / "routes.yaml", {})


def event(source: str, body: bytes, headers: dict[str, str] | None = None) -> Event:
    return Event(
        id="evt_1", source=source, type="", external_id="x", headers={**JSON, **(headers or {})}, body=body, config="v"
    )


def capturing(config: Config, of: Event, documents: dict[str, Any] | None = None) -> Capturing:
    return Capturing(config, of, 1_775_000_000_000, documents or {})


def holds(config: Config, found: Captured) -> dict[str, Any]:
    """The entry, once the file with it as its test has been loaded and the test has held."""
    path = config.path
    path.write_text(ROUTES + write_yaml({"tests": [found.entry]}))
    loaded = load(path, {})
    assert [str(failed) for failed in run_tests(loaded)] == []
    return found.entry


def test_it_holds_and_amounts_and_codes_are_as_they_came(config: Config) -> None:
    entry = holds(config, capturing(config, event("expenses", PAID, {"webhook-id": "m-1"})).captured("a paid one"))
    assert (entry["takes"], entry["at"]) == (["paid"], "2026-03-31T23:33:20.000Z")
    assert entry["sends"] == [
        {"to": "erp", "route": "paid", "once": "0012", "body": {"n": "0012", "total": Decimal("12.30"), "who": "李雷"}}
    ]
    written = write_yaml(entry)
    assert "amount: 12.30\n" in written
    assert 'number: "0012"' in written
    assert 'yes": "no"' in written or 'yes: "no"' in written


def test_it_has_the_headers_alone_that_something_depends_on(config: Config) -> None:
    headers = {"x-github-event": "push", "x-github-delivery": "d-1", "user-agent": "GitHub", "accept": "*/*"}
    entry = holds(config, capturing(config, event("github", b'{"after": "abc"}', headers)).captured("a push"))
    assert set(entry["headers"]) == {"x-github-event", "x-github-delivery"}


def test_a_form_and_what_was_read_are_in_it(config: Config) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    entry = holds(config, capturing(config, event("forms", b"number=7&amount=1.10&kind=k", form)).captured("a form"))
    assert (entry["body"], entry["headers"]) == ("number=7&amount=1.10&kind=k", form)
    documents = {"flow": {"state": "paid", "code": "F-1"}}
    entry = holds(config, capturing(config, event("flows", b'{"flowId": 1}'), documents).captured("a flow"))
    assert (entry["documents"], entry["takes"]) == (documents, ["flow"])


def test_one_that_is_held_or_that_nobody_takes_holds_too(config: Config) -> None:
    big = b'{"type": "other", "number": "9", "amount": 50000.01}'
    entry = holds(config, capturing(config, event("expenses", big)).captured("a large one"))
    assert [(sent["to"], "held" in sent) for sent in entry["sends"]] == [("big", True)]
    entry = holds(config, capturing(config, event("expenses", b'{"type": "t", "amount": 1}')).captured("nothing"))
    assert (entry["takes"], entry["sends"]) == ([], [])


def test_people_are_taken_out_of_it_and_it_still_holds(config: Config) -> None:
    found = capturing(config, event("expenses", PAID)).masked("masked", b"salt")
    entry = holds(config, found)
    written = write_yaml(entry)
    assert [word for word in ("李雷", "u-7781", "13912345678", "lei.li", "corp.cn") if word in written] == []
    assert [word for word in ("12.30", "2026-03-31", "CC-1", '"0012"', "taxi") if word not in written] == []
    name = entry["body"]["employee"]["name"]
    assert entry["body"]["memo"] == f"{name} taxi"
    assert entry["sends"][0]["body"]["who"] == name
    assert (entry["takes"], found.kept) == (["paid"], ())


def test_what_a_route_depends_on_is_kept_and_told(config: Config) -> None:
    config.path.write_text(ROUTES.replace("event.type == 'push'", "body.owner.name == 'acme'"))
    config = load(config.path, {})
    body = b'{"after": "abc", "owner": {"name": "acme", "email": "a.b@acme.org"}}'
    found = capturing(config, event("github", body, {"x-github-event": "push"})).masked("kept", b"salt")
    assert (found.kept, found.takes) == (("acme",), ("pushed",))
    assert found.entry["body"]["owner"]["name"] == "acme"
    assert "a.b@" not in write_yaml(found.entry)


def test_what_cannot_be_opened_is_told(config: Config) -> None:
    with pytest.raises(RelayError, match="can't be read"):
        capturing(config, event("sealed", b'{"encrypt": "AAAA"}')).captured("sealed")


def test_the_same_value_is_the_same_other_one_and_of_its_form() -> None:
    tree = {"payeeName": "Li Lei", "again": ["for Li Lei"], "bankAccount": "6222021234567890123", "date": "2026-03-31"}
    instead = others(personal(tree), b"s")
    assert disguised(tree, instead) == disguised(tree, others(personal(tree), b"s"))
    assert others(personal(tree), b"t") != instead
    other = disguised(tree, instead)
    assert other["again"] == [f"for {other['payeeName']}"]
    assert (other["date"], len(other["bankAccount"]), other["bankAccount"].isdigit()) == ("2026-03-31", 19, True)
