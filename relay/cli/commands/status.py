"""`relay status`: lanes, workers, Redis and the configuration at a glance."""

import argparse
import time
from typing import Any

from relay.cli.asking import Asking, asking, asking_options
from relay.cli.figures import local, size, span
from relay.cli.in_force import print_in_force
from relay.cli.options import Commands
from relay.cli.printing import Tone, Toned, on_terminal, print_json, print_line, print_table
from relay.texts import N_, _

EVERY_S = 2
BREAKER = (N_("open"), N_("half-open"))
CLEAR = "\033[H\033[J"
HEAD = (
    N_("LANE"),
    N_("READY"),
    N_("WAITING"),
    N_("IN FLIGHT"),
    N_("PARKED"),
    N_("HELD"),
    N_("DEAD"),
    N_("OLDEST"),
    N_("STATE"),
)


def add(commands: Commands) -> None:
    status = commands.add_parser("status", help=_("lanes, workers, Redis and the configuration at a glance"))
    status.add_argument("--watch", action="store_true", help=_("again every two seconds, until Ctrl-C"))
    asking_options(status)
    status.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    with asking(args) as relay:
        if not args.watch:
            return _tell(relay, args)
        try:
            _watch(relay, args)
        except KeyboardInterrupt:
            return None


def _watch(relay: Asking, args: argparse.Namespace) -> None:
    while True:
        if on_terminal() and not args.json:
            print(CLEAR, end="")
        _tell(relay, args)
        time.sleep(EVERY_S)


def _tell(relay: Asking, args: argparse.Namespace) -> None:
    found = relay.get("/api/status")
    if args.json:
        return print_json(found)
    _head(found)
    print_table(HEAD, [_row(lane) for lane in found["lanes"]])
    for lane in found["lanes"]:
        _stopped(lane)
    return None


def _head(found: dict[str, Any]) -> None:
    accepts = (
        Toned(_("accepts events"), Tone.GOOD)
        if found["ready"]
        else Toned(_("refuses: {why}", why=found["why"]), Tone.BAD)
    )
    print_line(
        _("relay {version}   configuration {config}   ", version=found["version"], config=found["config"]), accepts
    )
    print_in_force(found["configuration"])
    print_line(f"Redis {found['redis']['version']}   {_memory(found['redis'])}")
    workers = found["workers"]
    where = "   ".join(
        _("{host} {pid} since {at}", host=one["host"], pid=one["pid"], at=local(one["began_at"])) for one in workers
    )
    print_line(_("workers "), Toned(str(len(workers)), None if workers else Tone.BAD), f"   {where}")
    print_line("")


def _memory(redis: dict[str, Any]) -> str:
    used = _("{used} used, {peak} at its peak", used=size(redis["used_bytes"]), peak=size(redis["peak_bytes"]))
    if redis["most_bytes"] is None:
        return _("{used}; no maxmemory is set", used=used)
    share = redis["used_bytes"] * 100 // redis["most_bytes"]
    return _(
        "{used}, {share}% of {most}; refuses events from {from_} on",
        used=used,
        share=share,
        most=size(redis["most_bytes"]),
        from_=size(redis["refuses_from_bytes"]),
    )


def _row(lane: dict[str, Any]) -> tuple[str, ...]:
    counts = (str(lane[name]) for name in ("ready", "waiting", "in_flight", "parked"))
    held = Toned(str(lane["held"]), Tone.WAITS if lane["held"] else None)
    dead = Toned(str(lane["dead"]), Tone.BAD if lane["dead"] else None)
    return (lane["destination"], *counts, held, dead, span(lane["oldest_s"]), _state(lane))


def _state(lane: dict[str, Any]) -> Toned:
    if not lane["configured"]:
        return Toned(_("gone"), Tone.BAD)
    if lane["paused"]:
        return Toned(_("paused"), Tone.BAD)
    if lane["breaker"] != "closed":
        return Toned(_(lane["breaker"]), Tone.BAD)
    return Toned(_("throttled"), Tone.WAITS) if lane["stopped"] else Toned(_("runs"), None)


def _stopped(lane: dict[str, Any]) -> None:
    if not lane["stopped"]:
        return
    since = _("since {at}", at=local(lane["since"])) if lane["since"] else ""
    print_line("")
    print_line(Toned(lane["destination"], Tone.TITLE), f"  {_state(lane)} {since}")
    print_line(_("  why      {why}", why=lane["stopped"]))
    print_line(_("  resumes  {how}", how=lane["resumes"]))
    if lane["next_at"]:
        print_line(_("  next try {at}", at=local(lane["next_at"])))
