"""`sources:`, and what they fetch."""

from typing import Literal

import msgspec

from relay.config.kinds import Duration, Network, Rate, Size
from relay.config.settings.parts import Method, OneOrMore, Settings
from relay.config.settings.requests import CallSettings
from relay.destinations.judge import Rule
from relay.signatures.beside import Beside
from relay.signatures.vocabulary import Vocabulary

CallbackState = Literal["delivered", "held", "dead", "accepted", "retrying"]


class CallbackSettings(Settings, frozen=True):
    """Where a source hears how its events ended. `on`: of which ends. `routes`: of which routes; all unless set."""

    to: str
    on: tuple[CallbackState, ...] = ("delivered", "held", "dead")
    routes: list[str] | None = None


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
