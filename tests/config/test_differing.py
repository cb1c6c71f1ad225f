"""What another routes.yaml changes, in words."""

from pathlib import Path

import pytest

from relay.config import load
from relay.configuration import Config
from relay.differing import Change, Kind, changes

ENV = {"SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "ERP": "https://erp.example.com"}
FILE = """
version: 1
defaults: {timezone: Asia/Shanghai}
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
  hr: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  base: {abstract: true, url: "${ERP}/api", auth: {type: bearer, token: first-of-all}, timeout: 20s}
  erp: {extends: base, posts: true}
  oa: {url: https://oa.example.com/notices, headers: {X-Tenant: "1010"}}
tables:
  accounts: {file: accounts.csv, key: fee}
routes:
  - name: paid
    from: expenses
    when: event.type == 'paid' and body.amount > 0
    to: [erp, oa]
    once: "{{ body.number }}"
    request:
      body: {account: "{{ lookup('accounts', body.fee).account }}", total: "{{ body.amount }}"}
  - {name: letter, from: hr, to: oa, request: {template: letter.j2}}
tests:
  - {name: one, source: hr, body: {}}
"""
CASES = [
    ("timeout: 20s", "timeout: 1m", "timeout of the destination erp is now 1m, was 20s"),
    (", timeout: 20s", "", "timeout of the destination erp is now 30s, was 20s"),
    ("posts: true}", "posts: true, concurrency: 4}", "concurrency of the destination erp is now 4, was 1"),
    ("posts: true}", "posts: true, retry: {cap: 1h}}", "retry.cap of the destination erp is now 1h, was 30m"),
    ('"1010"', '"2020"', "headers.X-Tenant of the destination oa is now 2020, was 1010"),
    (', headers: {X-Tenant: "1010"}', "", "headers of the destination oa is gone, was {X-Tenant: '1010'}"),
    ("token: first-of-all", "token: another-one", "auth.token of the destination erp is another (it isn't shown)"),
    ("to: [erp, oa]", "to: erp", "the route paid no longer goes to oa"),
    ("to: oa,", "to: [oa, erp], once: '1',", "the route letter now goes to erp"),
    ("from: expenses", "from: [expenses, hr]", "the route paid now takes events of hr"),
    ("from: expenses", "from: hr", "the route paid no longer takes events of expenses"),
    (
        '    once: "{{ body.number }}"',
        '    once: "{{ body.id }}"',
        "once of the route paid is now {{ body.id }}, was {{",
    ),
    ("from: hr, to", "from: hr, on_dead: continue, to", "on_dead of the route letter is now continue, was block"),
    ("{timezone: Asia/Shanghai}", "{timezone: UTC}", "timezone of the defaults is now UTC, was Asia/Shanghai"),
    ("{timezone: Asia", "{max_body: 2MiB, timezone: Asia", "max_body of the source hr is now 2MiB, was 1MiB"),
    ("  hr: {", "  hr: {rate: 5/s, ", "rate of the source hr is new: 5/s"),
    ("  hr: {", "  more: {verify: none, allow: [10.0.0.0/8]}\n  hr: {", "the source more is new: verify none"),
    ("tests:", "  - {name: all, from: '*', to: oa}\ntests:", "the route all is new: from *, to oa, when true"),
    ("- {name: one, source: hr, body: {}}", "", "the test one is gone"),
    ("name: letter", "name: post", "the route letter is now called post"),
    ("source: hr, body: {}", "source: hr, body: {a: 1}", "body of the test one is new: {a: 1}"),
]
SAME = [
    ("timeout: 20s", "timeout: 20000ms"),
    ("timeout: 20s", "breaker: {failures: 5}, timeout: 20s"),
    ("posts: true}", "posts: true, ambiguous: hold, concurrency: 1}"),
    ("from: expenses", "from: [expenses]"),
    ("from: hr, to: oa", "to: oa, from: hr, on_dead: block"),
    ('{account: "{{ lookup(\'accounts\', body.fee).account }}", total: "{{ body.amount }}"}',
     '{total: "{{ body.amount }}", account: "{{ lookup(\'accounts\', body.fee).account }}"}'),
    ("version: 1", "version: 1\nx-note: a word"),
]  # fmt: skip


def config(folder: Path, text: str = FILE, *, rows: str = "travel,6601", letter: str = "Dear", **env: str) -> Config:
    folder.mkdir(exist_ok=True)
    (folder / "accounts.csv").write_text(f"fee,account\n{rows}\n", encoding="utf-8")
    (folder / "letter.j2").write_text(letter, encoding="utf-8")
    (folder / "routes.yaml").write_text(text, encoding="utf-8")
    return load(folder / "routes.yaml", {**ENV, **env})


def changed(tmp_path: Path, old: str, new: str) -> list[Change]:
    assert old in FILE
    return changes(config(tmp_path / "old"), config(tmp_path / "new", FILE.replace(old, new, 1)))


@pytest.mark.parametrize(("old", "new", "words"), CASES, ids=[words for *_, words in CASES])
def test_a_change_is_told_in_words(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert any(each.words.startswith(words) for each in changed(tmp_path, old, new)), changed(tmp_path, old, new)


@pytest.mark.parametrize(("old", "new"), SAME, ids=[new[:60] for _, new in SAME])
def test_what_comes_to_the_same_is_no_change(tmp_path: Path, old: str, new: str) -> None:
    assert changed(tmp_path, old, new) == []


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    found = str(changed(tmp_path, "bearer, token: first-of-all", "basic, username: u, password: another-one"))
    assert "auth.password of the destination erp" in found
    assert "first-of-all" not in found
    assert "another-one" not in found


def test_hosts_with_other_variables_tell_one_file_alike(tmp_path: Path) -> None:
    other = config(tmp_path / "new", SECRET="whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", ERP="https://other.example.com")
    assert changes(config(tmp_path / "old"), other) == []


def test_an_expression_is_shown_as_it_was_and_as_it_is(tmp_path: Path) -> None:
    (one,) = changed(tmp_path, "body.amount > 0", "body.amount >= 0")
    assert one.words == "when of the route paid is another"
    assert one.lines == ("- event.type == 'paid' and body.amount > 0", "+ event.type == 'paid' and body.amount >= 0")


def test_of_a_request_only_the_lines_that_differ_are_shown(tmp_path: Path) -> None:
    (one,) = changed(tmp_path, "total: ", "sum: ")
    assert (one.section, one.name, one.kind, one.key) == ("routes", "paid", Kind.CHANGED, "request")
    assert '-   total: "{{ body.amount }}"' in one.lines
    assert '+   sum: "{{ body.amount }}"' in one.lines
    assert not any(line.startswith(("-", "+")) for line in one.lines if "account" in line)


def test_another_preset_shows_where_it_acts(tmp_path: Path) -> None:
    words = [
        each.words
        for each in changed(tmp_path, "oa: {", "oa: {preset: feishu-robot, vars: {base: b, token: t, secret: s}, ")
    ]
    assert "preset of the destination oa is now feishu-robot, was http" in words
    assert any(each.startswith("result of the destination oa") for each in words)


BOOKED = [
    ("  erp: {", "  k3: {", "the route paid may book at k3 again what it booked at erp"),
    ("  erp: {extends", "  k3: {timeout: 9s, extends", "the route paid may book at k3 again what it booked at erp"),
    ("  erp: {", "  tax: {extends: base}\n  erp: {", None),
    (
        'once: "{{ body.number }}"',
        'once: "{{ body.id }}"',
        "the route paid may book again what it booked by the key before",
    ),
    ('once: "{{ body.number }}"', "once: '{{ body.number }}'", None),
    ('fee).account }}"', 'fee).account }}", more: 1', None),
]


@pytest.mark.parametrize(("old", "new", "words"), BOOKED, ids=range(len(BOOKED)))
def test_it_is_told_what_would_be_booked_again(tmp_path: Path, old: str, new: str, words: str | None) -> None:
    """A business key holds at one destination's name, under one expression."""
    text = FILE.replace(old, new, 1)
    if "k3" in new:
        text = text.replace("to: [erp, oa]", "to: [k3, oa]")
    found = changes(config(tmp_path / "old"), config(tmp_path / "new", text))
    assert [each.words for each in found if "book" in each.words] == ([words] if words else [])


def test_rows_of_a_table_are_counted_and_shown(tmp_path: Path) -> None:
    old = config(tmp_path / "old", rows="travel,6601\nmeals,6602\ntaxi,6603")
    (one,) = changes(old, config(tmp_path / "new", rows="travel,6601\nmeals,6605\nhotel,6604"))
    assert one.words == "rows of the table accounts: 1 new, 1 gone, 1 changed"
    assert one.lines == (
        "  meals: account is now 6605, was 6602",
        "+ fee: hotel, account: 6604",
        "- fee: taxi, account: 6603",
    )


def test_of_many_rows_five_are_shown(tmp_path: Path) -> None:
    many = "\n".join(f"fee{number},{number}" for number in range(30))
    (one,) = changes(config(tmp_path / "old"), config(tmp_path / "new", rows=f"travel,6601\n{many}"))
    assert one.words == "rows of the table accounts: 30 new"
    assert one.lines[5:] == ("  … and 25 more",)


def test_a_template_is_named_with_what_uses_it(tmp_path: Path) -> None:
    (one,) = changes(config(tmp_path / "old"), config(tmp_path / "new", letter="Hello"))
    assert one.words == "the file letter.j2 is another; it is named in: the route letter"
    assert one.lines == ("- Dear", "+ Hello")
