"""`routes:`."""

from typing import Literal

from relay.config.settings.parts import Name, OneOrMore, Settings
from relay.config.settings.requests import FilingSettings


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
