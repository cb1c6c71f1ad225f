"""`destinations:`."""

from typing import Any

from relay.config.kinds import Charset, Duration, HostName, Rate
from relay.config.settings.calls import ConfirmSettings, LookupSettings, StepSettings
from relay.config.settings.parts import Count, Factor, Many, Method, Settings
from relay.config.settings.requests import FilingSettings, RequestSettings
from relay.destination import Ambiguous
from relay.destinations.auth import AuthSettings
from relay.destinations.content import Kind
from relay.destinations.judge import Rule
from relay.signatures.vocabulary import Vocabulary


class RetrySettings(Settings, frozen=True):
    """`attempts` 0: no limit. `factor`: by what each wait grows, up to `cap`."""

    first: Duration = Duration("30s")
    factor: Factor = 2
    cap: Duration = Duration("30m")
    attempts: Many = 0
    expire: Duration = Duration("30d")


class BreakerSettings(Settings, frozen=True):
    """Opens after `failures` in a row; then one probe at a time, `probe` apart, growing to `cap`."""

    failures: Count = 5
    probe: Duration = Duration("30s")
    cap: Duration = Duration("10m")


class SignSettings(Settings, frozen=True):
    """How Relay proves itself: a scheme's name, or a mapping that spells one out."""

    scheme: str | Vocabulary
    secret: str


class MtlsSettings(Settings, frozen=True):
    """How Relay proves itself in TLS, and whom it believes instead of the system's authorities: PEM."""

    cert: str | None = None
    key: str | None = None
    ca: str | None = None

    def __post_init__(self) -> None:
        if (self.cert is None) is not (self.key is None):
            raise ValueError("cert and key go together: say both")


class DestinationSettings(Settings, frozen=True):
    """Where requests go. `posts`: a request books something, so that routes to it need `once`. `vars`: values that all
    of its expressions know."""

    preset: str = "http"
    extends: str | None = None
    abstract: bool = False
    posts: bool | None = None
    vars: dict[str, Any] = {}
    url: str | None = None
    method: Method = "POST"
    auth: AuthSettings | None = None
    mtls: MtlsSettings | None = None
    headers: dict[str, str] = {}
    timeout: Duration = Duration("30s")
    concurrency: Count | None = None
    rate: Rate | None = None
    retry: RetrySettings = RetrySettings()
    breaker: BreakerSettings = BreakerSettings()
    stop_after: Many = 10
    ambiguous: Ambiguous | None = None
    answer: Kind = Kind.JSON
    charset: Charset | None = None
    hosts: list[HostName] = []
    result: list[Rule] = []
    lookup: LookupSettings | None = None
    then: list[StepSettings] = []
    confirm: ConfirmSettings | None = None
    sign: SignSettings | None = None
    schema: str | None = None
    request: FilingSettings | None = None
    envelope: RequestSettings | None = None
