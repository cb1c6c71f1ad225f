"""python -m tests.faults --minutes N --seed S: breaks a relay for so long; exit status 1 unless every promise held."""

import argparse
import asyncio
import random
import signal
import sys

from .run import Wanted, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, metavar="N", help="how long things break, 5 unless set")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), metavar="S", help="what breaks, and when")
    parser.add_argument("--per-second", type=float, default=25, metavar="R", help="events sent, 25 unless set")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = Wanted(seed=args.seed, seconds=args.minutes * 60, per_second=args.per_second)
    account = asyncio.run(run(wanted, lambda line: print(line, flush=True)))
    print("\n".join(("", *account.lines())))
    return 0 if account.holds else 1


if __name__ == "__main__":
    sys.exit(main())
