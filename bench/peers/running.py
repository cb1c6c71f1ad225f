"""A peer at work: its workers on a Redis, and a burst of jobs for them."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import msgspec

from bench.playing.sink import Sink
from bench.relays import Server
from bench.site import Site, Started, started
from bench.spent import cpu_s

WARM = 16


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """`package`: what must be installed. `work`: what a worker's command line says after `python -m`; `workers`: how
    many of them make two processes; `per_s`: about what it does, so that a burst lasts as long as the others'."""

    name: str
    package: str
    work: tuple[str, ...]
    workers: int
    per_s: int


PEERS = (
    Peer(name="RQ", package="rq", work=("bench.peers.rq", "work"), workers=2, per_s=500),
    Peer(
        name="Celery",
        package="celery",
        work=("celery", "-A", "bench.peers.celery", "worker", "-c", "2", "-l", "ERROR", "--without-mingle"),
        workers=1,
        per_s=800,
    ),
    Peer(name="arq", package="arq", work=("bench.peers.arq", "work"), workers=2, per_s=1_400),
    Peer(
        name="taskiq",
        package="taskiq",
        work=(
            "taskiq",
            "worker",
            "bench.peers.taskiq:broker",
            "-w",
            "2",
            "--max-async-tasks",
            "64",
            "--log-level",
            "ERROR",
        ),
        workers=1,
        per_s=2_000,
    ),
)


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A peer's workers, waiting for jobs."""

    peer: Peer
    site: Site
    env: dict[str, str]
    workers: list[Started]
    server: Server
    sink: Sink

    def burst(self, count: int, within_s: float = 120) -> tuple[float, float]:
        """Deliveries a second from the first request to the last callback, and CPU µs for each of workers, producer
        and Redis."""
        self.sink.heard()
        pids = [*(one.pid for one in self.workers), self.server.process.pid]
        before = cpu_s(pids)
        with started(self.peer.name, self._jobs(count), self.site.folder, self.env) as jobs:
            times = self.sink.until("/status", count, within_s)
            spent_s = cpu_s([*pids, jobs.pid]) - before
            jobs.until(lambda: jobs.process.poll() is not None)
        return count / (times[-1] - times[0]), spent_s / count * 1e6

    def _jobs(self, count: int) -> list[str]:
        return [self.site.peers, "-m", f"bench.peers.{self.peer.name.lower()}", str(count)]


def version(site: Site, peer: Peer) -> str | None:
    """None where it isn't installed."""
    asked = [site.peers, "-c", f"from importlib.metadata import version; print(version('{peer.package}'))"]
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return ran.stdout.strip() if ran.returncode == 0 else None


@contextmanager
def team(site: Site, peer: Peer, server: Server, sink: Sink) -> Iterator[Team]:
    """Its workers, when they have done some first jobs."""
    env = {"REDIS": server.url, "SINK": sink.url}
    command = [site.peers, "-m", *peer.work]
    with ExitStack() as stack:
        names = [f"{peer.name}-{number}" for number in range(peer.workers)]
        workers = [stack.enter_context(started(name, command, site.folder, env, stops_s=5)) for name in names]
        found = Team(peer=peer, site=site, env=env, workers=workers, server=server, sink=sink)
        found.burst(WARM)
        yield found
