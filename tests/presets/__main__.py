"""python -m tests.presets --documents N: each preset against its played system, every knob on; exit status 1
unless each document is booked once, under its amount."""

import argparse
import asyncio
import sys

from .account import lines
from .case import names
from .run import Wanted, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.presets", description=__doc__)
    parser.add_argument("--documents", type=int, default=50, metavar="N", help="for each system, 50 unless set")
    parser.add_argument("--only", default="", metavar="NAMES", help="some of them, with commas between")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="what goes wrong, and when")
    parser.add_argument("--within", type=float, default=900, metavar="S", help="how long it may take, in seconds")
    args = parser.parse_args()
    wanted = Wanted(args.only.split(",") if args.only else names(), args.documents, args.seed, args.within)
    lanes = asyncio.run(run(wanted, lambda line: print(line, file=sys.stderr, flush=True)))
    print("\n".join(lines(lanes)))
    return 0 if all(lane.holds for lane in lanes) else 1


if __name__ == "__main__":
    sys.exit(main())
