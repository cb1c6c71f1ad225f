"""python -m tests.faults.cuts --cuts N --seed S: cuts the power so often; exit status 1 where `always` lost any."""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from relay import redis_server

from .power import Losses, Wanted, run
from .powered import Disk, build


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.cuts", description=__doc__)
    parser.add_argument("--cuts", type=int, default=50, metavar="N", help="how often the power fails, 50 unless set")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10_000), metavar="S", help="when, and what is sent"
    )
    parser.add_argument("--fsync", choices=("always", "everysec"), default="always", help="always unless set")
    parser.add_argument(
        "--server", choices=("wheel", "path"), default="wheel", help="which redis-server, if there are both"
    )
    parser.add_argument("--per-second", type=float, default=60, metavar="R", help="events sent, 60 unless set")
    args = parser.parse_args()
    server = redis_server.find_server(args.server)
    with tempfile.TemporaryDirectory(prefix="cuts-") as folder:
        wanted = Wanted(args.seed, args.cuts, server, Disk(build(Path(folder)), args.fsync), args.per_second)
        losses = asyncio.run(run(wanted, lambda line: print(line, flush=True)))
    major, minor = redis_server.version(server)
    print(f"\nseed {args.seed}, redis-server {major}.{minor}, appendfsync {args.fsync}")
    print("\n".join(lines(losses)))
    return 1 if args.fsync == "always" and not losses.none else 0


def lines(losses: Losses) -> Iterator[str]:
    events = [len(loss.events) for loss in losses.each]
    seconds = [loss.seconds for loss in losses.each]
    unsynced = sum(loss.cut.synced < loss.cut.written for loss in losses.each)
    torn = sum(loss.cut.synced < loss.cut.left for loss in losses.each)
    yield f"cuts {len(events)}, of them {unsynced} with something not synced, {torn} torn; events taken {losses.taken}"
    yield f"answered 2xx and missing: {sum(events)} events, at a cut {max(events)} at most, {median(events)} mostly"
    yield f"answered for so long: {max(seconds):.2f} s at most, {median(seconds):.2f} s mostly"
    yield f"sent or told, and not known any more: {sum(len(loss.untrue) for loss in losses.each)}"
    yield f"booked twice: {losses.booked_twice}"
    for promise, shown in losses.broken.items():
        yield f"{'NO ' if shown else 'yes'} {promise}" + "".join(f"\n      {one}" for one in shown[:20])


if __name__ == "__main__":
    sys.exit(main())
