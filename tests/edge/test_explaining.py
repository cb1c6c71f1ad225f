"""`relay explain`: what an event would lead to, in the command's own process."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from relay.cli import main
from relay.cli.beside import compared
from relay.cli.pretty import pretty
from relay.cli.printing import width

ROOT = Path(__file__).parents[2]
ROUTES = """
version: 1
sources:
  expenses:
    verify: github
    secret: ${SECRET}
    type: "{{ body.type }}"
    id: "{{ body.number }}"
    callback: {to: origin, on: [delivered, dead]}
    split: "{{ body.events | default([body]) }}"
    handshake: [{when: body.challenge is defined, answer: {body: {challenge: "{{ body.challenge }}"}}}]
  thin:
    verify: github
    secret: ${SECRET}
    fetch: {bill: {destination: erp, url: "https://erp.example.com/{{ body.id }}"}}
destinations:
  erp: {url: https://erp.example.com/save, headers: {X-Key: "${ERP_KEY}"}}
  paper: {url: https://paper.example.com}
  origin: {url: https://origin.example.com}
routes:
  - name: voucher
    from: expenses
    when: event.type == 'paid' and body.amount > 0
    to: erp
    order_by: "{{ body.number }}"
    hold: "{{ 'large' if body.amount > 1000 else '' }}"
    request: {body: {total: "{{ body.amount }}"}}
  - name: form
    from: expenses
    when: body.gone | default(false)
    to: paper
    request: {form: {a: "1"}}
  - {name: after, from: expenses, after: {routes: voucher}, to: paper}
  - {name: read, from: thin, to: paper, when: bill.total > 1, request: {body: {total: "{{ bill.total }}"}}}
"""
PAID = '{"type": "paid", "number": "B1", "amount": 12.30}'
SHOWN = """\
expenses  scheme github  routes.yaml VERSION
  type  paid
  id    B1

✓ voucher
    event.type is 'paid'; body.amount is 12.30
✗ form
    `body.gone | default(false)` is false
… after
    it comes once voucher is delivered

voucher → erp  is sent
  order key B1
  POST https://erp.example.com/save
  Content-Type: application/json
  X-Key: ***
  Idempotency-Key: DLV
  Relay-Event-Id: EVT
  Relay-Attempt: 1

  {
    "total": 12.30
  }

status callback → origin  if voucher is delivered
  POST https://origin.example.com
"""
IDS = ((r"evt_\w+", "EVT"), (r"dlv_\w+", "DLV"), (r"yaml \w{12}", "yaml VERSION"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a routes.yaml, its .env and a body."""
    (tmp_path / "routes.yaml").write_text(ROUTES)
    (tmp_path / ".env").write_text("SECRET=secret-of-github\nERP_KEY=key-of-the-erp\n")
    (tmp_path / "paid.json").write_text(PAID)
    (tmp_path / "bad.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explain(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What it prints; to stderr where it fails."""
    came = main(["explain", *words])
    said = capsys.readouterr()
    assert came == code, said
    return said.err if code else said.out


def data(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(explain(capsys, *words, "--json"), parse_float=str)


def test_it_shows_type_id_routes_with_what_decided_and_each_request(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "--source", "expenses", "paid.json")
    for found, put in IDS:
        said = re.sub(found, put, said)
    assert said.startswith(SHOWN)
    assert said.endswith("nothing was sent; credentials and signatures are left out\n")


def test_programs_get_the_same_with_amounts_as_they_came(capsys: pytest.CaptureFixture[str]) -> None:
    (event,) = data(capsys, "--source", "expenses", "paid.json")["events"]
    assert [(route["name"], route["taken"]) for route in event["routes"]] == [
        ("voucher", True),
        ("form", False),
        ("after", False),
    ]
    assert event["sends"][0]["request"]["body"] == '{"total":12.30}'
    told = json.loads(event["callbacks"][0]["request"]["body"])
    assert (told["type"], told["delivery"]["order_key"]) == ("delivery.delivered", "B1")


def test_what_is_held_or_fails_says_why_and_who_is_told(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "large.json").write_text(PAID.replace("12.30", "1001"))
    assert "voucher → erp  is held\n  hold: large\n" in explain(capsys, "--source", "expenses", "large.json")
    (here / "odd.json").write_text(PAID.replace("12.30", '"x"'))
    said = explain(capsys, "--source", "expenses", "odd.json")
    assert "! voucher" in said
    assert "isn't sent\n  routing: routes.yaml:23:11: " in said
    assert "status callback → origin  if voucher is dead" in said


def test_what_is_made_of_answers_is_named_and_no_fault(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    routes = ROUTES.replace("  origin: {", "  origin: {request: {body: {in: '{{ delivery.data.period }}'}}, ")
    steps = "then: [{name: audit, url: 'https://erp.example.com/audit'}]"
    (here / "routes.yaml").write_text(routes.replace("erp: {url", f"erp: {{{steps}, url"))
    said = explain(capsys, "--source", "expenses", "paid.json")
    assert "  then, made of what is answered: audit\n" in said
    assert (
        "voucher is delivered\n  not to be told before it is sent: mapping: 'delivery.data.period' is missing" in said
    )


def test_the_lines_in_the_manual_are_what_it_prints(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "minus.json").write_text('{"type": "expense.paid", "amount": -3}')
    words = ("--source", "expenses", "minus.json", "--no-env", "--config", str(ROOT / "routes.yaml"))
    told = re.findall(r"^    ✗ .*\n {8}.*\n", (ROOT / "docs" / "routes.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(told) == 1
    assert told[0].replace("\n    ", "\n").removeprefix("    ") in explain(capsys, *words)


@pytest.mark.long
def test_a_body_may_come_by_stdin(here: Path) -> None:
    words = (sys.executable, "-m", "relay", "explain", "--source", "expenses", "-", "--json")
    said = subprocess.run(words, input=PAID.encode(), capture_output=True, cwd=here, timeout=60, check=True)
    assert json.loads(said.stdout)["events"][0]["external_id"] == "B1"


def test_each_of_several_events_in_a_post_is_told(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "two.json").write_text(f'{{"events": [{PAID}, {PAID}]}}')
    assert "event 2 of 2 in one POST" in explain(capsys, "--source", "expenses", "two.json")
    (here / "none.json").write_text('{"events": []}')
    assert "it holds no event" in explain(capsys, "--source", "expenses", "none.json")


def test_a_handshake_is_shown_with_its_answer(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "hi.json").write_text('{"challenge": "c1"}')
    said = explain(capsys, "--source", "expenses", "hi.json")
    assert "a handshake, which makes no event; it is answered 200" in said
    assert '"challenge": "c1"' in said


def test_a_thin_event_asks_for_its_document_and_goes_on_with_it(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "thin.json").write_text('{"id": 7}')
    said = explain(capsys, "--source", "thin", "thin.json")
    assert "the document bill is read first from erp  not given" in said
    assert "GET https://erp.example.com/7" in said
    assert "--document bill=FILE" in said
    (here / "bill.json").write_text('{"total": 12.30}')
    assert '"total": 12.30' in explain(capsys, "--source", "thin", "thin.json", "--document", "bill=bill.json")
    said = explain(capsys, "--source", "thin", "thin.json", "--document", "bil=bill.json", code=2)
    assert "thin fetches no 'bil', --document, it fetches bill" in said


def test_another_file_is_compared_line_by_line(
    capsys: pytest.CaptureFixture[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--source", "expenses", "paid.json", "--diff", "other.yaml")
    (here / "other.yaml").write_text(ROUTES.replace("total: ", "sum: "))
    monkeypatch.setenv("COLUMNS", "80")
    said = explain(capsys, *words)
    assert '-     "total": 12.30\n+     "sum": 12.30\n' in said
    assert "\n    X-Key: ***\n" in said
    monkeypatch.setenv("COLUMNS", "140")
    assert re.search(r'^ {4}"total": 12.30 +\| {5}"sum": 12.30$', explain(capsys, *words), re.MULTILINE)
    found = data(capsys, *words)
    assert [found[each]["events"][0]["type"] for each in ("this", "other")] == ["paid", "paid"]
    (here / "new").mkdir()
    (here / "new" / "routes.yaml").write_text(ROUTES.replace("from: thin", "from: thinn"))
    assert "new/routes.yaml:34:24: there is no source" in explain(capsys, *words[:-1], "new/routes.yaml", code=1)
    (here / "other.yaml").write_text(f"{ROUTES}# the same\n")
    assert explain(capsys, *words).startswith("both make the same of it\n")


def test_placeholders_stand_in_for_variables(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / ".env").unlink()
    assert "the variable ERP_KEY isn't set" in explain(capsys, "--source", "expenses", "paid.json", code=1)
    assert "voucher → erp  is sent" in explain(capsys, "--source", "expenses", "paid.json", "--no-env")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("paid.json",), 2, "whose event is it?, --source, name one of expenses, thin"),
        (("--source", "expense", "paid.json"), 1, "did you mean 'expenses'"),
        (("--source", "expenses", "gone.json"), 1, "the file can't be read"),
        (("--source", "expenses", "bad.json"), 1, "it would be refused"),
        (("--source", "expenses", "paid.json", "--header", "Content-Type: image/png"), 1, "415 unsupported_type"),
        (("evt_1", "--url", "http://127.0.0.1:9", "--data", "/nowhere"), 1, "error: "),
    ],
)
def test_what_cant_be_explained_says_why(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in explain(capsys, *words, code=code)


@pytest.mark.parametrize(
    ("body", "kind", "lines"),
    [
        ('{"a":[1.10,"中"]}', "application/json", ["{", '  "a": [', "    1.10,", '    "中"', "  ]", "}"]),
        ("{no", "application/json", ["{no"]),
        ("a=1&b=%E4%B8%AD&c=", "application/x-www-form-urlencoded", ["a: 1", "b: 中", "c: "]),
        (
            '<?xml version="1.0"?><a x="1"><b>t &amp; u</b><c/><d></d><e><f>1</f></e></a>',
            "text/xml",
            [
                '<?xml version="1.0"?>',
                '<a x="1">',
                "  <b>t &amp; u</b>",
                "  <c/>",
                "  <d></d>",
                "  <e>",
                "    <f>1</f>",
                "  </e>",
                "</a>",
            ],
        ),
        ("<a><![CDATA[ <b> ]]></a>", "text/xml", ["<a>", "  <![CDATA[ <b> ]]>", "</a>"]),
        ("<a", "text/xml", ["<", "a"]),
        ("x\ny", "image/png", ["x", "y"]),
        ("", "application/json", []),
    ],
)
def test_a_body_is_laid_out_and_no_digit_of_it_changes(body: str, kind: str, lines: list[str]) -> None:
    assert pretty(body, kind) == lines


def test_side_by_side_nothing_is_wider_than_the_terminal() -> None:
    rows = ["".join(row) for row in compared(["差旅" * 40, "same"], ["差旅" * 41, "same", "new"], 120)]
    assert max(map(width, rows)) <= 120
    assert [row.split() for row in rows[-2:]] == [["same", "same"], [">", "new"]]
