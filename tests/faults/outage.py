"""python -m tests.faults.outage: a long outage beside a relay without one; exit status 1 unless every promise held.

The two run at once on the same machine and are asked in turn, so that what else it does is in both figures.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable

from .cost import spent
from .down import Outage, Wanted, outage
from .up import until

PER_SECOND, MOST = 25, 1.5


async def measure(wanted: Wanted, minutes: float, news: Callable[[str], None]) -> list[str]:
    """What didn't hold. Tells the figures."""
    async with outage(wanted) as hit, outage(wanted) as calm:
        await hit.fill()
        news(f"{wanted.deliveries} deliveries wait after {time.monotonic() - hit.began:.0f} s; the ERP is down")
        probes = await hit.probes()
        await _cost(hit, calm, news)
        ratio = await _latency(hit, calm, minutes * 60, news)
        news(f"{await hit.probes() - probes} probes in these {minutes + 1:g} minutes")
        await hit.drain()
        took = hit.erp.asked[-1].at - hit.erp.asked[0].at
        news(f"down for {hit.back - hit.began:.0f} s: {hit.failed} attempts failed")
        news(f"the first call came {hit.starts_s:.1f} s after its return, the last one {took:.0f} s later")
        news(f"{len(hit.erp.asked) / took:.1f} calls a second, at most {hit.busiest} in one, of {wanted.rate}")
        slow = [f"p99 of the other lane is {ratio:.2f} times that without an outage"] if ratio > MOST else []
        return [*hit.faults(), *slow]


async def _cost(hit: Outage, calm: Outage, news: Callable[[str], None]) -> None:
    """Over a minute in which nothing comes."""
    before = spent(hit.up), spent(calm.up)
    await asyncio.sleep(60)
    after = spent(hit.up), spent(calm.up)
    for name, first, then in zip(("with", "without"), before, after, strict=True):
        used = ", ".join(f"{kind} {then[kind] - first[kind]:.2f}" for kind in first)
        news(f"seconds of processor time in a minute {name} an outage: {used}")


async def _latency(hit: Outage, calm: Outage, seconds: float, news: Callable[[str], None]) -> float:
    """Of the other lane, by turns with and without an outage: how many times as long its slowest of a hundred take."""
    sent: dict[str, dict[str, float]] = {"with": {}, "without": {}}
    ends = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        while time.monotonic() < ends:
            number = f"other-{len(sent['with'])}"
            for name, relay in (("with", hit), ("without", calm)):
                sent[name][number] = time.monotonic()
                group.create_task(relay.send("other", number, number))
                await asyncio.sleep(0.5 / PER_SECOND)
    took = {name: await _took(relay, sent[name]) for name, relay in (("with", hit), ("without", calm))}
    for name, times in took.items():
        half, slow = (1000 * times[int(len(times) * part)] for part in (0.5, 0.99))
        news(f"another lane {name} an outage, {len(times)} events: p50 {half:.1f} ms, p99 {slow:.1f} ms")
    with_ms, without_ms = (times[int(len(times) * 0.99)] for times in took.values())
    return with_ms / without_ms


async def _took(relay: Outage, sent: dict[str, float]) -> list[float]:
    """From the sender's post to the ERP's first byte, in seconds, the shortest first."""

    async def all_there() -> bool:
        return len(relay.other.asked) == len(sent)

    await until(all_there, 60)
    return sorted(one.at - sent[one.number] for one in relay.other.asked)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.outage", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=20_000, metavar="N", help="how many wait, 20,000 unless set")
    parser.add_argument(
        "--minutes", type=float, default=2, metavar="M", help="how long others are watched, 2 unless set"
    )
    args = parser.parse_args()
    wanted = Wanted(deliveries=args.deliveries, rate=100, probe_ms=2_000, cap_ms=10_000)
    broken = asyncio.run(measure(wanted, args.minutes, lambda line: print(line, flush=True)))
    print("\n".join(broken or ["every promise held"]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
