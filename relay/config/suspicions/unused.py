"""What stands in the file and does nothing."""

import re
from collections.abc import Iterator, Mapping

from relay.config.suspicions.seen import Seen, Suspicion, Suspicions, texts
from relay.language.expression import Value
from relay.language.tables import RATES
from relay.route import EVERY
from relay.texts import _

_LOOKS_UP = re.compile(r"\blookup\(\s*(?:'([^']*)'|\"([^\"]*)\"|(\S))")
_SAYS = frozenset({"type", "id", "takes", "sends", "answers"})
_RATED = re.compile(r"\brate\(")


def unrouted_sources(seen: Seen) -> Suspicions:
    """A route that an expression or an `after` leads to names its sources too."""
    taken = frozenset(name for route in seen.routes for name in route.sources)
    for name in seen.made.sources if EVERY not in taken else ():
        if name not in taken:
            what = _("no route takes from {name}: its events go nowhere", name=repr(name))
            yield Suspicion(("sources", name), what, _("add a route: from: {name}", name=name), key=True)


def unused_destinations(seen: Seen) -> Suspicions:
    """A route whose `to` is an expression may choose any."""
    if any(isinstance(route.to, Value) for route in seen.routes):
        return
    used = set(_used(seen))
    for name in seen.made.said:
        if name not in used:
            what = _("nothing is sent to {name}", name=repr(name))
            yield Suspicion(("destinations", name), what, _("add a route to it, or take it out"), key=True)


def _used(seen: Seen) -> Iterator[str]:
    for route in seen.routes:
        yield from () if isinstance(route.to, Value) else route.to
    for source in seen.made.sources.values():
        yield from [source.callback.to] if source.callback else []
    for source in seen.tree("sources").values():
        yield from (fetch["destination"] for fetch in source.get("fetch", {}).values())
    for settings in seen.made.said.values():
        yield from [settings.extends] if settings.extends else []


def tests_of_nothing(seen: Seen) -> Suspicions:
    """One that names nothing that must be so holds whatever the file does. Their shape isn't known yet."""
    tests = seen.tree("tests")
    for number, said in enumerate(tests if isinstance(tests, list) else ()):
        if isinstance(said, Mapping) and "name" in said and _SAYS.isdisjoint(said):
            what = _("this test says nothing that must be so")
            yield Suspicion(("tests", number, "name"), what, _("say what it takes and sends: takes: [ROUTE]"))


def unread_tables(seen: Seen) -> Suspicions:
    """One that is chosen by an expression may be any."""
    written = [*(text for _path, text in texts(seen.loading.document.tree)), *_templates(seen)]
    looked_up = [match for text in written for match in _LOOKS_UP.finditer(text)]
    if any(match[3] for match in looked_up):
        return
    read = {match[1] or match[2] for match in looked_up}
    read |= {RATES} if any(_RATED.search(text) for text in written) else set()
    for name in seen.made.tables:
        if name not in read:
            what = _("the table {name} is never looked up", name=repr(name))
            yield Suspicion(
                ("tables", name), what, _("take it out, or ask it: lookup('{name}', …)", name=name), key=True
            )


def _templates(seen: Seen) -> Iterator[str]:
    tables = {each.get("file") for each in seen.tree("tables").values()}
    bundle = seen.made.bundle
    return (bundle.files[name].decode("utf-8", "replace") for name in bundle.beside if name not in tables)
