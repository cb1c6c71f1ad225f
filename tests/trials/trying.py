"""Tests of a routes.yaml, run from text: what fails, as a person reads it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from relay.config import Config, load
from relay.trials import run_tests

SHOP = """version: 1
defaults: {timezone: Asia/Shanghai}
sources:
  shop:
    verify: github
    secret: abcd
    type: "{{ body.type }}"
    id: "{{ body.id }}"
    callback: {to: origin, on: [delivered, held, dead]}
  forms: {verify: github, secret: abcd}
  thin:
    verify: github
    secret: abcd
    fetch:
      bill: {destination: erp, url: "https://erp.example.com/bills/{{ body.id }}"}
      staff: {destination: erp, url: "https://erp.example.com/staff", when: bill.staff is defined}
destinations:
  erp:
    url: https://erp.example.com/save
    posts: true
    retry: {first: 1m, cap: 1h, attempts: 3}
    result:
      - when: status < 300 and body.code == 0
        outcome: delivered
        document: "{{ body.no }}"
        data: {year: "{{ body.year | default('') }}"}
      - {when: body.code == 'BUSY', outcome: retry, reason: "{{ body.text }}"}
      - {when: body.code == 'NO', outcome: rejected, reason: "{{ body.text }}"}
  oa: {url: "https://oa.example.com/tell?from=relay", headers: {X-Tenant: "1010"}}
  origin: {url: https://origin.example.com}
routes:
  - name: voucher
    from: shop
    to: erp
    when: event.type == 'paid' and body.amount > 0
    once: "{{ body.number }}"
    hold: "{{ 'large' if body.amount > 1000 else '' }}"
    require: [{that: body.amount != 13, else: "13 is no amount"}]
    request:
      body:
        date: "{{ body.at | default('2026-03-31T16:30:00Z') | date }}"
        total: "{{ body.amount }}"
        lines: {$each: "{{ body.lines | default([]) }}", $as: line, $do: {debit: "{{ line }}"}}
  - name: notice
    from: shop
    to: oa
    when: body.title is defined
    request: {form: {title: "{{ body.title }}", n: 1}, query: {day: "{{ event.received_at | date }}"}}
  - {name: archived, from: shop, to: oa, after: {routes: voucher}, request: {body: {no: "{{ prior.document }}"}}}
  - name: xml
    from: forms
    to: oa
    request: {body: {$xml: {Bill: {"@no": "{{ body.no }}", Total: "{{ body.total }}"}}}}
  - {name: read, from: thin, to: oa, when: bill.total > 0, request: {body: {total: "{{ bill.total }}"}}}
"""


def loaded(tests: str, routes: str = SHOP) -> Config:
    """With `tests:` behind it. Raises ConfigError."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "routes.yaml"
        file.write_text(f"{routes}tests:\n{tests}", encoding="utf-8")
        return load(file, {})


def failures(tests: str, routes: str = SHOP) -> list[str]:
    """One text for each: what is wrong, the remedy, and the lines of the diff."""
    return [
        "\n".join([f"{failed.what}; {failed.remedy}".removesuffix("; "), *failed.diff])
        for failed in run_tests(loaded(tests, routes))
    ]


def fails(test: str, routes: str = SHOP) -> list[str]:
    """The same of one test, whose name and source are left out, without what they all begin with."""
    written = "  - name: a test\n" + "".join(f"    {line}\n" for line in test.strip().splitlines())
    if "\n    source:" not in written:
        written += "    source: shop\n"
    return [each.removeprefix("test 'a test': ") for each in failures(written, routes)]
