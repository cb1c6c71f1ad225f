"""Web and worker processes side by side, each exchanged for a new one as systemd exchanges them.

The listening socket stays with the one who starts them, and each process says by sd_notify(3) that it is ready.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

from running import WITHIN_S, Relay, until


@dataclass
class Fleet:
    """`relay` gives the folder and the environment; `processes` are those that run."""

    relay: Relay
    listener: socket.socket
    processes: set[asyncio.subprocess.Process] = field(default_factory=set)
    _numbers: "count[int]" = field(default_factory=count)

    async def starts(self, word: str) -> asyncio.subprocess.Process:
        """`relay WORD`, when it has said that it is ready."""
        said = self.relay.folder / f"notify-{next(self._numbers)}"
        fd = self.listener.fileno()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire, (self.relay.folder / "log").open("ab") as log:
            wire.bind(str(said))
            wire.setblocking(False)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "relay", word, *(("--fd", str(fd)) if word == "web" else ())),
                cwd=self.relay.folder,
                env={**self.relay.env, "NOTIFY_SOCKET": str(said)},
                pass_fds=[fd],
                stdout=log,
                stderr=log,
            )
            self.processes.add(process)
            assert await until(lambda: self._heard(wire, process)) == b"READY=1"
        return process

    async def _heard(self, wire: socket.socket, process: asyncio.subprocess.Process) -> bytes | None:
        assert process.returncode is None, self.relay.log
        with suppress(BlockingIOError):
            return wire.recv(100)
        return None

    async def stops(self, process: asyncio.subprocess.Process) -> None:
        """It ends well when it is told to."""
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), WITHIN_S) == 0, self.relay.log
        self.processes.discard(process)

    async def rolls(self, word: str, times: int) -> None:
        """As often, a new one is ready before the old one is told to stop."""
        old = await self.starts(word)
        for _ in range(times):
            new = await self.starts(word)
            await self.stops(old)
            old = new


@asynccontextmanager
async def fleet_of(relay: Relay) -> AsyncIterator[Fleet]:
    """On the relay's port; whatever was started ends with the block."""
    with socket.create_server(("127.0.0.1", relay.port), backlog=2048) as listener:
        fleet = Fleet(relay, listener)
        try:
            yield fleet
        finally:
            for process in fleet.processes:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
