"""Which routes an event takes, and the deliveries that this makes. What fails here is born dead, never lost."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from relay.delivery import Draft, State, delivery_id, is_fetch
from relay.errors import ExpressionError
from relay.event import Event
from relay.language.expression import Expression, Value
from relay.language.literals import literals_of
from relay.language.mapping import RequestPlan
from relay.plain import text
from relay.schema import Schema
from relay.texts import _

EVERY = "*"
OWN_SOURCE = "relay"
NOWHERE = "-"
MOST_KEY_BYTES = 200
_KEPT_BYTES = 120
_SCALARS = (str, int, Decimal)


class After(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery is made when one of these routes' deliveries has come to `state`."""

    routes: frozenset[str]
    state: State


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What must hold of a request before it is sent, and the reason that is given where it doesn't."""

    that: Expression
    otherwise: Value


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A rule. `sources` may hold EVERY. `to`: destinations' names, or a Value that chooses among the declared ones.
    `places`: where its keys stand, for reasons. `request`: None leaves it to the destination. `hold`: true, or a text
    that says why, where a person is to see the request before it is sent."""

    name: str
    sources: frozenset[str]
    to: tuple[str, ...] | Value
    when: Expression | None = None
    once: Value | None = None
    order_by: Value | None = None
    blocks: bool = True
    request: RequestPlan | None = None
    after: After | None = None
    reverses: Value | None = None
    require: tuple[Demand, ...] = ()
    hold: Value | None = None
    places: Mapping[str, str] = {}


class Unusable(Exception):
    """A key of a route that gave nothing to go on with: which one, and why."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(why)
        self.key, self.why = key, why


class Router:
    """The routes of one configuration, in the order of the file, found by source and by `event.type ==` literals.
    `takes_alerts`: whether any takes what Relay tells of itself."""

    def __init__(
        self,
        routes: Sequence[Route],
        destinations: Collection[str],
        schemas: Mapping[str, Schema] = MappingProxyType({}),
    ) -> None:
        """`schemas`: by source, what its bodies must look like."""
        self._destinations, self._schemas = frozenset(destinations), schemas
        self._any: dict[str, list[tuple[int, Route]]] = {}
        self._typed: dict[tuple[str, str], list[tuple[int, Route]]] = {}
        self._after: dict[tuple[str, State], list[Route]] = {}
        self._reverse_anywhere = any(route.reverses and isinstance(route.to, Value) for route in routes)
        self._reversed = frozenset(lane for route in routes if route.reverses for lane in _declared(route))
        self.takes_alerts = any(OWN_SOURCE in route.sources and not route.after for route in routes)
        for number, route in enumerate(routes):
            if route.after:
                self._index_after(route, route.after)
            else:
                self._index(number, route)

    def _index_after(self, route: Route, after: After) -> None:
        for name in after.routes:
            self._after.setdefault((name, after.state), []).append(route)

    def _index(self, number: int, route: Route) -> None:
        types = literals_of(route.when, "event", "type") if route.when else None
        for source in route.sources:
            if types is None:
                self._any.setdefault(source, []).append((number, route))
            for of in types or ():
                self._typed.setdefault((source, of), []).append((number, route))

    def route(self, event: Event, names: Mapping[str, Any]) -> list[Draft]:
        """One draft for each route taken and destination. `names` has `event` and `body`, and is asked for the body
        only where a route that may be taken reads it."""
        candidates = list(self._candidates(event))
        schema = self._schemas.get(event.source) if candidates else None
        fault = schema.fault(names["body"], "body") if schema else None
        if fault:
            return [draft for route in candidates for draft in self._misshapen(route, event.id, names, fault)]
        return [draft for route in candidates for draft in self._drafts(route, event.id, names)]

    def may_reverse(self, lane: str) -> bool:
        """Whether a route may take back what is booked there."""
        return self._reverse_anywhere or lane in self._reversed

    def leads_on(self, route: str, state: State) -> bool:
        """Whether any route waits for a delivery of this one to come to this state."""
        return (route, state) in self._after

    def follow(self, source: str, ended: str, route: str, state: State, names: Mapping[str, Any]) -> list[Draft]:
        """The same for what follows the delivery `ended`, of an event of `source`; `names` has `prior` too."""
        waiting = [each for each in self._after.get((route, state), ()) if each.sources.intersection(_from(source))]
        return [draft for each in waiting for draft in self._drafts(each, ended, names)]

    def _candidates(self, event: Event) -> Iterable[Route]:
        found: dict[int, Route] = {}
        for source in _from(event.source):
            found.update(self._any.get(source, ()))
            found.update(self._typed.get((source, event.type), ()))
        return (found[number] for number in sorted(found))

    def _drafts(self, route: Route, origin: str, names: Mapping[str, Any]) -> Iterable[Draft]:
        try:
            if not holds(route.when, names):
                return []
            lanes = self._lanes(route, names)
            once = key_of(route.once, "once", names)
            order = key_of(route.order_by, "order_by", names) if route.order_by or route.reverses else once
            reverses = key_of(route.reverses, "reverses", names) or msgspec.UNSET
        except Unusable as fault:
            place = route.places.get(fault.key, f"{route.name}.{fault.key}")
            return self._born_dead(route, origin, f"routing: {place}: {fault.why}", names)
        return [_draft(route, origin, lane, once=once, order_key=order, reverses=reverses) for lane in lanes]

    def _misshapen(self, route: Route, origin: str, names: Mapping[str, Any], fault: str) -> Iterable[Draft]:
        """A route whose `when` can't be told for want of shape counts as taken."""
        try:
            if not holds(route.when, names):
                return []
        except Unusable:
            pass
        return self._born_dead(route, origin, f"routing: schema: {fault}", names)

    def _lanes(self, route: Route, names: Mapping[str, Any]) -> Iterable[str]:
        if isinstance(route.to, tuple):
            return route.to
        chosen = _evaluated(route.to, "to", names)
        lanes = chosen if isinstance(chosen, list) else [chosen]
        if not lanes or not all(isinstance(lane, str) and lane in self._destinations for lane in lanes):
            raise Unusable("to", _("it chose none of the declared destinations"))
        return dict.fromkeys(lanes)

    def _born_dead(self, route: Route, origin: str, reason: str, names: Mapping[str, Any]) -> list[Draft]:
        try:
            lanes = self._lanes(route, names)
        except Unusable:
            lanes = (NOWHERE,)
        return [_draft(route, origin, lane, state=State.DEAD, reason=reason) for lane in lanes]


def _from(source: str) -> tuple[str, ...]:
    """What a route may name that takes its events: every source is every one that somebody else sends by."""
    return (source,) if source == OWN_SOURCE else (source, EVERY)


def _draft(route: Route, origin: str, lane: str, **fields: Any) -> Draft:
    id_ = delivery_id(origin, route.name, lane)
    return Draft(id=id_, lane=lane, route=route.name, blocks=route.blocks, **fields)


def _declared(route: Route) -> tuple[str, ...]:
    return route.to if isinstance(route.to, tuple) else ()


def taken(drafts: Iterable[Draft]) -> tuple[str, ...]:
    """The names of the routes that an event took, in order; a fetch is none."""
    return tuple(dict.fromkeys(draft.route for draft in drafts if not is_fetch(draft.route)))


def _evaluated(value: Value, key: str, names: Mapping[str, Any]) -> Any:
    try:
        return value.evaluate(names)
    except ExpressionError as error:
        raise Unusable(key, error.what) from None


def holds(when: Expression | None, names: Mapping[str, Any]) -> bool:
    """Text neither holds nor doesn't: 'false' would be true. Raises Unusable."""
    if when is None:
        return True
    found = _evaluated(when, "when", names)
    if isinstance(found, str):
        raise Unusable("when", _("it gave a text, and not true or false"))
    return bool(found)


def key_of(value: Value | None, key: str, names: Mapping[str, Any]) -> str | None:
    """An order key or a business key. Raises Unusable."""
    if value is None:
        return None
    found = _evaluated(value, key, names)
    if isinstance(found, bool) or not isinstance(found, _SCALARS):
        raise Unusable(key, _("it gave neither a text nor a number"))
    written = text(found).strip()
    if not written:
        raise Unusable(key, _("it gave an empty text"))
    return bounded(written)


def bounded(key: str) -> str:
    """A key of at most 200 bytes; a longer one keeps its beginning and is told apart by a hash of the whole."""
    data = key.encode("utf-8", "surrogatepass")
    if len(data) <= MOST_KEY_BYTES:
        return key
    beginning = data[:_KEPT_BYTES].decode("utf-8", "ignore")
    return f"{beginning}~{hashlib.blake2b(data, digest_size=16).hexdigest()}"
