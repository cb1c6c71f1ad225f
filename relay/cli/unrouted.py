"""What `relay replay --state unrouted` shows before it asks: events that no route took, by source and type."""

from typing import Any

from relay.cli.asking import Asking, pages
from relay.cli.figures import local
from relay.cli.printing import Tone, Toned, print_line, print_table
from relay.texts import N_, _

STATE = "unrouted"
HEAD = (N_("SOURCE"), N_("TYPE"), N_("COUNT"), N_("SINCE"), N_("LATEST"), N_("AN EXAMPLE"))


def unrouted(relay: Asking, which: dict[str, str | None]) -> list[dict[str, Any]]:
    """Of all pages together, the most frequent first."""
    sums: dict[tuple[str, str], dict[str, Any]] = {}
    for page in pages(relay, "/api/events", "events", state=STATE, limit="500", **which):
        for event in page:
            key = event["source"], event["type"] or ""
            sums[key] = _with(sums.get(key), event)
    return sorted(sums.values(), key=lambda one: -int(one["count"]))


def _with(group: dict[str, Any] | None, event: dict[str, Any]) -> dict[str, Any]:
    """A group, and an event of it that came before those that it has."""
    came = event["received_at"]
    if group:
        return {**group, "count": group["count"] + 1, "since": came}
    names = {name: event[name] for name in ("source", "type")}
    return {**names, "count": 1, "since": came, "latest": came, "example": event["id"]}


def show_unrouted(found: list[dict[str, Any]]) -> None:
    if not found:
        return print_line(Toned(_("nothing is unrouted there"), Tone.GOOD))
    return print_table(HEAD, [_row(one) for one in found])


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    times = (local(one["since"]), local(one["latest"]))
    return (one["source"], one["type"] or "-", str(one["count"]), *times, one["example"])
