"""OAuth 1.0a from the server's side: the library checks the signature, and a nonce counts once (RFC 5849)."""

from types import SimpleNamespace

from aiohttp import web
from oauthlib.oauth1.rfc5849.signature import collect_parameters, verify_hmac_sha256

from relay.emulators.stage.clock import Clock

TOLERANCE_S = 300


class Verifier:
    """Takes what HMAC-SHA256 signs for one consumer and one token. `account` is the realm, with consumer_key,
    consumer_secret, token and token_secret beside it."""

    def __init__(self, account: dict[str, str], clock: Clock) -> None:
        self._account, self._clock = account, clock
        self._nonces: set[str] = set()

    def is_signed(self, request: web.Request) -> bool:
        """Whether the request is signed, by this consumer, now, for the first time."""
        try:
            headers = {"Authorization": request.headers.get("Authorization", "")}
            found = collect_parameters(request.url.raw_query_string, headers=headers, exclude_oauth_signature=False)
            realm = dict(collect_parameters(headers=headers, with_realm=True)).get("realm")
        except ValueError:
            return False
        given = dict(found)
        nonce = given.get("oauth_nonce", "")
        if realm != self._account["account"] or not self._is_ours(given) or not self._is_first(nonce):
            return False
        return self._fits(request, [each for each in found if each[0] != "oauth_signature"], given["oauth_signature"])

    def _is_ours(self, given: dict[str, str]) -> bool:
        at = given.get("oauth_timestamp", "")
        return (
            given.get("oauth_consumer_key") == self._account["consumer_key"]
            and given.get("oauth_token") == self._account["token"]
            and given.get("oauth_signature_method") == "HMAC-SHA256"
            and bool(given.get("oauth_signature"))
            and at.isdecimal()
            and abs(int(at) - self._clock.now()) < TOLERANCE_S
        )

    def _is_first(self, nonce: str) -> bool:
        first = bool(nonce) and nonce not in self._nonces
        self._nonces.add(nonce)
        return first

    def _fits(self, request: web.Request, params: list[tuple[str, str]], signature: str) -> bool:
        asked = SimpleNamespace(
            http_method=request.method, uri=str(request.url), params=params, signature=signature, headers={}
        )
        return bool(verify_hmac_sha256(asked, self._account["consumer_secret"], self._account["token_secret"]))
