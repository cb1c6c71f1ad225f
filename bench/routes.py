"""The routes.yaml files of the benchmark. `SINK` and `SECRET` come from the environment."""

CONCURRENCY = 64

_SOURCE = '{verify: standard-webhooks, secret: "${SECRET}"}'
_RESULT = """[{when: "body.code == '0'", outcome: delivered, document: "{{ body.voucher }}"}]"""

WHOLE_WAY = f"""
version: 1
sources:
  expenses: {{verify: standard-webhooks, secret: "${{SECRET}}", callback: origin}}
destinations:
  erp: {{url: "${{SINK}}/erp", concurrency: {CONCURRENCY}, ambiguous: resend, result: {_RESULT}}}
  origin:
    url: "${{SINK}}/status"
    concurrency: {CONCURRENCY}
    sign: {{scheme: standard-webhooks, secret: "${{SECRET}}"}}
routes:
  - name: paid-expense
    from: expenses
    when: event.type == 'expense.paid'
    to: erp
    once: "{{{{ body.number }}}}"
"""

UNTOLD = WHOLE_WAY.replace(", callback: origin", "")
"""The same without status callbacks."""

MAPPED = """
version: 1
defaults: {timezone: Asia/Shanghai}
sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}"}}
destinations: {erp: {url: "${SINK}/erp"}}
routes:
  - name: paid-expense-to-voucher
    from: expenses
    to: erp
    request:
      body:
        reference: "{{ body.number }}"
        date: "{{ body.paidAt | date('%Y-%m-%d') }}"
        summary: "{{ body.employee }} {{ body.title }}"
        total: "{{ body.details | sum(attribute='amount') | money(body.currency) }}"
        lines:
          $concat:
            - $each: "{{ body.details }}"
              $as: line
              $do:
                account: "{{ {'travel': '6601.03', 'meals': '6601.05'}[line.feeType] | default('6601.99') }}"
                costCentre: "{{ line.costCentre }}"
                debit: "{{ line.amount }}"
            - - {account: "1002.01", credit: "{{ body.amount }}"}
"""


def many(sources: int, routes: int) -> str:
    """So many sources s0, s1 …, over which the routes are spread; each takes one type of event."""
    lines = ["version: 1", "sources:"]
    lines += [f"  s{number}: {_SOURCE}" for number in range(sources)]
    lines += ["destinations:", '  erp: {url: "${SINK}/erp"}', "routes:"]
    for number in range(routes):
        source, kind = number % sources, number // sources
        when = f"event.type == 'expense.{kind or 'paid'}'"
        lines.append(f"  - {{name: r{number}, from: s{source}, when: {when}, to: erp, once: '{{{{ body.number }}}}'}}")
    return "\n".join(lines)


def destinations(count: int) -> str:
    """So many destinations d0, d1 …; the event says to which it goes."""
    lines = ["version: 1", f"sources: {{expenses: {_SOURCE}}}", "destinations:"]
    lines += [f'  d{number}: {{url: "${{SINK}}/d{number}", timeout: 30s}}' for number in range(count)]
    lines += ["routes:", "  - {name: chosen, from: expenses, to: '{{ body.to }}', order_by: '{{ body.number }}'}"]
    return "\n".join(lines)
