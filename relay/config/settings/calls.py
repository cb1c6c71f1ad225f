"""The requests of a destination beside the one that posts."""

from typing import Annotated

from msgspec import Meta

from relay.config.kinds import Duration
from relay.config.settings.parts import Count, Factor, Method, Settings
from relay.config.settings.requests import CallSettings
from relay.destinations.judge import Rule
from relay.destinations.lookup import NOT_NOW


class LookupSettings(CallSettings, frozen=True, kw_only=True):
    """How the destination is asked whether it has a document: `first` after the doubt, `times` times, as far apart.
    `result`: what answers mean that say neither."""

    url: str
    found: str
    missing: str
    result: list[Rule] = []
    method: Method = "GET"
    document: str | None = None
    data: dict[str, str] = {}
    first: Duration = Duration("2m")
    times: Count = 3

    def __post_init__(self) -> None:
        if any(rule.outcome not in NOT_NOW for rule in self.result):
            raise ValueError(
                "a lookup's result knows unauthorised, retry and throttled; found and missing say the rest"
            )


class StepSettings(CallSettings, frozen=True, kw_only=True):
    """A request that follows once those before it are done. It must be harmless when repeated."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,39}$")]
    url: str
    method: Method = "POST"
    when: str | None = None
    result: list[Rule] = []


class ToldSettings(Settings, frozen=True):
    """What a destination that calls back means by what it posts."""

    result: list[Rule]


class ConfirmSettings(CallSettings, frozen=True, kw_only=True):
    """How it is learned what became of what was accepted: asked `first` after it, then ever less often, `within` so
    long. Without `url` only what the destination posts counts."""

    url: str | None = None
    method: Method = "GET"
    result: list[Rule] = []
    callback: ToldSettings | None = None
    first: Duration = Duration("30s")
    factor: Factor = 2
    cap: Duration = Duration("10m")
    within: Duration = Duration("24h")
