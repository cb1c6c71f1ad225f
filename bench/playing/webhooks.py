"""Webhooks as a platform sends them, signed before the clock runs: Standard Webhooks, each under an id of its own."""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

KEY = b"a secret of 32 bytes for benches"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
HOST = "127.0.0.1"
numbers = count(1)

_REPORT: dict[str, Any] = {
    "type": "expense.paid",
    "title": "北京出差",
    "employee": "李雷",
    "paidAt": "2026-03-31T16:30:00Z",
    "currency": "CNY",
    "amount": 1280.50,
    "details": [{"feeType": "travel", "costCentre": "CC-100", "amount": 640.25}] * 2,
}


def signed(body: bytes, event: str) -> dict[str, str]:
    """base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`."""
    stamp = str(int(time.time()))
    code = base64.b64encode(hmac.digest(KEY, f"{event}.{stamp}.".encode() + body, "sha256")).decode()
    headers = {"webhook-id": event, "webhook-timestamp": stamp, "webhook-signature": f"v1,{code}"}
    return {**headers, "content-type": "application/json"}


def report(**more: Any) -> bytes:
    """A paid expense of about 400 bytes under a number that none had before; `more` is added to it."""
    return json.dumps({**_REPORT, "number": f"B26{next(numbers):08}", **more}, ensure_ascii=False).encode()


def event_id() -> str:
    return f"msg_{next(numbers):027}"


def write_requests(path: Path, count_: int, sources: int = 0, **more: Any) -> Path:
    """A file of whole HTTP requests, each behind a line with its length, for a generator that only has to send.

    They go to `expenses`, or to the sources s0, s1 … in turn.
    """
    with path.open("wb") as file:
        for number in range(count_):
            body = report(**more)
            source = f"s{number % sources}" if sources else "expenses"
            request = _request(f"/in/{source}", body, signed(body, event_id()))
            file.write(b"%d\n%s" % (len(request), request))
    return path


def _request(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"host: {HOST}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
