"""Whether all processes run the version that came into force, after some seconds in which all take it that can."""

import sys
import time
from typing import Any

from relay.cli.asking import Asking
from relay.cli.printing import Tone, in_tone, print_line
from relay.errors import RelayError
from relay.texts import _, _n

FOLLOWS_S, TAKEN_S, EVERY_S = 10.0, 2.5, 0.2


def followed(relay: Asking, version: str) -> Any:
    """What GET /api/config answers once all run it; or later, where some don't. Raises RelayError."""
    began = time.monotonic()
    while True:
        found = _found(relay, version)
        others, took = not_running(found, version), time.monotonic() - began
        known = took > TAKEN_S and all(one["refused"] for one in others)
        if not others or known or took > FOLLOWS_S or found["version"] != version:
            return found
        time.sleep(EVERY_S)


def not_running(found: Any, version: str) -> list[Any]:
    return [one for one in found["processes"] if one["version"] != version]


def print_followed(found: Any, version: str, *, quiet: bool) -> int:
    """The exit status: 0 where all run it, unless `quiet` in words. What doesn't is told on stderr."""
    if found["version"] != version:
        what = _("another came into force after it: {version}; see relay routes history", version=found["version"])
        return _bad(what)
    others = not_running(found, version)
    for one in others:
        told = _("{name} on {host} runs {version}", name=one["name"], host=one["host"], version=one["version"])
        _bad(told + _(": {note}", note=one["refused"] or _("it hasn't taken it yet; see relay status")))
    if not others and not quiet:
        print_line(_n("{n} process runs it", "{n} processes run it", len(found["processes"])))
    return 1 if others else 0


def _found(relay: Asking, version: str) -> Any:
    try:
        return relay.get("/api/config")
    except RelayError as error:
        what = _("the version {version} is in force; who runs it can't be told: {why}", version=version, why=error.what)
        raise RelayError(what, error.where, _("see relay status")) from None


def _bad(what: str) -> int:
    print(in_tone(what, Tone.BAD, sys.stderr), file=sys.stderr)
    return 1
