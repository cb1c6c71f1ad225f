"""What is legal and suspicious: each suspicious file beside its exact warnings, and what looks like one and isn't."""

from pathlib import Path

import pytest

from relay.config import load
from relay.destinations import names, preset
from relay.destinations.example import asking, part

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SUSPICIOUS = sorted((HERE / "suspicious").glob("*.yaml"))
SHIPPED = [ROOT / "routes.yaml", *sorted((ROOT / "docs" / "examples").glob("*/routes.yaml"))]
ENV = {"EXPENSES_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "ERP_PASSWORD": "correct horse"}
TOP = """
version: 1
defaults: {timezone: Asia/Shanghai}
sources: {expenses: {verify: standard-webhooks, secret: "${EXPENSES_SECRET}", callback: none}}
"""
RESULT = "result: [{when: status < 300 and body.code == '0', outcome: delivered}]"
FILE = f"""{TOP}
destinations:
  erp: {{url: https://erp.example.com/api, posts: true, {RESULT}}}
  oa: {{url: https://oa.example.com/api}}
routes:
  - {{name: paid, from: expenses, to: erp, when: event.type == 'paid', once: "{{{{ body.number }}}}"}}
  - {{name: told, from: expenses, to: oa, request: {{body: {{total: "{{{{ body.amount }}}}"}}}}}}
"""
MEANT = [
    ("when: event.type == 'paid'", "when: false"),
    ("when: event.type == 'paid'", "when: \"event.type in ['paid', 'approved'] and (body.kind or 'none') == 'none'\""),
    ("when: event.type == 'paid'", "when: \"'paid' in event.type or body.note in 'AB'\""),
    ("to: oa,", "to: oa, on_dead: continue, order_by: all,"),
    ('once: "{{ body.number }}"', 'once: "{{ event.external_id }}"'),
    ("from: expenses, to: oa", "from: expenses, to: \"{{ 'erp' if body.big else 'oa' }}\", once: '{{ body.id }}'"),
    ("posts: true", "posts: true, ambiguous: resend, headers: {X-Key: '{{ delivery.key }}'}"),
    ("posts: true", "posts: true, retry: {attempts: 20}"),
    ("oa.example.com/api}", "oa.example.com/api, retry: {attempts: 2}, ambiguous: resend}"),
    (RESULT, "result: [{when: status == 201, outcome: delivered}]"),
    (RESULT, "result: [{when: status < 300, outcome: delivered, document: '{{ body.id }}'}]"),
    ("oa.example.com/api}", "oa.example.com/api, result: [{when: status < 300, outcome: delivered}]}"),
    (RESULT, "result: [{when: status >= 400 and status < 500, outcome: rejected}]"),
    (
        RESULT,
        "result: [{when: not 300 <= status < 500, outcome: unknown}, {when: 'true', outcome: rejected}]",
    ),
    (RESULT, "result: [{when: body.code is defined, outcome: rejected}]"),
    (RESULT, "result: [{when: status >= 500 and body.code == 'BUSY', outcome: retry}]"),
    (RESULT, "result: [{when: 'status in [429, 503]', outcome: retry}]"),
    (RESULT, "headers: {X: '{{ delivery.key }}'}, result: [{when: status >= 500, outcome: retry}]"),
    ("oa.example.com/api}", "oa.example.com/api, result: [{when: status >= 500, outcome: retry}]}"),
    ("{{ body.amount }}", "see body.amount, body. and { body: 1 }"),
    ("{{ body.amount }}", "event.created"),
    ("body.amount }}", "body.at | date('%Y-%m-%d %H:%M') }}"),
    ("https://oa.example.com/api}", "'https://oa.example.com/api?sort_key=name&token=${ERP_PASSWORD}'}"),
    ("https://oa.example.com", "http://oa.corp"),
    ("https://oa.example.com", "http://10.20.0.7:8080"),
    ("https://oa.example.com", "http://oa:8080"),
    ("body.amount }}", "(body.amount * 100) | int }}"),
    ("body.amount }}", "body.amount | round(2) }}"),
    ("body.amount }}", "body.count | int }}"),
    ("oa.example.com/api}", "oa.example.com/api, auth: {type: bearer, token: '${ERP_PASSWORD}'}}"),
    ("oa.example.com/api}", "oa.example.com/api, headers: {X-Tenant: '1010'}}"),
    ("callback: none", "callback: none, dedupe: 7d"),
]


def warned(folder: Path, text: str) -> list[str]:
    file = folder / "routes.yaml"
    file.write_text(text, encoding="utf-8")
    return [each.what for each in load(file, ENV, placeholders=True).warnings]


@pytest.mark.parametrize("file", SUSPICIOUS, ids=lambda file: file.stem)
def test_a_suspicious_file_loads_with_the_warnings_that_stand_beside_it(file: Path) -> None:
    told = "".join(f"{each}\n" for each in load(file, ENV).warnings)
    assert told == file.with_suffix(".txt").read_text(encoding="utf-8")
    assert told
    assert not any(secret in told for secret in ENV.values())


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)
def test_what_is_shipped_gives_no_warning(file: Path) -> None:
    assert load(file, {}, placeholders=True).warnings == ()


@pytest.mark.parametrize("name", names())
def test_a_presets_example_gives_no_warning(tmp_path: Path, name: str) -> None:
    assert warned(tmp_path, TOP + part(asking(preset(name).example, name), name)) == []


@pytest.mark.parametrize(("said", "meant"), MEANT, ids=[meant for _, meant in MEANT])
def test_what_may_well_be_meant_gives_no_warning(tmp_path: Path, said: str, meant: str) -> None:
    assert said in FILE
    assert warned(tmp_path, FILE.replace(said, meant, 1)) == []


def test_a_table_that_a_template_reads_is_read(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("fee,account\ntravel,6601\n", encoding="utf-8")
    (tmp_path / "body.j2").write_text("{{ lookup('accounts', body.fee).account }}", encoding="utf-8")
    text = FILE.replace('{body: {total: "{{ body.amount }}"}}', "{template: body.j2}")
    assert warned(tmp_path, f"{text}tables: {{accounts: {{file: accounts.csv, key: fee}}}}\n") == []
