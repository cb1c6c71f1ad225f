"""Deliveries replayed: by their ids one after the other, or many in steps; what can't be is told at the end."""

import argparse
import sys
from typing import Any

from relay.cli.asking import Asking
from relay.cli.printing import Tone, Toned, print_json, print_line, state
from relay.cli.progress import Progress
from relay.cli.reasons import chosen
from relay.cli.unrouted import STATE
from relay.errors import RelayError
from relay.texts import N_, _

UNDECIDED = ("dead", "held")
DONE = N_("tried again"), N_("routed")


def replay_each(relay: Asking, args: argparse.Namespace) -> int:
    """1 where one couldn't be replayed."""
    done: list[dict[str, Any]] = []
    faults: list[RelayError] = []
    for given in args.ids:
        try:
            done += _replay(relay, args, given)
        except RelayError as fault:
            faults.append(fault)
    if args.json:
        print_json(done)
    for each in faults:
        print(_("error: {what}", what=each), file=sys.stderr)
    return 1 if faults else 0


def _replay(relay: Asking, args: argparse.Namespace, given: str) -> list[dict[str, Any]]:
    if given.startswith("evt_") and not args.fetch and not args.dry_run:
        return _event(relay, args, given)
    return [_delivery(relay, args, dlv) for dlv in _deliveries(relay, given, args.fetch)]


def _delivery(relay: Asking, args: argparse.Namespace, dlv: str) -> dict[str, Any]:
    path, asked = f"/api/deliveries/{dlv}", {"again": args.again, "fetch": args.fetch, "note": args.note}
    one: dict[str, Any] = relay.get(path) if args.dry_run else relay.post(f"{path}/replay", asked)
    return _told(args, one)


def _told(args: argparse.Namespace, one: dict[str, Any]) -> dict[str, Any]:
    if not args.json:
        print_line(f"{one['id']}  {one['route']} → {one['destination']}  ", state(one["state"]))
    return one


def _event(relay: Asking, args: argparse.Namespace, given: str) -> list[dict[str, Any]]:
    """What its routes of today add. What it has and nobody decided is only named: a doubtful one isn't sent again by
    the way."""
    found = relay.post(f"/api/events/{given}/replay", {"note": args.note})
    new = {*found["made"], *found["reopened"]}
    done = [_told(args, one) for one in found["event"]["deliveries"] if one["id"] in new]
    if not args.json:
        _left(given, [one for one in found["event"]["deliveries"] if one["id"] not in new], bool(done))
    return done


def _left(given: str, deliveries: list[dict[str, Any]], added: bool) -> None:
    if not added:
        print_line(_("{given} lacks nothing by the routes of today", given=given))
    for one in deliveries:
        if one["state"] in UNDECIDED:
            print_line(_("it is {state} and stays so: relay replay {id}", state=one["state"], id=one["id"]))


def _deliveries(relay: Asking, given: str, fetch: bool) -> list[str]:
    """Of an event whose documents are read anew, any one where nothing is dead or held."""
    if not given.startswith("evt_"):
        return [given]
    event = relay.get(f"/api/events/{given}")
    undecided = [one["id"] for one in event["deliveries"] if one["state"] in UNDECIDED]
    return undecided or ([one["id"] for one in event["deliveries"][:1]] if fetch else [])


def in_steps(relay: Asking, args: argparse.Namespace, count: int) -> int:
    """In steps of the API: what is done is done, whenever it is interrupted."""
    which = {name: value for name, value in {**chosen(args), "source": args.source}.items() if value}
    body = {"state": args.state, "note": args.note, **which}
    done, cursor = 0, args.cursor
    refused: list[dict[str, str]] = []
    with Progress(count, _(DONE[args.state == STATE])) as progress:
        try:
            while True:
                step = relay.post("/api/replay", body | ({"cursor": cursor} if cursor else {}))
                done, refused, cursor = done + step["replayed"], refused + step["refused"], step["next"]
                progress.at(done)
                if cursor is None:
                    break
        except KeyboardInterrupt:
            pass
    return _tell(args, done, refused, cursor)


def _tell(args: argparse.Namespace, done: int, refused: list[dict[str, str]], cursor: str | None) -> int:
    if args.json:
        print_json({"replayed": done, "refused": refused, "next": cursor})
        return 1 if refused or cursor else 0
    print_line(Toned(_("{n} are {done}", n=done, done=_(DONE[args.state == STATE])), Tone.GOOD if done else None))
    for one in refused:
        print_line(Toned(_("{id} is not: {detail}", id=one["id"], detail=one["detail"]), Tone.BAD))
    if cursor:
        print_line(_("interrupted; the same command goes on where it was with --cursor {cursor}", cursor=cursor))
    return 1 if refused or cursor else 0
