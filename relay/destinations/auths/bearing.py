"""What the kinds have in common that put a session's token into Authorization."""

from collections.abc import Callable, Mapping
from typing import Annotated, Self

from relay.described import DurationText, says
from relay.destination import Moment, Request, Session, Steps
from relay.destinations.auths.fingerprint import fingerprint_of
from relay.destinations.auths.placing import with_header
from relay.destinations.auths.setting import FixedSetting
from relay.duration import parse_duration_ms


class BearingSetting(FixedSetting, frozen=True, kw_only=True):
    """Settings that are their own login."""

    lasts: Annotated[DurationText, says("how long a token holds that doesn't say", "1h")] = "1h"
    early: Annotated[DurationText, says("how long before its end it is renewed", "5m")] = "5m"

    @property
    def login(self) -> Self:
        return self

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self)

    @property
    def early_ms(self) -> int:
        return parse_duration_ms(self.early)

    def steps(self, moment: Callable[[], Moment], kept: Mapping[str, str]) -> Steps:
        """As relay.destination.Login says."""
        raise NotImplementedError

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        """With the session's token (RFC 6750)."""
        return with_header(request, "Authorization", f"Bearer {session.values['token']}") if session else request
