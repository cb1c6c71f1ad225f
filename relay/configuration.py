"""A configuration as it runs: every expression compiled, every name resolved, and one version for all of it."""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from types import MappingProxyType

import msgspec

from relay.bundle import Bundle
from relay.contents import AS_IT_CAME, Opening
from relay.delivery import is_fetch
from relay.destination import Destination
from relay.errors import Fault
from relay.fetch import Fetch
from relay.language.mapping import RequestPlan
from relay.masking import Mask
from relay.outline import Outline
from relay.retention import FOR_EVER, Retention
from relay.route import Route, Router
from relay.source import Callback, Source
from relay.store import Claimed
from relay.trial import Written

NO_FETCHES: Mapping[str, Sequence[Fetch]] = MappingProxyType({})


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`path`: this host's routes.yaml. `bundle`: all files that it was made of; `version`: a short hash of these.
    `patterns`: which names below its folder were asked for, to be watched.
    `timezone`: an IANA name, where times without a zone are. `public_url`: where destinations reach this relay, without
    a slash at its end. `reads_whole`: whether a route or a destination asks for `whole`. `fetches`: by source, what is
    read before its events are routed. `admin`: the address and port of /api and /metrics, where they have
    one of their own. `warnings`: what is legal and suspicious in it. `tests`: examples, run by whoever
    puts it in force. `outline` makes one of it for people."""

    path: Path
    bundle: Bundle
    version: str
    patterns: tuple[str, ...] = ()
    timezone: str | None
    sources: Mapping[str, Source]
    destinations: Mapping[str, Destination]
    routes: Mapping[str, Route]
    router: Router
    mask: Mask
    fetches: Mapping[str, Sequence[Fetch]] = NO_FETCHES
    public_url: str | None = None
    reads_whole: bool = False
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    retention: Retention = FOR_EVER
    admin: tuple[str, int] | None = None
    warnings: tuple[Fault, ...] = ()
    tests: tuple[Written, ...] = ()
    outline: Callable[[], Outline] = Outline

    @property
    def files(self) -> tuple[Path, ...]:
        """Where what it was made of is on this host, to be watched."""
        return self.path, *(self.path.parent / name for name in self.bundle.beside)

    def plan_for(self, route: str | None, destination: str) -> RequestPlan | None:
        """The route's own request, else the destination's, else None: the event as it came. No route: a callback."""
        own = self.routes[route].request if route and route in self.routes else None
        return own or self.destinations[destination].request

    def plan_of(self, claimed: Claimed) -> RequestPlan | None:
        """That of a delivery; what it fetches says itself how it is asked for."""
        fetch = self.fetch_of(claimed)
        if fetch:
            return fetch.destination.request
        return self.plan_for(None if claimed.notice else claimed.route, claimed.lane)

    def destination_of(self, claimed: Claimed) -> Destination:
        """Where it goes. What it fetches is asked of a destination in its own way."""
        fetch = self.fetch_of(claimed)
        return fetch.destination if fetch else self.destinations[claimed.lane]

    def fetch_of(self, claimed: Claimed) -> Fetch | None:
        """What it reads, where it is a fetch that its source still has."""
        if claimed.notice or not is_fetch(claimed.route):
            return None
        found = self.fetches.get(claimed.event.source, ())
        return next((fetch for fetch in found if fetch.route == claimed.route), None)

    def has_route(self, name: str) -> bool:
        return name in self.routes

    def has_route_of(self, claimed: Claimed) -> bool:
        """Whether it has what the delivery comes by: its route, or the fetch that it is."""
        return self.has_route(claimed.route) or self.fetch_of(claimed) is not None

    def opening_of(self, source: str) -> Opening:
        """How the bodies of its events are read."""
        return self.sources[source].opening if source in self.sources else AS_IT_CAME

    def callback_of(self, source: str) -> Callback | None:
        """Where the source hears how its events ended."""
        return self.sources[source].callback if source in self.sources else None
