"""In what a stored event would be routed or sent otherwise under another configuration."""

from pathlib import Path

import pytest

from relay.config import Config, load
from relay.event import Event
from relay.otherwise import Compared, compared

FILE = """
version: 1
sources:
  expenses: {verify: github, secret: secret-of-github, callback: none}
destinations:
  erp: {url: https://erp.example.com/save, headers: {X-Tenant: "1"}}
  oa: {url: https://oa.example.com/notice}
routes:
  - name: voucher
    from: expenses
    when: event.type == 'paid' and body.amount > 0
    to: erp
    once: "{{ body.number }}"
    request: {body: {total: "{{ body.amount }}"}}
  - {name: notice, from: expenses, to: oa, request: {body: {number: "{{ body.number }}"}}}
"""
BODY = b'{"number": "B1", "amount": 12.30}'
CASES = [
    ("body.amount > 0", "body.amount > 100", [("voucher", "erp", True, "was made, and isn't any more")]),
    ("    to: erp", "    to: [erp, oa]", [("voucher", "oa", True, "is made, and wasn't")]),
    ("name: notice", "name: told", [("notice", "oa", True, "was made"), ("told", "oa", True, "is made")]),
    ("{total: ", "{sum: ", [("voucher", "erp", False, "its request is another")]),
    ('X-Tenant: "1"', 'X-Tenant: "2"', [("voucher", "erp", False, "its request is another")]),
    ("/notice}", "/notices}", [("notice", "oa", False, "its request is another")]),
    ("    to: erp", "    to: erp\n    hold: true", [("voucher", "erp", False, "is now hold: ")]),
    ("{{ body.amount }}", "{{ body.nothing }}", [("voucher", "erp", False, "is now mapping: ")]),
    ('"{{ body.number }}"\n', '"{{ body.number }}-1"\n', [("voucher", "erp", False, "its business key is now B1-1")]),
    ("to: oa, req", "to: oa, order_by: '{{ body.number }}', req", [("notice", "oa", False, "its order key is now B1")]),
    ("    to: erp", "    to: erp\n    on_dead: continue", [("voucher", "erp", False, "later ones of its key")]),
    ("secret-of-github", "another-secret", []),
    ("oa: {url", "oa: {timeout: 1s, url", []),
]  # fmt: skip


def config(folder: Path, text: str) -> Config:
    file = folder / "routes.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file, {})


EVENT = Event(
    id="evt_" + "0" * 28,
    source="expenses",
    type="paid",
    external_id="e1",
    headers={"content-type": "application/json"},
    body=BODY,
    config="",
)


def otherwise(folder: Path, new: str) -> Compared:
    return compared(config(folder, FILE), config(folder, new), EVENT, 1_700_000_000_000, {})


@pytest.mark.parametrize(("old", "new", "told"), CASES, ids=[new for _, new, _ in CASES])
def test_each_delivery_that_differs_is_told(
    tmp_path: Path, old: str, new: str, told: list[tuple[str, str, bool, str]]
) -> None:
    assert old in FILE
    found = otherwise(tmp_path, FILE.replace(old, new, 1)).differences
    assert [(each.route, each.destination, each.is_routed) for each in found] == [each[:3] for each in told]
    for each, (*_, words) in zip(found, told, strict=True):
        assert each.words.startswith(words), each.words


def test_an_event_of_a_source_that_is_gone_cant_be_told(tmp_path: Path) -> None:
    found = otherwise(tmp_path, FILE.replace("expenses", "others"))
    assert (found.open, found.differences) == ("there is no source 'expenses'", ())


def test_what_would_read_a_document_first_cant_be_told(tmp_path: Path) -> None:
    fetch = "callback: none, fetch: {bill: {destination: oa, path: /bills}}"
    found = otherwise(tmp_path, FILE.replace("callback: none", fetch))
    assert found.open == "it would be read first: bill"
