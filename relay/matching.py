"""What each route makes of an event: taken or not, and which part of its `when` decided. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from relay.configuration import Config
from relay.delivery import Draft, State
from relay.known import Known
from relay.language.deciding import decided, words
from relay.language.expression import Expression
from relay.route import EVERY, OWN_SOURCE, Route, Unusable, holds
from relay.texts import _


class RouteSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A route that an event may take. `error`: its reason where it failed, and then it counts as taken. `route`,
    `names`: what is asked, and on what."""

    route: Route
    names: Mapping[str, Any]
    taken: bool
    error: str | None = None

    @property
    def name(self) -> str:
        return self.route.name

    @property
    def follows(self) -> tuple[str, ...]:
        """The routes whose deliveries it comes after."""
        return tuple(sorted(self.route.after.routes)) if self.route.after else ()

    @property
    def why(self) -> str:
        """What decided, in words that show the data. It takes some milliseconds."""
        if self.route.after:
            before = {"routes": _(" or ").join(self.follows), "state": str(self.route.after.state)}
            return (
                _("{routes} is {state}", **before) if self.taken else _("it comes once {routes} is {state}", **before)
            )
        return _why(self.route.when, self.names) if self.route.when else _("it has no `when`")


def _why(when: Expression, names: Mapping[str, Any]) -> str:
    parts = decided(when, names)
    try:
        holds(when, names)
    except Unusable as fault:
        if not any(part.fault for part in parts):
            return f"{fault.why}: {words(parts)}"
    return words(parts)


def routes_seen(config: Config, known: Known, drafts: Sequence[Draft]) -> Iterator[RouteSeen]:
    """All that take its source, in the order of the file. `drafts`: what they made of it."""
    names = known.names()
    for route in config.routes.values():
        if _may_take(route, known.event.source):
            made = [draft for draft in drafts if draft.route == route.name]
            error = next((draft.reason for draft in made if draft.state is State.DEAD), None)
            yield RouteSeen(route=route, names=names, taken=bool(made), error=error)


def _may_take(route: Route, source: str) -> bool:
    return source in route.sources or (EVERY in route.sources and source != OWN_SOURCE)
