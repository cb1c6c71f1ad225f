"""The routes.yaml that the repository ships is fine, holds no secret, and does what its comments say."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import relay
from relay.config import Config, load
from relay.demo import running
from relay.demo.documents import Webhook, expense, invoice
from relay.demo.world import world
from relay.destination import Ambiguous, Answer
from relay.errors import ConfigError
from relay.event import Event
from relay.money import decode_json
from relay.outcome import Outcome
from relay.signature import Outgoing, Received

SHIPPED = Path(relay.__file__).parent.parent / "routes.yaml"
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENV = {
    "EXPENSES_SECRET": KEY,
    "INVOICES_SECRET": "invoices-secret",
    "ERP_URL": "https://erp.example.com",
    "ERP_PASSWORD": "correct horse",
    "OA_URL": "https://oa.example.com",
    "OA_TOKEN": "oa-token",
    "EXPENSES_URL": "https://expenses.example.com",
    "STATUS_SECRET": KEY,
}


@pytest.fixture
def shipped() -> Config:
    return load(SHIPPED, ENV)


def names_of(webhook: Webhook) -> dict[str, Any]:
    return {"event": event_of(webhook).names("2026-03-31T16:30:01.000Z"), "body": decode_json(webhook.body)}


def event_of(webhook: Webhook) -> Event:
    body = decode_json(webhook.body)
    type_ = body.get("type") or body["event"]
    return Event(
        id="evt_1", source=webhook.source, type=type_, external_id=webhook.id, headers={}, body=webhook.body, config="v"
    )


def voucher(config: Config, webhook: Webhook, route: str) -> dict[str, Any]:
    plan = config.plan_for(route, "erp")
    assert plan
    return decode_json(plan.render(names_of(webhook)).body or b"")


def judged(config: Config, status: int, body: bytes) -> tuple[Outcome, str | None, str | None]:
    answer = Answer(status=status, headers={"content-type": "application/json"}, body=body)
    verdict = config.destinations["erp"].judge.judge(answer, names_of(expense("B1", "t", "1.00")))
    return verdict.outcome, verdict.document, verdict.reason


def test_it_can_be_read_at_one_sitting():
    assert len(SHIPPED.read_text().splitlines()) <= 170


def test_the_package_brings_the_same_file():
    assert running.ROUTES.read_bytes() == SHIPPED.read_bytes()


def test_each_variable_that_is_missing_is_told():
    with pytest.raises(ConfigError) as error:
        load(SHIPPED, {})
    told = {name for fault in error.value.faults for name in re.findall(r"variable (\w+) isn't set", fault.what)}
    assert told == set(ENV)


def test_every_address_and_secret_is_a_variable():
    lines = SHIPPED.read_text().splitlines()
    told = [line for line in lines if re.match(r"\s*(secret|url|sign|auth):", line)]
    assert len(told) == 8
    assert all("${" in line for line in told)


async def test_the_demos_env_sets_what_it_needs():
    async with world() as played:
        assert set(ENV) <= set(played.variables)
        assert load(SHIPPED, played.variables).destinations.keys() == {"erp", "oa", "expenses-status"}


def test_a_paid_expense_is_booked_and_told_to_the_oa(shipped: Config):
    webhook = expense("B1", "差旅费", "12.30")
    drafts = shipped.router.route(event_of(webhook), names_of(webhook))
    assert [(draft.lane, draft.once, draft.order_key) for draft in drafts] == [("erp", "B1", "B1"), ("oa", None, None)]


def test_its_voucher_balances_to_the_last_digit(shipped: Config):
    found = voucher(shipped, expense("B1", "差旅费", "12.30", "1234567890123456.78"), "paid-expense-to-voucher")
    assert found == {
        "reference": "B1",
        "date": "2026-04-01",
        "summary": "李雷 差旅费",
        "currency": "CNY",
        "total": Decimal("1234567890123469.08"),
        "lines": [
            {"account": "6601.03", "costCentre": "CC-100", "debit": Decimal("12.30")},
            {"account": "6601.03", "costCentre": "CC-100", "debit": Decimal("1234567890123456.78")},
            {"account": "1002.01", "credit": Decimal("1234567890123469.08")},
        ],
    }


def test_an_unknown_fee_type_has_an_account_too(shipped: Config):
    webhook = expense("B1", "差旅费", "12.30")
    names = names_of(webhook)
    names["body"]["details"][0]["feeType"] = "moon"
    plan = shipped.plan_for("paid-expense-to-voucher", "erp")
    assert plan
    assert decode_json(plan.render(names).body or b"")["lines"][0]["account"] == "6601.99"


def test_an_invoice_becomes_a_payable(shipped: Config):
    found = voucher(shipped, invoice("I1", "t", "1000.00", "60.00"), "approved-invoice-to-payable")
    lines = [(line["account"], line.get("debit"), line.get("credit")) for line in found["lines"]]
    assert found["total"] == Decimal("1060.00")
    assert lines == [
        ("1403.01", Decimal("1000.00"), None),
        ("2221.01", Decimal("60.00"), None),
        ("2202.01", None, Decimal("1060.00")),
    ]


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"code": "0", "data": {"voucher": "V-1", "period": "2026-04"}}', (Outcome.DELIVERED, "V-1", None)),
        (200, b'{"code": "EXISTS", "data": {"voucher": "V-1"}}', (Outcome.DUPLICATE, "V-1", None)),
        (200, b'{"code": "BUSY", "message": "later"}', (Outcome.RETRY, None, "later")),
        (200, b'{"code": "PERIOD_CLOSED", "message": "closed"}', (Outcome.HELD, None, "closed")),
        (200, b'{"code": "INVALID", "message": "no such account"}', (Outcome.REJECTED, None, "no such account")),
        (422, b'{"code": "INVALID", "message": "no such account"}', (Outcome.REJECTED, None, "no such account")),
    ],
)
def test_the_erps_answers_mean_what_the_rules_say(shipped: Config, status: int, body: bytes, outcome: tuple[Any, ...]):
    assert judged(shipped, status, body) == outcome


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>maintenance</html>"), (200, b"{}"), (500, b'{"code": "INVALID"}'), (500, b'{"code": "0"}')],
)
def test_an_answer_that_says_neither_yes_nor_no_is_never_success(shipped: Config, status: int, body: bytes):
    assert judged(shipped, status, body)[0] is Outcome.UNKNOWN


def test_what_books_is_held_in_doubt_and_what_tells_is_sent_again(shipped: Config):
    assert {name: found.limits.ambiguous for name, found in shipped.destinations.items()} == {
        "erp": Ambiguous.HOLD,
        "oa": Ambiguous.RESEND,
        "expenses-status": Ambiguous.RESEND,
    }
    assert shipped.destinations["erp"].limits.concurrency == 1


@pytest.mark.parametrize("name", ["expenses", "invoices"])
def test_both_sources_prove_themselves_by_their_own_scheme(shipped: Config, name: str):
    source = shipped.sources[name]
    sent = Outgoing(id="msg_1", timestamp=1_775_000_000, method="POST", url="", body=b"{}")
    headers = {key.lower(): value for key, value in source.scheme.sign(sent, source.secrets[0]).items()}
    received = Received(method="POST", url="", headers=headers, query={}, body=b"{}")
    source.scheme.verify(received, source.secrets, 1_775_000_000)
