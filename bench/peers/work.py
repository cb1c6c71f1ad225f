"""What a job does: posts the document to the ERP, reads the answer, and tells the origin. Both ways to do it."""

import base64
import hmac
import http.client
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp

KEY = b"a secret of 32 bytes for benches"
REDIS, SINK = os.environ.get("REDIS", ""), os.environ.get("SINK", "http://127.0.0.1:9")
BODY = b'{"type": "expense.paid", "number": "B2600000001", "amount": 1280.50, "lines": "' + b"." * 320 + b'"}'
JSON = {"content-type": "application/json"}
_kept: dict[str, Any] = {}


def callback(answer: bytes, number: int) -> tuple[bytes, dict[str, str]]:
    """The status callback that Relay would send, and its headers. Raises ValueError where nothing was booked."""
    said = json.loads(answer)
    if said["code"] != "0":
        raise ValueError(said)
    delivery = {"id": f"dlv_{number}", "state": "delivered", "document": said["voucher"], "attempts": 1}
    body = json.dumps({"type": "delivery.delivered", "event": {"id": f"evt_{number}"}, "delivery": delivery}).encode()
    stamp = str(int(time.time()))
    code = base64.b64encode(hmac.digest(KEY, f"dlv_{number}.{stamp}.".encode() + body, "sha256")).decode()
    signed = {"webhook-id": f"dlv_{number}", "webhook-timestamp": stamp, "webhook-signature": f"v1,{code}"}
    return body, {**JSON, **signed}


def deliver(number: int) -> None:
    """One delivery over a connection that this process keeps."""
    if "connection" not in _kept:
        address = urlsplit(SINK)
        _kept["connection"] = http.client.HTTPConnection(address.hostname or "", address.port)
    _post("/status", *callback(_post("/erp", BODY, JSON), number))


def _post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    _kept["connection"].request("POST", path, body, headers)
    answer: bytes = _kept["connection"].getresponse().read()
    return answer


async def deliver_async(number: int) -> None:
    """The same on a session that this process keeps."""
    if "session" not in _kept:
        _kept["session"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
    session: aiohttp.ClientSession = _kept["session"]
    async with session.post(f"{SINK}/erp", data=BODY, headers=JSON) as response:
        body, headers = callback(await response.read(), number)
    async with session.post(f"{SINK}/status", data=body, headers=headers) as response:
        await response.read()
