"""What another configuration would make of the last events, as it is printed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from relay.charset import readable
from relay.cli.beside import compared as beside
from relay.cli.pretty import pretty
from relay.cli.printing import Tone, Toned, print_line
from relay.differing import Change
from relay.masking import Mask
from relay.otherwise import Compared, Difference
from relay.outgoing import Send
from relay.texts import _

MOST_SHOWN = 5
_MOST_LINES = 40


class Effect(msgspec.Struct, kw_only=True):
    """What was found of the events that were looked at. `missing`: why none were."""

    looked_at: int = 0
    routed: int = 0
    sent: int = 0
    untold: int = 0
    examples: list[Compared] = []
    missing: str | None = None

    def count(self, one: Compared | None) -> None:
        """An event counts once: as routed otherwise, or as sent otherwise. None: it can't be told of it."""
        self.looked_at += 1
        if one is None or one.open is not None:
            self.untold += 1
            return
        routed = any(each.is_routed for each in one.differences)
        self.routed += routed
        self.sent += bool(one.differences) and not routed
        if one.differences and len(self.examples) < MOST_SHOWN:
            self.examples.append(one)


def print_effect(effect: Effect, mask: Mask) -> None:
    """How many events it would change, and some of them."""
    if not effect.looked_at and not effect.missing:
        return
    if effect.missing:
        print_line(_("events weren't looked at: {why}", why=effect.missing))
        return
    counts = {"total": effect.looked_at, "routed": effect.routed, "sent": effect.sent}
    print_line(_("of the last {total} events {routed} would be routed otherwise, {sent} sent otherwise", **counts))
    if effect.untold:
        print_line(_("{n} can't be told", n=effect.untold))
    for one in effect.examples:
        print_line(Toned(f"{one.event.id}  {one.event.type}", Tone.TITLE))
        for each in one.differences:
            print_line(f"  {each.route} → {each.destination}: {mask.text(each.words)}")
            _print_diff(mask.text(line) for line in _lines(each))


def _print_diff(lines: Iterable[str]) -> None:
    for line in lines:
        print_line("      ", Toned(line, Tone.BAD if line.startswith("-") else Tone.GOOD))


def _lines(difference: Difference) -> list[str]:
    """The lines in which the requests differ, cut where they are many."""
    if difference.old is None or difference.new is None:
        return []
    both = ("".join(line) for line in beside(_request(difference.old), _request(difference.new), 0))
    lines = [line for line in both if line.startswith(("-", "+"))]
    return lines if len(lines) <= _MOST_LINES else [*lines[:_MOST_LINES], "  …"]


def _request(send: Send) -> list[str]:
    if send.request is None:
        return []
    request = send.request
    headers = {name.lower(): value for name, value in request.headers.items()}
    kind = headers.get("content-type", "")
    body = readable(request.body, kind).decode("utf-8", "replace")
    shown = [f"{name}: {value}" for name, value in request.headers.items() if name != "Idempotency-Key"]
    return [f"{request.method} {request.url}", *shown, *pretty(body, kind)]


def as_data(changes: Sequence[Change], effect: Effect, mask: Mask) -> dict[str, Any]:
    """What `--json` prints."""
    examples = [data for one in effect.examples for data in _examples(one, mask)]
    events = {"looked_at": effect.looked_at, "routed": effect.routed, "sent": effect.sent, "untold": effect.untold}
    return {
        "same": not changes,
        "changes": [
            {**msgspec.structs.asdict(each), "kind": str(each.kind), "lines": list(each.lines)} for each in changes
        ],
        "events": {**events, "missing": effect.missing, "examples": examples},
    }


def _examples(one: Compared, mask: Mask) -> Iterator[dict[str, Any]]:
    for each in one.differences:
        yield {
            "event": one.event.id,
            "type": one.event.type,
            "route": each.route,
            "destination": each.destination,
            "routed": each.is_routed,
            "words": mask.text(each.words),
            "lines": [mask.text(line) for line in _lines(each)],
        }
