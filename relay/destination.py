"""The contract of a destination: what it is sent, how its answers are judged, and how it is asked in doubt."""

from collections.abc import Callable, Generator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from relay.breaker import Breaker
from relay.hosts import Hosts
from relay.language.expression import Expression, Value
from relay.language.mapping import RequestPlan
from relay.outcome import Verdict
from relay.retry import Retry
from relay.schema import Schema
from relay.signature import Scheme


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request, ready to go. `public`: its host came from the payload, and may lead to no private network."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    public: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer, headers with lower-case names, the body unpacked and whole (`cut` says if it isn't)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False


class Ambiguous(StrEnum):
    """What follows an attempt in doubt."""

    HOLD = "hold"
    LOOKUP = "lookup"
    RESEND = "resend"


class Asked(StrEnum):
    """What a lookup came to; untold: the answer says neither."""

    FOUND = "found"
    MISSING = "missing"
    UNTOLD = "untold"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`fault`: the lane's, so that the lookup doesn't count."""

    asked: Asked
    document: str | None = None
    data: dict[str, Any] | None = None
    fault: Verdict | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a lane allows at once, over all workers. `pace_ms` is the time between two starts, 0 for none."""

    concurrency: int = 8
    pace_ms: float = 0
    timeout_ms: int = 30_000
    stop_after: int = 10
    retry: Retry = Retry()
    breaker: Breaker = Breaker()
    ambiguous: Ambiguous = Ambiguous.HOLD
    lookup_first_ms: int = 120_000
    lookup_times: int = 3


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When a request is authorised, in ms since 1970, and a text that no other request has."""

    now_ms: int
    nonce: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a login gave. `lasts_ms`: None until it is refused; `kept`: what the next login needs of this one."""

    values: dict[str, Any] = {}
    cookies: dict[str, str] = {}
    kept: dict[str, str] = {}
    lasts_ms: int | None = None


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """A JWT that is to be signed; `key` is a private key in PEM. Never shown."""

    key: str
    algorithm: str
    key_id: str | None
    claims: dict[str, Any]

    def __repr__(self) -> str:
        return "Assertion(...)"


Steps = Generator[Request | Assertion, Any, Session]


class Login(Protocol):
    """How a session is begun; pure. `fingerprint` tells credentials apart without giving them away; `early_ms`: how
    long before its end a session is renewed."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def early_ms(self) -> int: ...

    def steps(self, moment: Callable[[], Moment], kept: Mapping[str, str]) -> Steps:
        """Yields requests and assertions, is sent answers and tokens. Raises LoginRefused, LoginLater."""


class Auth(Protocol):
    """Puts credentials on a request, as late as possible, so that they are never stored with it; pure."""

    @property
    def login(self) -> Login | None:
        """Where requests need a session."""

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        """`session`: what `login` gave. Raises RelayError where it can't be done; its text may be shown."""

    def secrets(self) -> list[str]:
        """The values to be masked wherever a request is shown."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """How Relay's end of TLS proves itself, and whom it believes: all in PEM. `ca`: instead of the system's. Never
    shown."""

    cert: str | None = None
    key: str | None = None
    ca: str | None = None

    def __repr__(self) -> str:
        return "Identity(...)"


class Judge(Protocol):
    """Decides what an answer means; pure. Names are what expressions see beside the answer."""

    def judge(self, answer: Answer, names: Mapping[str, Any]) -> Verdict: ...


class Finder(Protocol):
    """Decides what the answer to a lookup means; pure."""

    def find(self, answer: Answer, names: Mapping[str, Any]) -> Finding: ...


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request beside the one that posts: a lookup, say. `plan`: what it holds beside the destination's headers."""

    method: str
    url: Value
    plan: RequestPlan | None = None


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """How a destination is asked whether it has a document."""

    call: Call
    finder: Finder


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A request that follows once those before it are done, where `when` holds. It is harmless when repeated."""

    name: str
    call: Call
    judge: Judge
    when: Expression | None = None


class Confirm(msgspec.Struct, frozen=True, kw_only=True):
    """How it is learned what became of what was accepted. `call`: what asks, None where only what the destination posts
    counts; `told` decides on that. `wait`: before the first time and between them; `within_ms`: then it is held."""

    call: Call | None
    judge: Judge
    told: Judge
    wait: Retry
    within_ms: int


class Signing(msgspec.Struct, frozen=True):
    """How Relay proves itself to this destination."""

    scheme: Scheme
    secret: str


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A destination as it runs. `request` is its own, used where a route has none; None sends the event as it came.
    `envelope`: what that is put into. `then`: the steps that follow it. `posts`: a request books something. `vars` are
    in its expressions already. `bare`: a request that says no body has none, and isn't the event; it is harmless when
    repeated. `hosts`: what the payload may choose from, where it chooses. `schema`: what requests'
    bodies must look like."""

    name: str
    url: Value
    method: str
    headers: Mapping[str, Value]
    auth: Auth
    judge: Judge
    limits: Limits
    request: RequestPlan | None = None
    envelope: RequestPlan | None = None
    sign: Signing | None = None
    lookup: Lookup | None = None
    then: Sequence[Step] = ()
    confirm: Confirm | None = None
    posts: bool = False
    bare: bool = False
    vars: Mapping[str, Any] = {}
    hosts: Hosts | None = None
    schema: Schema | None = None
    identity: Identity | None = None
