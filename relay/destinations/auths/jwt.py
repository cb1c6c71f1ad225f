"""A bearer token that Relay signs itself with a private key (RFC 7519)."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec

from relay.described import says, unless
from relay.destination import Assertion, Moment, Session, Steps
from relay.destinations.auths.bearing import BearingSetting
from relay.destinations.auths.setting import check_duration, check_key
from relay.duration import parse_duration_ms

Algorithm = Literal["RS256", "PS256", "ES256"]


class JwtAuth(BearingSetting, frozen=True, kw_only=True):
    """Made once for its time, and like any session shared by all workers."""

    key: Annotated[str, says("the private key in PEM", "${file:keys/relay.pem}")]
    algorithm: Annotated[Algorithm, says("how it is signed", "ES256")] = "RS256"
    key_id: Annotated[str | None, says("the key's id, in its head", "k1"), unless("none")] = None
    issuer: Annotated[str | None, says("its claim `iss`", "relay"), unless("none")] = None
    subject: Annotated[str | None, says("its claim `sub`", "relay@example.com"), unless("none")] = None
    audience: Annotated[str | None, says("its claim `aud`", "https://erp.example.com"), unless("none")] = None
    claims: Annotated[dict[str, Any], says("further claims", {"tenant": "1010"}), unless("none")] = msgspec.field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        check_key(self.key, self.algorithm)
        check_duration("lasts", self.lasts)
        check_duration("early", self.early)

    def steps(self, moment: Callable[[], Moment], kept: Mapping[str, str]) -> Steps:
        lasts_ms = parse_duration_ms(self.lasts)
        said = {"iss": self.issuer, "sub": self.subject, "aud": self.audience}
        claims = claims_of(moment(), lasts_ms, said) | self.claims
        token = yield Assertion(key=self.key, algorithm=self.algorithm, key_id=self.key_id, claims=claims)
        return Session(values={"token": token}, lasts_ms=lasts_ms)

    def secrets(self) -> list[str]:
        return [self.key]


def claims_of(moment: Moment, lasts_ms: int, said: Mapping[str, str | None]) -> dict[str, Any]:
    """What is said, and since when, until when and under which id it is."""
    now = moment.now_ms // 1000
    times = {"iat": now, "exp": now + lasts_ms // 1000, "jti": moment.nonce}
    return {name: value for name, value in said.items() if value is not None} | times
