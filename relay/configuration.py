"""A configuration as it runs: every expression compiled, every name resolved, and one version for all of it."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import msgspec

from relay.contents import AS_IT_CAME, Opening
from relay.destination import Destination
from relay.language.mapping import RequestPlan
from relay.masking import Mask
from relay.route import Route, Router
from relay.source import Callback, Source


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`version`: a short hash of the file, its templates and tables. `files`: all that it was made of, to be watched.
    `timezone`: an IANA name, where times without a zone are. `public_url`: where destinations reach this relay, without
    a slash at its end. `reads_whole`: whether a route or a destination asks for `whole`."""

    path: Path
    files: tuple[Path, ...]
    version: str
    timezone: str | None
    sources: Mapping[str, Source]
    destinations: Mapping[str, Destination]
    routes: Mapping[str, Route]
    router: Router
    mask: Mask
    public_url: str | None = None
    reads_whole: bool = False
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    def plan_for(self, route: str | None, destination: str) -> RequestPlan | None:
        """The route's own request, else the destination's, else None: the event as it came. No route: a callback."""
        own = self.routes[route].request if route and route in self.routes else None
        return own or self.destinations[destination].request

    def has_route(self, name: str) -> bool:
        return name in self.routes

    def opening_of(self, source: str) -> Opening:
        """How the bodies of its events are read."""
        return self.sources[source].opening if source in self.sources else AS_IT_CAME

    def callback_of(self, source: str) -> Callback | None:
        """Where the source hears how its events ended."""
        return self.sources[source].callback if source in self.sources else None
