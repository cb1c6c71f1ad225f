"""How a process's figures are reached: over HTTP, and by the other processes of one `relay up` through their folder.

Each process puts its name on its figures, so that they stand beside each other in one answer and may be summed.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from relay import __version__, metrics
from relay.errors import RelayError, reason_of
from relay.texts import _

WITHIN_S = 1.0
_FAMILY = re.compile(r"^(?=# HELP )", re.MULTILINE)

log = logging.getLogger("relay")


class Own:
    """The figures of this process. `version` gives that of the configuration in force."""

    def __init__(self, process: str, version: Callable[[], str]) -> None:
        self.process, self._version = process, version

    def collect(self) -> Iterator[Metric]:
        """What Prometheus's library asks of a collector."""
        for family in (*metrics.families(), *self._infos()):
            family.samples = [one._replace(labels={**one.labels, "process": self.process}) for one in family.samples]
            yield family

    def _infos(self) -> Iterator[Metric]:
        config = GaugeMetricFamily("relay_config_info", "1 for the configuration in force.", labels=["version"])
        config.add_metric([self._version()], 1)
        build = GaugeMetricFamily("relay_build_info", "1 for the version of Relay that runs.", labels=["version"])
        build.add_metric([__version__], 1)
        yield from (config, build)

    def text(self) -> str:
        return text_of(self.collect())


class _Given:
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def text_of(families: Iterable[Metric]) -> str:
    """In Prometheus's text format."""
    return generate_latest(_Given(families)).decode()


def merged(texts: Iterable[str]) -> str:
    """Several processes' texts as one: what belongs to one metric stands together, under the heading of the first."""
    found: dict[str, list[str]] = {}
    for text in texts:
        for family in _FAMILY.split(text)[1:]:
            help_, type_, *samples = family.splitlines()
            found.setdefault(type_, [help_, type_]).extend(samples)
    return "".join(f"{line}\n" for lines in found.values() for line in lines)


@contextmanager
def listening(own: Own, host: str, port: int) -> Iterator[None]:
    """Answers over HTTP, at any path, beside the block. Raises RelayError where the address can't be had."""
    registry = CollectorRegistry()
    registry.register(own)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        where, remedy = f"{host}:{port}", _("choose another RELAY_METRICS_PORT")
        raise RelayError(_("can't listen for metrics: {reason}", reason=reason_of(error)), where, remedy) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@asynccontextmanager
async def found_in(folder: Path | None, own: Own) -> AsyncIterator[None]:
    """Tells its figures to whoever connects to a socket in the folder, beside the block."""
    place = _place(folder, own.process) if folder else None

    async def say(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            writer.write((await asyncio.to_thread(own.text)).encode())
            await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_unix_server(say, place) if place else None
    except OSError as error:
        log.warning("the figures of this process can't be had: %s, %s", error, place)
        server = None
    try:
        yield
    finally:
        if server and place:
            server.close()
            place.unlink(missing_ok=True)


async def others(folder: Path | None, own: Own) -> list[str]:
    """The figures of the other processes in the folder that answer at once."""
    mine = _place(folder, own.process) if folder else None
    found = await asyncio.gather(*(_heard(place) for place in _places(folder) if place != mine))
    return [text for text in found if text]


async def _heard(place: Path) -> str | None:
    writer = None
    try:
        async with asyncio.timeout(WITHIN_S):
            reader, writer = await asyncio.open_unix_connection(place)
            return (await reader.read()).decode()
    except (OSError, TimeoutError):
        return None
    finally:
        if writer:
            writer.close()


def _places(folder: Path | None) -> list[Path]:
    return sorted(folder.glob("metrics-*.sock")) if folder else []


def _place(folder: Path, process: str) -> Path:
    return folder / f"metrics-{process}.sock"
