"""Relay in the demo: `relay up`, a process of its own with Redis, web and workers, on a folder that is removed."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from relay.demo.played import HOST
from relay.errors import RelayError
from relay.supervisor import follower

ROUTES = Path(__file__).with_name("routes.yaml")
WORKERS = 2
STOPS_S = 45
MOMENT_S = 1


def furnish(folder: Path, variables: Mapping[str, str]) -> Path:
    """Puts the shipped routes.yaml as it stands, and a `.env` for it, into the folder."""
    config = folder / "routes.yaml"
    shutil.copyfile(ROUTES, config)
    lines = [f"{name}={value}\n" for name, value in variables.items()]
    env = folder / ".env"
    env.touch(mode=0o600)
    env.write_text("".join(lines), encoding="utf-8")
    return config


class Running:
    """A `relay up` that was started."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process, self._log = process, log

    def check(self) -> None:
        """Raises RelayError, in the process's own words, when it has ended."""
        status = self._process.returncode
        if status is not None and status < 0:
            raise RelayError(f"`relay up` was killed by {signal.Signals(-status).name}")
        if status is not None:
            raise RelayError(self.last_words() or f"`relay up` ended with status {status}")

    async def explain(self) -> None:
        """The same where it ends in a moment: what failed just now may follow from that."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), MOMENT_S)
        self.check()

    def last_words(self) -> str:
        """Its error, else the end of its log."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        return errors[-1] if errors else "\n".join(lines[-5:])

    async def stop(self) -> None:
        """Drains and stops it; kills it where that takes too long."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), STOPS_S)
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()


@asynccontextmanager
async def running(config: Path, port: int, variables: Mapping[str, str]) -> AsyncIterator[Running]:
    """`relay up` on the folder of `config`; it has stopped when the block is left."""
    folder = config.parent
    places = ("--config", config, "--data", folder / "data", "--host", HOST, "--port", str(port))
    command = (sys.executable, "-m", "relay", "up", *places, "--workers", str(WORKERS))
    log = folder / "relay.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=_environment(variables),
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=follower(),
        )
    relay = Running(process, log)
    try:
        yield relay
    finally:
        await relay.stop()


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's own, without what would lead the demo to somebody's real Redis or ERP."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith("RELAY_") and name not in variables
    }
