"""The routes.yaml of the fault suite: three ways of dealing with doubt, one origin that is told how it ended."""

from collections.abc import Mapping

LANES = ("erp-resend", "erp-lookup", "erp-hold")
ORIGIN = "origin"

TEXT = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: origin}
destinations:
  erp:
    abstract: true
    posts: true
    timeout: 2s
    concurrency: 6
    retry: {first: 200ms, cap: 2s}
    breaker: {failures: 5, probe: 300ms, cap: 2s}
    stop_after: 0
    result:
      - {when: "status == 200 and body.code == '0'", outcome: delivered, document: "{{ body.voucher }}"}
      - {when: "status == 200 and body.code == 'NO'", outcome: rejected, reason: "{{ body.why }}"}
  erp-resend: {extends: erp, url: "${ERP_RESEND}/vouchers", ambiguous: resend}
  erp-lookup:
    extends: erp
    url: "${ERP_LOOKUP}/vouchers"
    concurrency: 4
    rate: 40/s
    ambiguous: lookup
    lookup:
      first: 3s
      times: 2
      method: GET
      url: "${ERP_LOOKUP}/vouchers?key={{ delivery.key }}"
      found: "status == 200 and body.total > 0"
      document: "{{ body.vouchers[0] }}"
      missing: "status == 200 and body.total == 0"
  erp-hold: {extends: erp, url: "${ERP_HOLD}/vouchers", ambiguous: hold, concurrency: 3}
  origin:
    url: "${ORIGIN}/status"
    concurrency: 16
    sign: {scheme: standard-webhooks, secret: "${SECRET}"}
    timeout: 2s
    retry: {first: 200ms, cap: 2s}
    breaker: {failures: 5, probe: 300ms, cap: 2s}
routes:
  - name: paid
    from: expenses
    to: "{{ body.to }}"
    once: "{{ body.number }}"
    order_by: "{{ body.report }}"
"""


def variables(addresses: Mapping[str, str]) -> dict[str, str]:
    """What TEXT needs from the environment: `addresses` are the servers' by lane."""
    return {name.upper().replace("-", "_"): address for name, address in addresses.items()}
