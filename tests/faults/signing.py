"""How the sender signs: Standard Webhooks, written from its words and not from the product's code."""

import base64
import hmac
import time

KEY = b"a secret of 32 bytes for faults."
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def signed(body: bytes, event: str, ahead_s: int = 0) -> dict[str, str]:
    """base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`; `ahead_s`: how far its clock is off."""
    stamp = str(int(time.time()) + ahead_s)
    code = base64.b64encode(hmac.digest(KEY, f"{event}.{stamp}.".encode() + body, "sha256")).decode()
    headers = {"webhook-id": event, "webhook-timestamp": stamp, "webhook-signature": f"v1,{code}"}
    return {**headers, "Content-Type": "application/json"}
