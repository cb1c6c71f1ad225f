"""`sources:`, and what they fetch."""

from typing import Annotated, Literal

import msgspec

from relay.config.kinds import Duration, Network, Rate, Size
from relay.config.settings.parts import Method, OneOrMore, Settings
from relay.config.settings.requests import CallSettings
from relay.described import Bare, Braced, SchemeName, says, unless
from relay.destinations.judge import Rule
from relay.signatures.beside import Beside
from relay.signatures.vocabulary import Vocabulary

CallbackState = Literal["delivered", "held", "dead", "accepted", "retrying"]


class CallbackSettings(Settings, frozen=True):
    """Where a source hears how its events ended."""

    to: Annotated[str, says("the destination that is told", "expenses-status")]
    on: Annotated[
        tuple[CallbackState, ...],
        says("which ends it is told of", ["delivered", "dead"]),
        unless("`delivered`, `held`, `dead`"),
    ] = ("delivered", "held", "dead")
    routes: Annotated[
        list[str] | None, says("which routes' deliveries it is told of", ["paid-expense-to-voucher"]), unless("all")
    ] = None


class FetchSettings(CallSettings, frozen=True, kw_only=True):
    """A document that is read before an event is routed."""

    destination: Annotated[
        str,
        says("who is asked: its login, limits, rate, breaker, retries, headers, signature and `vars` hold", "hesi-api"),
    ]
    url: Annotated[
        Braced | None,
        says("the whole address; this or `path`", "https://api.example.com/flows/{{ body.flowId }}"),
        unless("`path` says it"),
    ] = None
    path: Annotated[
        Braced | None,
        says(
            "begins with `/` and goes to `vars.base` of the destination, else to the host of its `url`",
            "/api/openapi/v1.1/flowDetails",
        ),
        unless("`url` says it"),
    ] = None
    method: Annotated[Method, says("must be harmless when repeated", "GET")] = "GET"
    when: Annotated[Bare | None, says("which events need it", "flow.value.form.payeeId is defined"), unless("all")] = (
        None
    )
    order_by: Annotated[
        Braced | None,
        says("its order key", "{{ body.flowId }}"),
        unless("what the fetch before it had; of the first the address as rendered"),
    ] = None
    on_dead: Annotated[
        Literal["block", "continue"],
        says("may later events of the key go on after one that can't be read?", "continue"),
    ] = "block"
    result: Annotated[
        list[Rule] | None,
        says("what its answer means", [{"when": "status == 412", "outcome": "rejected"}]),
        unless("as the file says of the destination, and not its preset; else by the status"),
    ] = None


class SourceSettings(Beside, frozen=True, kw_only=True):
    """A sender."""

    verify: Annotated[
        SchemeName | Vocabulary | list[Vocabulary],
        says(
            "how a sender proves itself: a signature scheme's name ([sources.md](sources.md)), a mapping "
            "that spells one out, or a list of mappings of which any will do",
            "standard-webhooks",
            {"algorithm": "token", "path": True},
        ),
    ]
    secret: Annotated[
        OneOrMore,
        says(
            "one, or a list while a secret rolls: any of them opens",
            "${EXPENSES_SECRET}",
            ["${NEW_SECRET}", "${OLD_SECRET}"],
        ),
        unless("none; most schemes want one"),
    ] = msgspec.field(default_factory=list)
    vars: Annotated[
        dict[str, str],
        says(
            "texts that the scheme asks for, and that the source's expressions know as `vars.NAME`",
            {"corp": "ww1436e0e65a779aee"},
        ),
        unless("none"),
    ] = msgspec.field(default_factory=dict)
    dedupe: Annotated[
        Duration | None, says("how long an id is remembered", "30d"), unless("what the scheme says, else `30d`")
    ] = None
    rate: Annotated[
        Rate | None,
        says("requests in a second, minute or hour; more are answered 429, by each web process", "200/s"),
        unless("no limit"),
    ] = None
    allow: Annotated[
        list[Network],
        says("senders' networks; behind trusted proxies the forwarded address counts", ["10.0.0.0/8"]),
        unless("any"),
    ] = msgspec.field(default_factory=list)
    max_body: Annotated[Size | None, says("how large a request may be", "4MiB"), unless("as in `defaults`")] = None
    public_url: Annotated[
        str | None,
        says("the address as the platform has it, for schemes that sign it", "https://relay.example.com/in/expenses"),
        unless("`server.public_url` and `/in/NAME`"),
    ] = None
    callback: Annotated[
        str | CallbackSettings | None,
        says(
            "who hears how its events ended: a destination's name, a mapping, or `none`",
            "expenses-status",
            {"to": "expenses-status", "on": ["delivered", "dead"]},
            "none",
        ),
        unless("none"),
    ] = None
    schema: Annotated[
        str | None, says("a file: the JSON Schema of its bodies", "schemas/expense.json"), unless("none")
    ] = None
    fetch: Annotated[
        dict[str, FetchSettings],
        says(
            "documents that are read before its events are routed, by the name that expressions know them by",
            {"flow": {"destination": "hesi-api", "path": "/api/flows/{{ body.flowId }}"}},
        ),
        unless("none"),
    ] = msgspec.field(default_factory=dict)
