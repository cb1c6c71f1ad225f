"""`routes:`."""

from typing import Annotated, Literal

from relay.config.settings.parts import Name, OneOrMore, Settings
from relay.config.settings.requests import FilingSettings
from relay.described import Bare, Braced, says, unless


class AfterSettings(Settings, frozen=True):
    """A delivery is made when one of these routes' deliveries has ended so, and sees it as `prior`."""

    routes: Annotated[
        OneOrMore, says("the route, or the routes, whose deliveries it follows", "voucher", ["voucher", "payable"])
    ]
    state: Annotated[Literal["delivered", "dead"], says("the end that it follows", "dead")] = "delivered"


class DemandSettings(Settings, frozen=True, rename={"otherwise": "else"}):
    """What must hold of a request before it is sent, and the reason where it doesn't."""

    that: Annotated[
        Bare,
        says(
            "what must hold, over what the request sees, and `request.url` and `request.body`",
            "request.body.lines is balanced",
        ),
    ]
    otherwise: Annotated[Braced, says("the reason where it doesn't; nothing is sent", "借贷不平: {{ body.number }}")]


class RouteSettings(Settings, frozen=True, rename={"from_": "from"}):
    """A rule: from a source, when an expression holds, to a destination, with what request."""

    name: Annotated[Name, says("how it is called; one of each", "paid-expense-to-voucher")]
    from_: Annotated[
        OneOrMore,
        says(
            'a source, a list, or `"*"` for all but the built-in `relay`, which tells of [alerts](alerts.md)',
            "expenses",
            ["expenses", "invoices"],
            "*",
        ),
    ]
    to: Annotated[
        Braced | list[str],
        says(
            'a destination, a list, or `"{{ … }}"` that chooses among the declared ones',
            "erp",
            ["erp", "archive"],
            "{{ 'erp-sh' if body.entity == '1010' else 'erp-bj' }}",
        ),
    ]
    when: Annotated[
        Bare | bool, says("which events it takes: true or false", "event.type == 'expense.paid' and body.amount > 0")
    ] = True
    once: Annotated[
        Braced | None,
        says(
            "the document's business key (单据号): booked once at a destination, whatever brings it again",
            "{{ body.number }}",
        ),
        unless("none; needed where the destination `posts`"),
    ] = None
    order_by: Annotated[
        Braced | None,
        says("deliveries of one key keep their order in their lane", "{{ body.number }}"),
        unless("what `once` is"),
    ] = None
    on_dead: Annotated[
        Literal["block", "continue"], says("may later ones of the key go on after a dead or held one?", "continue")
    ] = "block"
    after: Annotated[
        AfterSettings | None,
        says(
            "a delivery is made when one of these routes' deliveries has ended so",
            {"routes": "voucher", "state": "delivered"},
        ),
        unless("at accept"),
    ] = None
    reverses: Annotated[
        Braced | None,
        says("the business key whose document is taken back (冲销)", "{{ body.number }}"),
        unless("nothing is"),
    ] = None
    require: Annotated[
        list[DemandSettings],
        says(
            "what must hold of the request before it is sent",
            [{"that": "request.body.lines is balanced", "else": "借贷不平"}],
        ),
        unless("nothing"),
    ] = []
    hold: Annotated[
        Braced | bool,
        says(
            "true, or what gives true or a text: a person sees the request before it is sent",
            "{{ 'more than 50000' if body.amount > 50000 else false }}",
            True,
        ),
    ] = False
    request: Annotated[
        FilingSettings | None,
        says("what is sent", {"body": {"number": "{{ body.number }}", "total": "{{ body.amount }}"}}),
        unless("the destination's, else the event as it came"),
    ] = None
