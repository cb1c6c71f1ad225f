"""OAuth 1.0a with a token that is given out once, as NetSuite's token-based authentication has it (RFC 5849)."""

from importlib import import_module
from typing import Annotated, Literal

from relay.described import says, unless
from relay.destination import Moment, Request, Session
from relay.destinations.auths.placing import with_header
from relay.destinations.auths.setting import FixedSetting, check

_WRITER = "relay.destinations.auths.oauth1_header"


class OAuth1Auth(FixedSetting, frozen=True, kw_only=True):
    """Each attempt has a nonce and a time of its own: NetSuite refuses a header that it has seen."""

    consumer_key: Annotated[str, says("the application's key", "${NETSUITE_CONSUMER_KEY}")]
    consumer_secret: Annotated[str, says("its secret", "${NETSUITE_CONSUMER_SECRET}")]
    token: Annotated[str, says("the token that was given out", "${NETSUITE_TOKEN}")]
    token_secret: Annotated[str, says("its secret", "${NETSUITE_TOKEN_SECRET}")]
    realm: Annotated[str | None, says("whose account it is", "1234567_SB1"), unless("none")] = None
    method: Annotated[Literal["HMAC-SHA256", "HMAC-SHA1"], says("how it is signed", "HMAC-SHA256")] = "HMAC-SHA256"

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
