"""`destinations:`."""

from typing import Annotated, Any

from relay.config.kinds import Charset, Duration, HostName, Rate
from relay.config.settings.calls import ConfirmSettings, LookupSettings, StepSettings
from relay.config.settings.parts import Count, Factor, Many, Method, Settings
from relay.config.settings.requests import FilingSettings, RequestSettings
from relay.described import Braced, PresetName, SchemeName, says, unless
from relay.destination import Ambiguous
from relay.destinations.auth import AuthSettings
from relay.destinations.content import Kind
from relay.destinations.judge import Rule
from relay.signatures.vocabulary import Vocabulary
from relay.texts import _


class RetrySettings(Settings, frozen=True):
    """When what wasn't taken is tried again."""

    first: Annotated[Duration, says("the first wait; ±10% of chance", "30s")] = Duration("30s")
    factor: Annotated[Factor, says("by what each wait grows", 2)] = 2
    cap: Annotated[Duration, says("the longest wait", "30m")] = Duration("30m")
    attempts: Annotated[Many, says("how many attempts there are; 0 is no limit", 20)] = 0
    expire: Annotated[Duration, says("what is still not delivered after this is held", "30d")] = Duration("30d")


class BreakerSettings(Settings, frozen=True):
    """When a lane stops, and how it probes."""

    failures: Annotated[Count, says("after so many in a row the lane opens", 3)] = 5
    probe: Annotated[Duration, says("then one attempt at a time, so far apart, doubling", "5s")] = Duration("30s")
    cap: Annotated[Duration, says("the longest time between two probes", "10m")] = Duration("10m")


class SignSettings(Settings, frozen=True):
    """How Relay proves itself."""

    scheme: Annotated[SchemeName | Vocabulary, says("a scheme as in `verify`", "standard-webhooks")]
    secret: Annotated[str, says("what it signs with", "${STATUS_SECRET}")]


class MtlsSettings(Settings, frozen=True):
    """How Relay proves itself in TLS, and whom it believes instead of the system's authorities: PEM."""

    cert: Annotated[Braced | None, says("Relay's certificate, PEM", "${file:tls/relay.pem}"), unless("none")] = None
    key: Annotated[
        Braced | None,
        says("its private key, PEM, not encrypted; goes with `cert`", "${file:tls/relay.key}"),
        unless("none"),
    ] = None
    ca: Annotated[
        Braced | None, says("whom it believes, PEM", "${file:tls/ca.pem}"), unless("the system's authorities")
    ] = None

    def __post_init__(self) -> None:
        if (self.cert is None) is not (self.key is None):
            raise ValueError(_("cert and key go together: say both"))


class DestinationSettings(Settings, frozen=True):
    """Where requests go."""

    preset: Annotated[
        PresetName, says("what fills in the rest: one of [these](destinations.md)", "kingdee-k3cloud")
    ] = "http"
    extends: Annotated[
        str | None,
        says(
            "start from another destination. `vars`, `headers`, `retry`, `breaker`, `lookup` "
            "and `confirm` are joined key by key, all else is replaced",
            "erp-base",
        ),
        unless("none"),
    ] = None
    abstract: Annotated[bool, says("it is only a base, to be extended", True)] = False
    posts: Annotated[
        bool | None,
        says("a request books something: each route to it must say `once`, and one goes at a time", True),
        unless("as the preset says; `http`: false"),
    ] = None
    vars: Annotated[
        dict[str, Any],
        says(
            "values that all expressions of the destination know, as `vars.NAME`; what a preset asks for stands here",
            {"base": "https://erp.example.com", "company": "1010"},
        ),
        unless("none"),
    ] = {}
    url: Annotated[
        Braced | None,
        says("whole; a preset's, or `{{ vars.base }}`, where that is", "https://erp.example.com/api/vouchers"),
        unless("must be set otherwise"),
    ] = None
    method: Annotated[Method, says("how it is posted", "PUT")] = "POST"
    auth: Annotated[
        AuthSettings | None,
        says(
            "how Relay logs in or proves itself; its keys depend on `type`",
            {"type": "basic", "username": "relay", "password": "${ERP_PASSWORD}"},
        ),
        unless("none"),
    ] = None
    mtls: Annotated[
        MtlsSettings | None,
        says(
            "how Relay proves itself in TLS, beside any `auth`",
            {"cert": "${file:tls/relay.pem}", "key": "${file:tls/relay.key}"},
        ),
        unless("none; the system's authorities"),
    ] = None
    headers: Annotated[
        dict[str, Braced], says("headers of all its requests", {"X-Tenant": "1010"}), unless("none")
    ] = {}
    timeout: Annotated[Duration, says("for the whole request; connecting has at most 10 s of it", "30s")] = Duration(
        "30s"
    )
    concurrency: Annotated[
        Count | None, says("how many at once, over all workers", 1), unless("8; 1 where it `posts`")
    ] = None
    rate: Annotated[
        Rate | None, says("how many in a second, minute or hour: paced, over all workers", "10/s"), unless("no limit")
    ] = None
    retry: Annotated[
        RetrySettings, says("when it is tried again", {"first": "30s", "factor": 2, "cap": "30m", "expire": "30d"})
    ] = RetrySettings()
    breaker: Annotated[
        BreakerSettings, says("when the lane stops and probes", {"failures": 5, "probe": "30s", "cap": "10m"})
    ] = BreakerSettings()
    stop_after: Annotated[
        Many, says("so many different documents refused in a row for one reason pause the lane; 0 is never", 10)
    ] = 10
    ambiguous: Annotated[
        Ambiguous | None,
        says("what becomes of an attempt in doubt", "hold"),
        unless("`lookup` where that is given, else `hold`; `resend` for callbacks"),
    ] = None
    answer: Annotated[Kind, says("what its answers are", "xml")] = Kind.JSON
    charset: Annotated[
        Charset | None,
        says("what its answers are written in, whatever they say", "GBK"),
        unless("what they say, else UTF-8"),
    ] = None
    hosts: Annotated[
        list[HostName],
        says("what hosts an address may have that the payload chooses", ["erp.corp.internal", "*.erp.example.com"]),
        unless("none: no payload chooses"),
    ] = []
    result: Annotated[
        list[Rule],
        says(
            "what an answer means: the first rule that holds decides",
            [
                {
                    "when": "status == 200 and body.code == '0'",
                    "outcome": "delivered",
                    "document": "{{ body.data.billCode }}",
                }
            ],
        ),
        unless("by its status"),
    ] = []
    lookup: Annotated[
        LookupSettings | None,
        says(
            "how to ask whether it has a document",
            {
                "url": "https://erp.example.com/api/vouchers?ref={{ delivery.key }}",
                "found": "body.total > 0",
                "missing": "body.total == 0",
            },
        ),
        unless("none"),
    ] = None
    then: Annotated[
        list[StepSettings],
        says(
            "the requests that follow it",
            [
                {
                    "name": "submit",
                    "url": "https://erp.example.com/api/submit",
                    "body": {"number": "{{ steps.post.document }}"},
                }
            ],
        ),
        unless("none"),
    ] = []
    confirm: Annotated[
        ConfirmSettings | None,
        says(
            "how to learn what became of what was accepted",
            {
                "url": "https://erp.example.com/jobs/{{ accepted.document }}",
                "result": [{"when": "body.state == 'DONE'", "outcome": "delivered"}],
            },
        ),
        unless("none: a person ends it"),
    ] = None
    sign: Annotated[
        SignSettings | None,
        says("how Relay proves itself by a signature", {"scheme": "standard-webhooks", "secret": "${STATUS_SECRET}"}),
        unless("none"),
    ] = None
    schema: Annotated[
        str | None,
        says("a file: the JSON Schema of the bodies that it is sent", "schemas/voucher.yaml"),
        unless("none"),
    ] = None
    request: Annotated[
        FilingSettings | None,
        says(
            "what is sent where the route says nothing",
            {"body": {"billNo": "{{ origin.body.number }}", "state": "{{ body.delivery.state }}"}},
        ),
        unless("the event as it came"),
    ] = None
    envelope: Annotated[
        RequestSettings | None,
        says(
            "what a request is put into, as `content`",
            {"body": {"formid": "GL_VOUCHER", "data": {"Model": "{{ content }}"}}},
        ),
        unless("nothing"),
    ] = None
