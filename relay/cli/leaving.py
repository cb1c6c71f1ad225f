"""What waits in lanes whose destination another configuration doesn't have any more."""

from collections.abc import Sequence

import msgspec

from relay.cli.asking import Asking
from relay.cli.printing import Tone, Toned, print_line
from relay.configuration import Config
from relay.texts import _


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A lane that keeps deliveries which aren't sent until its destination is back. `open`: all that would be sent by
    themselves."""

    destination: str
    open: int
    held: int


def left(relay: Asking, old: Config, new: Config) -> list[Left]:
    """Those that keep any. Raises RelayError."""
    gone = old.destinations.keys() - new.destinations.keys()
    if not gone:
        return []
    lanes = (lane for lane in relay.get("/api/lanes")["lanes"] if lane["destination"] in gone)
    found = [Left(destination=lane["destination"], open=_open(lane), held=lane["held"]) for lane in lanes]
    return [one for one in found if one.open or one.held]


def print_left(lanes: Sequence[Left]) -> None:
    for one in lanes:
        told = _("deliveries in {destination}, which goes: {open} open, {held} held", **msgspec.structs.asdict(one))
        print_line(Toned(told, Tone.WAITS), _("; they stay there, and none is sent until it is put back"))


def _open(lane: dict[str, int]) -> int:
    return lane["ready"] + lane["waiting"] + lane["in_flight"] + lane["parked"]
