"""The `tests:` of routes.yaml into what is run: their shape, and the names in them. Running them is another matter."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from functools import partial
from typing import Any

from relay.config.document import Path
from relay.config.excerpts import excerpt
from relay.config.loading import Loading
from relay.config.places import Faults
from relay.config.routes import Around, names_of
from relay.config.settings import TestSettings
from relay.errors import Excerpt, RelayError
from relay.language.dates import moment, zone
from relay.nearest import nearest
from relay.texts import _
from relay.trial import Played, Sent, Spot, Trial, Written

LONG_AGO = "2026-01-01T00:00:00Z"  # when an event came, unless its test says so: the same each time


def trials_of(loading: Loading, around: Around, timezone: str | None) -> tuple[Written, ...]:
    """Those without faults, in the order of the file."""
    tree = loading.document.tree.get("tests") or []
    if not isinstance(tree, list):
        loading.fault(("tests",), _("tests takes a list"), _("begin each test with - name: …"))
        return ()
    spots, local = _spots(loading), zone(timezone) if timezone else UTC
    found = [_written(each, number, loading, around, local) for number, each in enumerate(tree)]
    shown = partial(_excerpt, loading.faults)
    return tuple(
        Written(trial=trial, at_ms=at_ms, spots=spots[number], excerpt=shown)
        for number, (trial, at_ms) in enumerate(found)
        if trial
    )


def _written(tree: object, number: int, loading: Loading, around: Around, local: tzinfo) -> tuple[Trial | None, int]:
    """The test and when its event came; None where it has a fault."""
    path: Path = ("tests", number)
    trial = loading.settings(tree, TestSettings, "tests", path)
    if trial is None:
        return None, 0
    at_ms = _at_ms(trial, (*path, "at"), loading, local)
    checks = (_knows(trial, path, loading, around), _fetches(trial, path, loading, around), at_ms is not None)
    return (trial if all(checks) else None), at_ms or 0


def _knows(trial: Trial, path: Path, loading: Loading, around: Around) -> bool:
    """Whether all that it names is declared; a fault for each that isn't."""
    routes = names_of(loading.document.tree.get("routes"))
    named = [(("source",), "source", trial.source, around.sources), *_named(trial, routes, around.destinations)]
    known = [loading.known((*path, *inside), what, name, of) for inside, what, name, of in named]
    return all(known)


def _named(
    trial: Trial, routes: Mapping[str, Any], destinations: Mapping[str, Any]
) -> Iterator[tuple[Path, str, str, Mapping[str, Any]]]:
    """Each route and destination in a test: where, what it is, its name, and which there are."""
    for number, name in enumerate(trial.takes or ()):
        yield ("takes", number), "route", name, routes
    for number, booked in enumerate(trial.booked):
        yield ("booked", number, "to"), "destination", booked.to, destinations
    parts: dict[str, Sequence[Sent | Played]] = {"sends": trial.sends or (), "answers": trial.answers}
    for key, listed in parts.items():
        for number, part in enumerate(listed):
            yield (key, number, "to"), "destination", part.to, destinations
            if part.route:
                yield (key, number, "route"), "route", part.route, routes


def _fetches(trial: Trial, path: Path, loading: Loading, around: Around) -> bool:
    """Whether its source reads these documents; a fault for each that it doesn't."""
    read = around.fetched.get(trial.source)
    strange = [] if read is None else [name for name in trial.documents if name not in read]
    for name in strange:
        what = _("{source} fetches no document {name}", source=repr(trial.source), name=repr(name[:60]))
        loading.fault((*path, "documents", name), what, nearest(name, read or ()) or _("take it out"), key=True)
    return not strange


def _at_ms(trial: Trial, path: Path, loading: Loading, local: tzinfo) -> int | None:
    """None with a fault."""
    try:
        return round(moment(trial.at or LONG_AGO, local).timestamp() * 1000)
    except RelayError as error:
        loading.caught(path, RelayError(error.what, "", _("write one such as 2026-03-31T16:30:00Z")))
        return None


def _excerpt(faults: Faults, spot: Spot) -> Excerpt | None:
    return excerpt(faults.lines.get(spot.file, ()), spot.line, spot.column, faults.mask)


def _spots(loading: Loading) -> Mapping[int, Mapping[Path, Spot]]:
    """By the number of the test, and the path inside of it."""
    document = loading.document
    found: defaultdict[int, dict[Path, Spot]] = defaultdict(dict)
    for path, place in document.values.items():
        if path[:1] == ("tests",) and len(path) > 1:
            found[int(path[1])][path[2:]] = Spot(place.file or document.file, place.line, place.column)
    return found
