"""Routes and destinations that may book twice, or not at all."""

from collections.abc import Mapping
from typing import Any

from relay.config.document import Path
from relay.config.suspicions.seen import Seen, Suspicion, Suspicions
from relay.destination import Ambiguous
from relay.duration import spelled_ms
from relay.language.expression import Value
from relay.retry import Retry
from relay.route import Route
from relay.texts import _

_LONG_ENOUGH_MS = 30 * 60_000
_OF_ONE_EVENT = ("event.id", "event.received_at", "delivery.id")
_KEYS = ("delivery.once", "delivery.key", "delivery.id")
_ALIKE = ("when", "once", "after", "reverses")


def alike(seen: Seen) -> Suspicions:
    """Two routes that take the same events to the same place, under the same business key."""
    before: dict[str, list[tuple[Route, Mapping[str, Any]]]] = {}
    for path, route, said in seen.placed():
        sort = str([sorted(route.sources), *(said.get(key, True) for key in _ALIKE)])
        for other, again in before.setdefault(sort, []):
            if not set(_lanes(other)).isdisjoint(_lanes(route)):
                yield _twice(path, other.name, said.get("request") == again.get("request"), route.once is not None)
                break
        before[sort].append((route, said))


def _twice(path: Path, other: str, same: bool, once: bool) -> Suspicion:
    if once and not same:
        what = _("this route books under the same key as {other}: its deliveries are held", other=repr(other))
        return Suspicion((*path, "once"), what, _("make them one, or give this one a key of its own"))
    what = _("this route takes the events of {other} to the same destination once more", other=repr(other))
    return Suspicion((*path, "name"), what, _("keep one of them, or tell them apart by `when`"))


def goes_on_after_dead(seen: Seen) -> Suspicions:
    for path, route, _said in seen.placed():
        for lane in [] if route.blocks else seen.posting(route)[:1]:
            what = _("later ones of a key are booked at {name} though an earlier one wasn't", name=repr(lane))
            remedy = _("leave it out: a person's decision lets them go on")
            yield Suspicion((*path, "on_dead"), what, remedy)


def one_key_for_all(seen: Seen) -> Suspicions:
    for path, route, said in seen.placed():
        if route.once and route.once.constant:
            what = _("every document has the same key: the first is booked, and no other")
            yield Suspicion((*path, "once"), what, _('name the document: once: "{{ body.number }}"'))
        elif route.once and any(name in said["once"] for name in _OF_ONE_EVENT):
            what = _("each event has a key of its own: a document that comes again is booked again")
            yield Suspicion((*path, "once"), what, _('name the document: once: "{{ body.number }}"'))


def resends(seen: Seen) -> Suspicions:
    """What a preset says is known to be safe; so is a system that is shown the key."""
    for name, over in seen.overs.items():
        made = seen.made.destinations[name]
        said = over.says("ambiguous") and made.limits.ambiguous is Ambiguous.RESEND
        if said and made.posts and over.preset.settings.get("ambiguous") != "resend" and not shows_key(name, seen):
            what = _(
                "what may have been booked is sent again, and nothing shows {name} that it is the same", name=repr(name)
            )
            remedy = _("say hold or lookup; or send what it knows a document by: {{ delivery.key }}")
            yield Suspicion(over.place(("ambiguous",)), what, remedy)


def shows_key(lane: str, seen: Seen) -> bool:
    """Whether the system is sent what it can know a document by again."""
    trees: list[Any] = [seen.overs[lane].tree]
    trees += [said.get("request") for _path, route, said in seen.placed() if lane in _lanes(route)]
    return any(key in str(tree) for key in _KEYS for tree in trees)


def _lanes(route: Route) -> tuple[str, ...]:
    return () if isinstance(route.to, Value) else route.to


def gives_up(seen: Seen) -> Suspicions:
    """Times under an open breaker don't count: what counts is being told "not now"."""
    for name, over in seen.overs.items():
        made, said = seen.made.destinations[name], over.tree.get("retry", {})
        if made.posts and over.says("retry"):
            yield from _gives_up(made.limits.retry, said, over.place(("retry",)))


def _gives_up(retry: Retry, said: Mapping[str, Any], path: Path) -> Suspicions:
    tried_ms = _tried_ms(retry)
    if tried_ms is not None and tried_ms < _LONG_ENOUGH_MS:
        what = _("a system that is busy for {time} is given up", time=_time(tried_ms))
        yield Suspicion((*path, "attempts"), what, _("leave it out: there is no limit, and `expire` holds it"))
    if retry.expire_ms <= retry.first_ms:
        what = _("this is over before the first wait is: nothing is tried again")
        yield Suspicion((*path, "expire" if "expire" in said else "first"), what, _("write one such as expire: 30d"))


def _tried_ms(retry: Retry) -> float | None:
    """From the first attempt to the last; None without a limit."""
    if not retry.attempts:
        return None
    waited = 0.0
    for number in range(min(retry.attempts - 1, 64)):
        waited += min(retry.first_ms * retry.factor**number, retry.cap_ms)
    return waited if retry.attempts <= 64 else None


def _time(ms: float) -> str:
    return spelled_ms(int(ms)) if ms else "0s"
