"""The requests of a destination beside the one that posts."""

from typing import Annotated

from msgspec import Meta

from relay.config.kinds import Duration
from relay.config.settings.parts import Count, Factor, Method, Settings
from relay.config.settings.requests import CallSettings
from relay.described import Bare, Braced, says, unless
from relay.destinations.judge import Rule
from relay.destinations.lookup import NOT_NOW
from relay.texts import _


class LookupSettings(CallSettings, frozen=True, kw_only=True):
    """How the destination is asked whether it has a document."""

    url: Annotated[Braced, says("where it is asked", "https://erp.example.com/api/vouchers?ref={{ delivery.key }}")]
    found: Annotated[Bare, says("it has it: delivered", "status == 200 and body.total > 0")]
    missing: Annotated[
        Bare,
        says("it hasn't: sent again, the same bytes, once that is said each time", "status == 200 and body.total == 0"),
    ]
    result: Annotated[
        list[Rule],
        says(
            "what answers mean that say neither: `unauthorised`, `retry` and `throttled`",
            [{"when": "body.code == 401", "outcome": "unauthorised"}],
        ),
        unless("by their status"),
    ] = []
    method: Annotated[Method, says("how it is asked", "POST")] = "GET"
    document: Annotated[
        Braced | None, says("the number of what was found", "{{ body.rows[0].billCode }}"), unless("none")
    ] = None
    data: Annotated[
        dict[str, Braced],
        says("values from the answer, as in a result rule", {"period": "{{ body.rows[0].period }}"}),
        unless("none"),
    ] = {}
    first: Annotated[Duration, says("how long after the doubt it is asked", "2m")] = Duration("2m")
    times: Annotated[Count, says("how often, as far apart", 3)] = 3

    def __post_init__(self) -> None:
        if any(rule.outcome not in NOT_NOW for rule in self.result):
            raise ValueError(
                _("a lookup's result knows unauthorised, retry and throttled; found and missing say the rest")
            )


class StepSettings(CallSettings, frozen=True, kw_only=True):
    """A request that follows once those before it are done. It must be harmless when repeated."""

    name: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,39}$")],
        says("how it is called: its answer is `steps.NAME.document` and `.data`", "submit"),
    ]
    url: Annotated[Braced, says("where it goes", "https://erp.example.com/api/submit")]
    method: Annotated[Method, says("how it goes", "POST")] = "POST"
    when: Annotated[
        Bare | None, says("where it doesn't hold, the step is left out", "vars.until == 'C'"), unless("always")
    ] = None
    result: Annotated[
        list[Rule],
        says("what its answer means", [{"when": "body.success", "outcome": "delivered"}]),
        unless("by its status"),
    ] = []


class ToldSettings(Settings, frozen=True):
    """What a destination that calls back means by what it posts."""

    result: Annotated[
        list[Rule],
        says("what is meant by what it posts", [{"when": "body.decision == 'agree'", "outcome": "delivered"}]),
    ]


class ConfirmSettings(CallSettings, frozen=True, kw_only=True):
    """How it is learned what became of what was accepted: it is asked, ever less often, or tells it itself."""

    url: Annotated[
        Braced | None,
        says(
            "where it is asked, over `accepted.document` and `accepted.data`",
            "https://erp.example.com/jobs/{{ accepted.document }}",
        ),
        unless("only what it posts counts"),
    ] = None
    method: Annotated[Method, says("how it is asked", "POST")] = "GET"
    result: Annotated[
        list[Rule],
        says(
            "what its answers mean; `accepted` means not yet",
            [{"when": "body.state == 'DONE'", "outcome": "delivered"}],
        ),
        unless("none; needed with `url`"),
    ] = []
    callback: Annotated[
        ToldSettings | None,
        says(
            "what it means by what it posts to `delivery.confirm_url`",
            {"result": [{"when": "body.decision == 'agree'", "outcome": "delivered"}]},
        ),
        unless("as `result` says"),
    ] = None
    first: Annotated[Duration, says("how long after it was accepted it is asked", "30s")] = Duration("30s")
    factor: Annotated[Factor, says("by what each wait grows", 2)] = 2
    cap: Annotated[Duration, says("the longest wait", "10m")] = Duration("10m")
    within: Annotated[Duration, says("what isn't confirmed by then is held", "30d")] = Duration("24h")
