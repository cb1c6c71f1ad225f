"""What it costs to make a voucher of a 200-line expense report, beside reading and writing it with `json`."""

import json
import time
from collections.abc import Callable
from typing import Any

from bench import relays, routes
from bench.playing.webhooks import SECRET
from bench.row import Aim, Line, Row, Series
from bench.site import Site
from relay.config.load import load
from relay.money import decode_json

LINES = 200
TITLE = f"Mapping of a {LINES}-line expense report to a voucher"
PLAIN = "json.loads + json.dumps"


def measure(site: Site) -> Row:
    report, render = _report(), _renderer(site)
    times = site.count(300, least=20)
    ours, plain = list[float](), list[float]()
    relays.rounds(
        site,
        lambda: ours.append(_cpu_us(lambda: render(report), times)),
        lambda: plain.append(_cpu_us(lambda: json.dumps(json.loads(report)), times)),
    )
    line = Line(
        what="CPU",
        unit="µs",
        ours=Series(name="Relay", values=ours),
        beside=[Series(name=PLAIN, values=plain)],
        aims=[Aim(bound="at most", value=10, beside=PLAIN)],
    )
    note = (
        f"Read, mapped by routes.yaml on exact decimals, and written: {len(report):,} bytes to {len(render(report)):,}."
    )
    return Row(title=TITLE, lines=[line], notes=[note])


def _report() -> bytes:
    kinds = ("travel", "meals", "hotel")
    details = [
        {
            "feeType": kinds[n % 3],
            "costCentre": f"CC-{n % 7}",
            "amount": 10.25 + n,
            "date": "2026-03-30",
            "taxRate": 0.06,
        }
        for n in range(LINES)
    ]
    head = {"number": "B26000107", "title": "北京出差", "employee": "李雷", "paidAt": "2026-03-31T16:30:00Z"}
    return json.dumps({**head, "currency": "CNY", "amount": 21950.00, "details": details}).encode()


def _renderer(site: Site) -> Callable[[bytes], bytes]:
    file = site.folder / "mapped.yaml"
    file.write_text(routes.MAPPED)
    config = load(file, {"SECRET": SECRET, "SINK": "http://127.0.0.1:9"})
    plan = config.plan_for("paid-expense-to-voucher", "erp")
    if plan is None:
        raise RuntimeError(f"{file} has no request")
    return lambda report: plan.render({"body": decode_json(report)}).body or b""


def _cpu_us(step: Callable[[], Any], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        step()
    return (time.process_time() - began) / times * 1e6
