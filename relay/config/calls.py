"""The requests of a destination beside the one that posts: what `lookup:` and its like say, into what runs."""

from collections.abc import Callable
from typing import Any, TypeVar

from relay.config.document import Path
from relay.config.loading import ROUTED, Loading
from relay.config.overlay import Overlay
from relay.config.requests import plan
from relay.config.settings import DestinationSettings, RequestSettings
from relay.destination import Ambiguous, Call, Lookup
from relay.destinations.lookup import RuleFinder, Rules
from relay.errors import RelayError

T = TypeVar("T")
_HELD = RequestSettings.__struct_encode_fields__


def lookup(settings: DestinationSettings, over: Overlay, loading: Loading) -> Lookup | None:
    """None where there is none, or with a fault."""
    asks = settings.lookup
    if asks is None:
        if settings.ambiguous is Ambiguous.LOOKUP:
            what = "'ambiguous: lookup' needs to know how to ask"
            loading.fault(over.place(("ambiguous",)), what, "add lookup: with url, found and missing")
        return None
    called = call(over.tree["lookup"], asks.method, lambda inside: over.place(("lookup", *inside)), loading)
    rules = Rules(found=asks.found, missing=asks.missing, document=asks.document, data=asks.data)
    kind, where = asks.answer or settings.answer, dotted(over.place(("lookup",)))
    finder = compiled(loading, lambda: RuleFinder(loading.language, rules, kind, where, charset_of(settings)))
    return Lookup(call=called, finder=finder) if called and finder else None


def call(tree: dict[str, Any], method: str, place: Callable[[Path], Path], loading: Loading) -> Call | None:
    """The request in a mapping with `url`; `place` gives the path in the file for one inside. None with a fault."""
    url = loading.value(place(("url",)), tree["url"], ROUTED)
    holds = {key: value for key, value in tree.items() if key in _HELD}
    held = plan(holds, loading, ROUTED, place) if holds else None
    return Call(method=method, url=url, plan=held) if url and (held or not holds) else None


def compiled(loading: Loading, compile_: Callable[[], T]) -> T | None:
    """What knows its place by `dotted`; None with a fault."""
    try:
        return compile_()
    except RelayError as error:
        loading.caught((), error)
        return None


def charset_of(settings: DestinationSettings) -> str | None:
    """What its answers are written in, where it is said."""
    return settings.charset.name if settings.charset else None


def dotted(path: Path) -> str:
    """A path as `where` gives it to what knows nothing of files: destinations.erp.then[0]."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
