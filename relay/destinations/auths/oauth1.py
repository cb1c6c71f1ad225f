"""OAuth 1.0a with a token that is given out once, as NetSuite's token-based authentication has it (RFC 5849)."""

from importlib import import_module
from typing import Literal

from relay.destination import Moment, Request, Session
from relay.destinations.auths.placing import with_header
from relay.destinations.auths.setting import FixedSetting, check

_WRITER = "relay.destinations.auths.oauth1_header"


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
        import_module(_WRITER)  # with the file, so that no request waits for it

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        said = [
            ("oauth_nonce", moment.nonce),
            ("oauth_timestamp", str(moment.now_ms // 1000)),
            ("oauth_version", "1.0"),
            ("oauth_signature_method", self.method),
            ("oauth_consumer_key", self.consumer_key),
            ("oauth_token", self.token),
        ]
        header = import_module(_WRITER).header(request, said, (self.consumer_secret, self.token_secret), self.realm)
        return with_header(request, "Authorization", header)

    def secrets(self) -> list[str]:
        return [self.consumer_secret, self.token_secret, self.token]
