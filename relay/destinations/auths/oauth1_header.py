"""The Authorization header of OAuth 1.0a (RFC 5849). Alone imports the library, which only those who use it load."""

import base64
import hmac
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth1.rfc5849.parameters import prepare_headers
from authlib.oauth1.rfc5849.signature import construct_base_string
from authlib.oauth1.rfc5849.util import escape

from relay.destination import Request

_FORM = "application/x-www-form-urlencoded"
_DIGESTS = {"HMAC-SHA256": "sha256", "HMAC-SHA1": "sha1"}


def header(request: Request, said: list[tuple[str, str]], secrets: tuple[str, str], realm: str | None) -> str:
    """What is `said` with its signature. `secrets`: the consumer's and the token's.

    A form's fields are signed too (RFC 5849, 3.4.1.3); no other body is.
    """
    signed = [*said, ("oauth_signature", _signature(request, said, secrets))]
    written: str = prepare_headers(signed, {}, realm=realm)["Authorization"]
    return written


def _signature(request: Request, said: list[tuple[str, str]], secrets: tuple[str, str]) -> str:
    params = [*said, *_pairs(urlsplit(request.url).query), *_fields(request)]
    base = construct_base_string(request.method, request.url, params)
    key = "&".join(escape(secret) for secret in secrets).encode()
    digest = _DIGESTS[dict(said)["oauth_signature_method"]]
    return base64.b64encode(hmac.digest(key, base.encode(), digest)).decode()


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _fields(request: Request) -> list[tuple[str, str]]:
    content_type = next((text for name, text in request.headers.items() if name.lower() == "content-type"), "")
    return _pairs(request.body.decode()) if content_type.startswith(_FORM) else []
