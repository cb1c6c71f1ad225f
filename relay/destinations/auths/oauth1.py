"""OAuth 1.0a with a token that is given out once, as NetSuite's token-based authentication has it (RFC 5849)."""

import base64
import hmac
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth1.rfc5849.parameters import prepare_headers
from authlib.oauth1.rfc5849.signature import construct_base_string
from authlib.oauth1.rfc5849.util import escape

from relay.destination import Moment, Request, Session
from relay.destinations.auths.placing import with_header
from relay.destinations.auths.setting import FixedSetting, check

_FORM = "application/x-www-form-urlencoded"
_DIGESTS = {"HMAC-SHA256": "sha256", "HMAC-SHA1": "sha1"}


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
        said = [
            ("oauth_nonce", moment.nonce),
            ("oauth_timestamp", str(moment.now_ms // 1000)),
            ("oauth_version", "1.0"),
            ("oauth_signature_method", self.method),
            ("oauth_consumer_key", self.consumer_key),
            ("oauth_token", self.token),
        ]
        signed = [*said, ("oauth_signature", self._signature(request, said))]
        header = prepare_headers(signed, {}, realm=self.realm)["Authorization"]
        return with_header(request, "Authorization", header)

    def _signature(self, request: Request, said: list[tuple[str, str]]) -> str:
        params = [*said, *_pairs(urlsplit(request.url).query), *_fields(request)]
        base = construct_base_string(request.method, request.url, params)
        key = f"{escape(self.consumer_secret)}&{escape(self.token_secret)}".encode()
        return base64.b64encode(hmac.digest(key, base.encode(), _DIGESTS[self.method])).decode()

    def secrets(self) -> list[str]:
        return [self.consumer_secret, self.token_secret, self.token]


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _fields(request: Request) -> list[tuple[str, str]]:
    content_type = next((text for name, text in request.headers.items() if name.lower() == "content-type"), "")
    return _pairs(request.body.decode()) if content_type.startswith(_FORM) else []
