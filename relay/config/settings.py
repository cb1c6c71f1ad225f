"""What may stand in routes.yaml: one Struct for each part, from which a schema can be generated too."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from relay.config.kinds import Charset, Duration, HostName, Listener, Network, Rate, Size, Zone
from relay.destination import Ambiguous
from relay.destinations.auth import AuthSettings
from relay.destinations.content import Kind
from relay.destinations.judge import Rule
from relay.destinations.lookup import NOT_NOW
from relay.signatures.beside import Beside
from relay.signatures.vocabulary import Vocabulary

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Factor = Annotated[int, Meta(ge=1, le=100)] | Decimal
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Many = Annotated[int, Meta(ge=0, le=1_000_000)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
OneOrMore = str | list[str]
CallbackState = Literal["delivered", "held", "dead", "accepted", "retrying"]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file; a key that isn't declared is refused."""


class RetentionSettings(Settings, frozen=True):
    """How long what has ended is kept: bodies, and records of what was done; for ever unless set."""

    bodies: Duration | None = None
    records: Duration | None = None

    def __post_init__(self) -> None:
        if self.bodies and self.records and self.bodies.ms > self.records.ms:
            raise ValueError("a body goes with the last record of it: let bodies be no longer than records")


class DefaultSettings(Settings, frozen=True):
    """What holds unless a source says otherwise. `timezone`: where times without a zone are."""

    timezone: Zone | None = None
    max_body: Size | None = None
    retention: RetentionSettings | None = None


class ServerSettings(Settings, frozen=True):
    """`trusted_proxies`: whose X-Forwarded-For is believed. `public_url`: where destinations reach this relay. `admin`:
    where /api and /metrics are, and nowhere else."""

    public_url: Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+[^?#\s]*$")] | None = None
    trusted_proxies: list[Network] = []
    admin: Listener | None = None


class CallbackSettings(Settings, frozen=True):
    """Where a source hears how its events ended. `on`: of which ends. `routes`: of which routes; all unless set."""

    to: str
    on: tuple[CallbackState, ...] = ("delivered", "held", "dead")
    routes: list[str] | None = None


class RequestSettings(Settings, frozen=True):
    """What is sent: a `body` tree, a `template` (a file, or the text itself) or a `form`; none of them is the event as
    it came. As `envelope` it is what a route's request is put into."""

    body: Any = msgspec.UNSET
    template: str | None = None
    form: dict[str, Any] | None = None
    headers: dict[str, str] = {}
    query: dict[str, Any] = {}
    content_type: str | None = None


class CallSettings(RequestSettings, frozen=True, kw_only=True):
    """A request beside the one that posts. `answer`: what its answer is, where that isn't what the others are."""

    answer: Kind | None = None


class FetchSettings(CallSettings, frozen=True, kw_only=True):
    """A document that is read before an event is routed. `url`, or the `path` behind what its destination has as its
    address. `when`: which events need it."""

    destination: str
    url: str | None = None
    path: str | None = None
    method: Method = "GET"
    when: str | None = None
    order_by: str | None = None
    on_dead: Literal["block", "continue"] = "block"
    result: list[Rule] | None = None


class SourceSettings(Beside, frozen=True, kw_only=True):
    """A sender. `verify`: a signature scheme's name, a mapping that spells one out, or a list of mappings of
    which any will do. `vars`: what the scheme asks for, and what the source's own expressions know as `vars.NAME`."""

    verify: str | Vocabulary | list[Vocabulary]
    secret: OneOrMore = msgspec.field(default_factory=list)
    vars: dict[str, str] = msgspec.field(default_factory=dict)
    dedupe: Duration | None = None
    rate: Rate | None = None
    allow: list[Network] = msgspec.field(default_factory=list)
    max_body: Size | None = None
    public_url: str | None = None
    callback: str | CallbackSettings | None = None
    schema: str | None = None
    fetch: dict[str, FetchSettings] = msgspec.field(default_factory=dict)


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


class FilingSettings(RequestSettings, frozen=True, kw_only=True):
    """A request of a delivery. `files`: a list, or $each; each has url, name, filename, content_type, sha256."""

    files: Any = msgspec.UNSET


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


class TableSettings(Settings, frozen=True, rename={"from_": "from"}):
    """A lookup for mappings: a CSV or YAML file, the columns that are its key, and the one with the day from which a
    row holds, until the next of that key."""

    file: str
    key: OneOrMore
    from_: str | None = None


class AfterSettings(Settings, frozen=True):
    """A delivery is made when one of these routes' deliveries has ended so, and sees it as `prior`."""

    routes: OneOrMore
    state: Literal["delivered", "dead"] = "delivered"


class DemandSettings(Settings, frozen=True, rename={"otherwise": "else"}):
    """What must hold of a request before it is sent, and the reason where it doesn't."""

    that: str
    otherwise: str


class RouteSettings(Settings, frozen=True, rename={"from_": "from"}):
    """A rule: from a source, when an expression holds, to a destination, with what request."""

    name: Name
    from_: OneOrMore
    to: OneOrMore
    when: str | bool = True
    once: str | None = None
    order_by: str | None = None
    on_dead: Literal["block", "continue"] = "block"
    after: AfterSettings | None = None
    reverses: str | None = None
    require: list[DemandSettings] = []
    hold: str | bool = False
    request: FilingSettings | None = None


class TestSettings(Settings, frozen=True):
    """An example event and what must become of it; run by `relay check`."""

    name: Name
    source: str
    body: Any = None
    headers: dict[str, str] = {}
    takes: list[str] | None = None
    sends: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
