"""The `routes:` of routes.yaml into what runs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from relay.config.document import Path
from relay.config.gates import demands, hold
from relay.config.loading import ROUTED, ROUTING, Loading, items
from relay.config.places import Place
from relay.config.requests import plan
from relay.config.settings import AfterSettings, DestinationSettings, RouteSettings
from relay.delivery import FETCH, State, is_fetch
from relay.language.expression import Expression, Value
from relay.language.mapping import RequestPlan
from relay.route import EVERY, OWN_SOURCE, After, Route
from relay.texts import _

PRIOR = frozenset(f"prior.{name}" for name in ("delivery", "route", "destination", "document", "data", "at"))
_PLACED = ("when", "to", "once", "order_by", "reverses")


class Around(msgspec.Struct, frozen=True):
    """What a route may name: sources, destinations with their settings, which of these book something, and what is
    fetched, by source."""

    sources: Mapping[str, Any]
    destinations: Mapping[str, DestinationSettings | None]
    posting: frozenset[str]
    fetched: Mapping[str, frozenset[str]] = MappingProxyType({})

    def documents(self, sources: frozenset[str]) -> frozenset[str]:
        """The names of what any of these fetches."""
        of = self.fetched if EVERY in sources else sources
        return frozenset(name for source in of for name in self.fetched.get(source, ()))


def routes_of(loading: Loading, around: Around) -> list[Route]:
    """Those without faults, in the order of the file."""
    tree = loading.document.tree.get("routes") or []
    if not isinstance(tree, list):
        loading.fault(("routes",), _("routes takes a list"), _("begin each route with - name: …"))
        return []
    routes = [_route(each, ("routes", number), loading, around) for number, each in enumerate(tree)]
    _check_names(tree, loading)
    found = [route for route in routes if route]
    _check_circles(found, loading)
    _check_meetings(found, loading)
    return found


def names_of(tree: Any) -> dict[str, int]:
    """The names of the routes in the file, with their places in the list, whether or not they have faults."""
    entries = enumerate(tree if isinstance(tree, list) else [])
    return {
        each["name"]: number for number, each in entries if isinstance(each, dict) and isinstance(each.get("name"), str)
    }


def _check_names(tree: list[Any], loading: Loading) -> None:
    seen: dict[str, Path] = {}
    for number, each in enumerate(tree):
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str):
            continue
        path: Path = ("routes", number, "name")
        if name in seen:
            loading.fault(
                path,
                _told(name, loading.document.at(path), loading.document.at(seen[name]), loading),
                _("name them apart"),
            )
        seen.setdefault(name, path)


def _told(name: str, here: Place, first: Place, loading: Loading) -> str:
    if first.file == here.file:
        return _("a route named {name} is here already, in line {line}", name=repr(name[:60]), line=first.line)
    said = {"name": repr(name[:60]), "file": first.file or loading.document.file, "line": first.line}
    return _("{name} is here already, in {file} line {line}", **said)


def _route(tree: Any, path: Path, loading: Loading, around: Around) -> Route | None:
    settings = loading.settings(tree, RouteSettings, "routes", path)
    if settings is None:
        return None
    sources = _sources(settings.from_, loading, (*path, "from"), around)
    if documents := around.documents(sources):
        loading = loading.speaking(loading.language.beside(documents))
    seen = ROUTING | PRIOR if settings.after else ROUTING
    _check_prior(settings, loading, path)
    if is_fetch(settings.name):
        loading.fault(
            (*path, "name"), _("{fetch} begins the names of what sources fetch", fetch=FETCH), _("take another name")
        )
    to = _to(settings.to, loading, (*path, "to"), around, seen)
    _check_once(settings, to, loading, path, around)

    def value(key: str, said: str | None) -> Value | None:
        return None if said is None else loading.value((*path, key), said, seen)

    return Route(
        name=settings.name,
        sources=sources,
        to=to,
        when=_when(settings.when, loading, (*path, "when"), seen),
        once=value("once", settings.once),
        order_by=value("order_by", settings.order_by),
        blocks=settings.on_dead == "block",
        request=_request(tree.get("request"), loading, (*path, "request"), settings),
        after=_after(settings.after, loading, (*path, "after", "routes")) if settings.after else None,
        reverses=value("reverses", settings.reverses),
        require=demands(settings.require, loading, (*path, "require"), _names(settings)),
        hold=hold(settings.hold, loading, (*path, "hold"), _names(settings)),
        places={key: loading.where((*path, key)) for key in _PLACED},
    )


def _check_prior(settings: RouteSettings, loading: Loading, path: Path) -> None:
    if settings.after and settings.reverses:
        loading.fault(
            (*path, "reverses"), _("'reverses' and 'after' exclude each other"), _("keep one: each says what prior is")
        )
    if settings.reverses and settings.once is None:
        what = _("a reversal books a document too, and this route has no 'once'")
        loading.fault((*path, "reverses"), what, _('give it a key of its own: once: "{{ body.number }}-reversed"'))


def _after(said: AfterSettings, loading: Loading, path: Path) -> After:
    known = names_of(loading.document.tree.get("routes"))
    names = frozenset(name for at, name in items(said.routes, path) if loading.known(at, "route", name, known))
    return After(routes=names, state=State(said.state))


def _check_circles(routes: list[Route], loading: Loading) -> None:
    """A route that waits for itself, over however many others, would make deliveries without end."""
    waits = {route.name: route.after.routes for route in routes if route.after}
    places = names_of(loading.document.tree.get("routes"))
    for name, first in waits.items():
        reached, ahead = set[str](), set(first)
        while ahead:
            reached |= ahead
            ahead = {further for each in ahead for further in waits.get(each, ())} - reached
        if name in reached:
            path: Path = ("routes", places[name], "after")
            loading.fault(path, _("{name} comes after itself: a circle", name=repr(name)), _("let one of them begin"))


def _check_meetings(routes: list[Route], loading: Loading) -> None:
    """What follows is made of the same event, so both must take some source's."""
    sources, places = {route.name: route.sources for route in routes}, names_of(loading.document.tree.get("routes"))
    for route in routes:
        for other in sorted(route.after.routes if route.after else ()):
            if not _meet(route.sources, sources.get(other, route.sources)):
                what = _(
                    "{other} takes events of {sources} alone, so this never comes after it",
                    other=repr(other),
                    sources=", ".join(sorted(sources[other])),
                )
                loading.fault(("routes", places[route.name], "after"), what, _("take both from one source"))


def _meet(first: frozenset[str], second: frozenset[str]) -> bool:
    return EVERY in first | second or not first.isdisjoint(second)


def _sources(said: str | list[str], loading: Loading, path: Path, around: Around) -> frozenset[str]:
    names = items(said, path)
    if not names:
        loading.fault(path, _("a route from nowhere"), _('name a source, or write "*" for all'))
    known = {**around.sources, EVERY: None, OWN_SOURCE: None}
    return frozenset(name for at, name in names if loading.known(at, "source", name, known))


def _to(
    said: str | list[str], loading: Loading, path: Path, around: Around, seen: frozenset[str]
) -> tuple[str, ...] | Value:
    if isinstance(said, str) and "{{" in said:
        return loading.value(path, said, seen) or ()
    names = items(said, path)
    if not names:
        loading.fault(path, _("a route to nowhere"), _("name a destination"))
    return tuple(dict.fromkeys(name for at, name in names if _is_destination(name, loading, at, around)))


def _is_destination(name: str, loading: Loading, path: Path, around: Around) -> bool:
    if not loading.known(path, "destination", name, around.destinations):
        return False
    settings = around.destinations[name]
    if settings and settings.abstract:
        loading.fault(path, _("{name} is abstract", name=repr(name)), _("route to one that extends it"))
        return False
    return True


def _check_once(
    settings: RouteSettings, to: tuple[str, ...] | Value, loading: Loading, path: Path, around: Around
) -> None:
    """One that chooses by an expression may choose any that books."""
    books = around.posting if isinstance(to, Value) else around.posting & frozenset(to)
    if books and settings.once is None:
        what = _("{books} books documents, and this route has no 'once'", books=repr(min(books)))
        loading.fault(path, what, _('say the document\'s business key: once: "{{ body.number }}"'))


def _when(said: str | bool, loading: Loading, path: Path, seen: frozenset[str]) -> Expression | None:
    if said is True:
        return None
    return loading.expression(path, said if isinstance(said, str) else "false", seen)


def _request(tree: dict[str, Any] | None, loading: Loading, path: Path, said: RouteSettings) -> RequestPlan | None:
    if tree is None:
        return None
    loading.reaches(tree, lambda inside: (*path, *inside))
    return plan(tree, loading, _names(said), lambda inside: (*path, *inside))


def _names(said: RouteSettings) -> frozenset[str]:
    """What a route's request sees."""
    return ROUTED | PRIOR if said.after or said.reverses else ROUTED
