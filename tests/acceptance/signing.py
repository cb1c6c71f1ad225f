"""How senders sign, each written from its maker's words and not from the product's code."""

import base64
import hashlib
import hmac
import time
import uuid

SECRET = "whsec_" + base64.b64encode(b"a secret of 32 bytes for testing").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"an older one that is rolling out").decode()


def standard_webhooks(
    body: bytes, secret: str = SECRET, event: str | None = None, at: float | None = None
) -> dict[str, str]:
    """Standard Webhooks: base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`; the key is base64 behind whsec_."""
    event, stamp = event or f"msg_{uuid.uuid4().hex}", str(int(at or time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    code = base64.b64encode(hmac.digest(key, f"{event}.{stamp}.".encode() + body, "sha256")).decode()
    headers = {"webhook-id": event, "webhook-timestamp": stamp, "webhook-signature": f"v1,{code}"}
    return {**headers, "Content-Type": "application/json"}


def stripe(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """Stripe: hex of HMAC-SHA256 over `{timestamp}.{body}`, the key being the secret's text."""
    stamp = str(int(at or time.time()))
    code = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={code}", "Content-Type": "application/json"}


def github(body: bytes, secret: str, event: str, delivery: str) -> dict[str, str]:
    """GitHub: hex of HMAC-SHA256 over the body; type and id stand in headers."""
    code = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={code}", "X-GitHub-Event": event, "X-GitHub-Delivery": delivery}
    return {**headers, "Content-Type": "application/json"}


def generic(body: bytes, secret: str, at_ms: int, nonce: str) -> dict[str, str]:
    """The scheme that the tests' routes.yaml spells out: base64 of HMAC-SHA512 over `{timestamp}/{nonce}/{body}`."""
    content = f"{at_ms}/{nonce}/".encode() + body
    code = base64.b64encode(hmac.digest(bytes.fromhex(secret), content, "sha512")).decode()
    return {"X-Sign": f"v2:{code}", "X-Time": str(at_ms), "X-Nonce": nonce, "Content-Type": "application/json"}
