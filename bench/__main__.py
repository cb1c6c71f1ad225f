"""python -m bench: measures Relay and what stands beside it, prints the table, and writes it as JSON and as a picture.

Within 10 minutes on 2 cores; `--seconds` makes it shorter and coarser. An aim that isn't reached is told and is no
failure; a row that couldn't be measured is one.
"""

import argparse
import importlib
import json
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import ModuleType

from bench import table
from bench.picture import picture
from bench.report import Run, as_data, machine
from bench.row import Row
from bench.site import FULL_S, Site

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers" / "bin" / "python"
ROWS = (
    *("ingest", "durable", "whole_way", "latency", "backlog", "redis_cpu"),
    *("flat", "memory", "many_routes", "hanging", "mapping", "start"),
)
FULL_ROUNDS, SHORT_ROUNDS, SHORT = 3, 1, 0.3


def main() -> int:
    args = _parser().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that all that was started is stopped
    began, scale = time.monotonic(), args.seconds / FULL_S
    rounds = FULL_ROUNDS if scale >= SHORT else SHORT_ROUNDS
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        site = Site(folder=Path(folder), scale=scale, rounds=rounds, peers=args.peers)
        rows = [row for name in args.only.split(",") if (row := _measured(name, site, failed))]
    took = time.monotonic() - began
    run = Run(rows=rows, seconds=took, scale=scale, rounds=rounds, machine=machine(), failed=failed)
    print("\n".join(list(table.lines(run))[sum(len(list(table.row_lines(row))) for row in rows) :]))
    args.json.write_text(json.dumps(as_data(run), ensure_ascii=False, indent=1) + "\n")
    args.picture.write_text(picture(run))
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=FULL_S, metavar="S", help=f"about how long, {FULL_S} unless set"
    )
    parser.add_argument("--only", default=",".join(ROWS), metavar="ROWS", help="some of " + ",".join(ROWS))
    parser.add_argument("--json", type=Path, default=ROOT / "docs/benchmark.json", metavar="FILE")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs/benchmark.svg", metavar="FILE")
    peers = str(PEERS) if PEERS.exists() else sys.executable
    parser.add_argument("--peers", default=peers, metavar="PYTHON", help="the Python that has Celery, arq and taskiq")
    return parser


def _measured(name: str, site: Site, failed: dict[str, str]) -> Row | None:
    """The row, printed as soon as it is known; what fails is told, and the others go on."""
    module: ModuleType = importlib.import_module(f"bench.rows.{name}")
    try:
        row: Row = module.measure(site)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other rows have figures
        traceback.print_exc()
        failed[module.TITLE] = f"{type(error).__name__}: {error}"
        return None
    print("\n".join(table.row_lines(row)), flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
