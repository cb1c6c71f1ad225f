"""Sources that hear nothing, and requests that come again."""

from collections.abc import Iterator, Mapping
from typing import Any

from relay.config.document import Path
from relay.config.suspicions.seen import Seen, Suspicion, Suspicions
from relay.duration import parse_duration_ms
from relay.route import EVERY
from relay.texts import _

_HOUR_MS = 60 * 60_000
_STALE_MS = 15 * 60_000


def hears_nothing(seen: Seen) -> Suspicions:
    """Whether that is meant can be said."""
    taken = frozenset(name for route in seen.routes for name in route.sources)
    for name, said in seen.tree("sources").items():
        if said.get("callback") is None and not taken.isdisjoint((name, EVERY)):
            what = _("{name} never hears what became of its events", name=repr(name))
            remedy = _("say who is told: callback: DESTINATION; or that nobody is: callback: none")
            yield Suspicion(("sources", name), what, remedy, key=True)


def one_id_for_all(seen: Seen) -> Suspicions:
    """What has an id that was there already isn't a new event."""
    for name, said in seen.tree("sources").items():
        if "id" in said and not any(mark in said["id"] for mark in ("{{", "{%")):
            what = _("every event has the same id: the first is taken, and no other")
            yield Suspicion(("sources", name, "id"), what, _('say what tells them apart: id: "{{ body.id }}"'))


def forgets_early(seen: Seen) -> Suspicions:
    """A platform tries again for hours or days."""
    for name, said in seen.tree("sources").items():
        if "dedupe" in said and seen.made.sources[name].dedupe_ms < _HOUR_MS:
            what = _("an event that its sender tries again after this is another event")
            yield Suspicion(("sources", name, "dedupe"), what, _("write one such as 30d"))


def believes_long(seen: Seen) -> Suspicions:
    for name, said in seen.tree("sources").items():
        for path, tolerance in _tolerances(said["verify"], ("sources", name, "verify")):
            if parse_duration_ms(tolerance) > _STALE_MS:
                what = _("a request that somebody overheard can be sent again for {time}", time=tolerance)
                yield Suspicion(path, what, _("write what clocks differ by, such as 5m"))


def _tolerances(verify: Any, path: Path) -> Iterator[tuple[Path, str]]:
    for number, each in enumerate(verify if isinstance(verify, list) else [verify]):
        stamp = each.get("timestamp") if isinstance(each, Mapping) else None
        if isinstance(stamp, Mapping) and isinstance(stamp.get("tolerance"), str):
            place = (*path, number) if isinstance(verify, list) else path
            yield (*place, "timestamp", "tolerance"), stamp["tolerance"]


def lets_anybody(seen: Seen) -> Suspicions:
    """A scheme that proves nothing asks for `allow`, and gets one that allows all."""
    for name, source in seen.made.sources.items():
        said = seen.tree("sources")[name]
        if said["verify"] == "none" and any(network.prefixlen == 0 for network in source.allow):
            what = _("anybody can send events: nothing is verified, and every network is allowed")
            yield Suspicion(("sources", name, "allow"), what, _("name the senders' networks, or verify"))
