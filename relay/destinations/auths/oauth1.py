"""OAuth 1.0a with a token that is given out once, as NetSuite's token-based authentication has it (RFC 5849)."""

import base64
import hmac
from typing import Any, Literal

from authlib.oauth1.rfc5849.client_auth import ClientAuth
from authlib.oauth1.rfc5849.parameters import prepare_headers
from authlib.oauth1.rfc5849.signature import generate_signature_base_string
from authlib.oauth1.rfc5849.util import escape

from relay.destination import Moment, Request, Session
from relay.destinations.auths.placing import with_header
from relay.destinations.auths.setting import FixedSetting, check

_FORM = "application/x-www-form-urlencoded"


class OAuth1Auth(FixedSetting, frozen=True, kw_only=True):
    """Each attempt has a nonce and a time of its own: NetSuite refuses a header that it has seen."""

    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str
    realm: str | None = None
    method: Literal["HMAC-SHA256", "HMAC-SHA1"] = "HMAC-SHA256"

    def __post_init__(self) -> None:
        for key in ("consumer_key", "consumer_secret", "token", "token_secret"):
            check(key, getattr(self, key))

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        """A form's fields are signed too (RFC 5849, 3.4.1.3); no other body is."""
        signer = ClientAuth(
            self.consumer_key, self.consumer_secret, self.token, self.token_secret, signature_method=self.method
        )
        said = signer.get_oauth_params(moment.nonce, str(moment.now_ms // 1000))
        content_type = next((text for name, text in request.headers.items() if name.lower() == "content-type"), "")
        body = request.body.decode() if content_type.startswith(_FORM) else ""
        headers = {**_header(said, self.realm), "Content-Type": content_type}
        signature = signer.get_oauth_signature(request.method, request.url, headers, body)
        return with_header(
            request, "Authorization", _header([*said, ("oauth_signature", signature)], self.realm)["Authorization"]
        )

    def secrets(self) -> list[str]:
        return [self.consumer_secret, self.token_secret, self.token]


def _header(said: list[tuple[str, str]], realm: str | None) -> dict[str, str]:
    return dict(prepare_headers(said, {}, realm=realm))


def _hmac_sha256(client: Any, request: Any) -> str:
    """authlib signs by SHA-1 alone of the HMACs; the base string and the key are the same (RFC 5849, 3.4.2)."""
    key = f"{escape(client.client_secret)}&{escape(client.token_secret)}".encode()
    made = hmac.digest(key, generate_signature_base_string(request).encode(), "sha256")
    return base64.b64encode(made).decode()


ClientAuth.register_signature_method("HMAC-SHA256", _hmac_sha256)
