"""Keeps a set of processes alive: starts them in order, restarts what dies, stops them in the reverse order.

Knows nothing of what the processes do. On Linux they are told to stop when this process dies, however it dies.
"""

import asyncio
import ctypes
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from subprocess import DEVNULL, Popen

import msgspec

from relay.background import cancelled
from relay.errors import RelayError
from relay.signals import Signal, tell
from relay.texts import _

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
FAILED_STARTS = 3
PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A process to keep. `env` is added to this process's own; `stop_after` seconds after SIGTERM it is killed.

    It is handed `listener` under the same number; when it is to stop, nobody listens there on its behalf any more.
    `ready`, if given, says whether the next stage may start. One that dies again and again is started after longer
    and longer pauses, up to 5 s; one that lived for `steady_after` seconds is back after the shortest.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = {}
    ready: Callable[[], Awaitable[bool]] | None = None
    listener: socket.socket | None = None
    stop_after: float = 10
    steady_after: float = 3


class Supervisor:
    """Stages are started one after another and stopped in reverse; the children of one stage, together."""

    def __init__(self, stages: Sequence[Sequence[Child]]) -> None:
        self._stages = [[_Kept(child) for child in stage] for stage in stages]
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Returns when everything has stopped after SIGTERM, SIGINT, SIGHUP or `stop`. Belongs in the main thread.

        Raises RelayError when a child that has to be ready ends again and again before it is.
        """
        with _signals(self.stop, self._reap):
            starting = asyncio.create_task(self._start())
            try:
                await self._stopping.wait()
            finally:
                await cancelled([starting])
                await self._end()
            with suppress(asyncio.CancelledError):
                await starting

    def stop(self) -> None:
        """The first call stops stage by stage, the next one kills what is left."""
        if self._stopping.is_set():
            for kept in chain.from_iterable(self._stages):
                kept.kill()
        self._stopping.set()

    async def _start(self) -> None:
        try:
            for stage in self._stages:
                for kept in stage:
                    kept.start()
                await asyncio.gather(*(kept.ready() for kept in stage))
        except Exception:
            self._stopping.set()
            raise

    async def _end(self) -> None:
        for stage in reversed(self._stages):
            await asyncio.gather(*(kept.stop() for kept in stage))

    def _reap(self) -> None:
        for kept in chain.from_iterable(self._stages):
            kept.reap()


class _Kept:
    """One child and the process that runs it now."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._process: Popen[bytes] | None = None
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._deaths = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        while self._child.ready and not await self._child.ready():
            if self._deaths >= FAILED_STARTS:
                raise RelayError(
                    _("{name} doesn't start", name=self._child.name),
                    self._child.command[0],
                    _("its own output says why"),
                )
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL when the child takes longer than it may."""
        self._forget()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._gone.wait(), self._child.stop_after)
            except TimeoutError:
                log.warning("%s didn't stop within %s s and is killed", self._child.name, self._child.stop_after)
                self._process.kill()
                await self._gone.wait()

    def kill(self) -> None:
        """Ends the process at once."""
        self._forget()
        if self._process:
            self._process.kill()

    def reap(self) -> None:
        if self._process and self._process.poll() is not None:
            self._gone.set()

    def _forget(self) -> None:
        """It isn't started again."""
        if self._task:
            self._task.cancel()
        if self._child.listener:
            self._child.listener.close()

    async def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            how = await self._live()
            lived_s = time.monotonic() - began
            self._deaths += 1
            if lived_s > self._child.steady_after:
                pause_s = FIRST_PAUSE_S
            told = f"{self._child.name} {how} after {lived_s:.1f} s, starts again in {pause_s:.1f} s"
            tell(Signal.PROCESS_DIED, told, name=self._child.name)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _live(self) -> str:
        """One life of the process; says how it ended."""
        self._gone.clear()
        try:
            self._process = _spawn(self._child)
        except OSError as error:
            return f"couldn't be started ({error.strerror})"
        told = f"{self._child.name} started as process {self._process.pid}"
        tell(Signal.PROCESS_STARTED, told, name=self._child.name, pid=self._process.pid)
        await self._gone.wait()
        status = self._process.returncode
        return f"ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _spawn(child: Child) -> Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches this process alone and the order of stopping is kept.

    Not asyncio's subprocesses: up to 3.11 those are waited for in threads, which code between fork and exec forbids.
    """
    env = {**os.environ, "RELAY_PROCESS": child.name.replace(" ", "-"), **child.env}
    fds = (child.listener.fileno(),) if child.listener else ()
    return Popen(  # noqa: S603
        child.command,
        env=env,
        stdin=DEVNULL,
        pass_fds=fds,
        start_new_session=True,
        preexec_fn=follower(),  # noqa: PLW1509
    )


def follower() -> Callable[[], None] | None:
    """What a child calls before its program begins: SIGTERM when its parent dies. None where there is no such thing."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def follow() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return follow


@contextmanager
def _signals(stop: Callable[[], None], reap: Callable[[], None]) -> Iterator[None]:
    """A signal that this process was started to ignore (nohup, a shell's &) stays ignored."""
    loop = asyncio.get_running_loop()
    stops = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    heard = {one: stop for one in stops if signal.getsignal(one) != signal.SIG_IGN} | {signal.SIGCHLD: reap}
    for one, callback in heard.items():
        loop.add_signal_handler(one, callback)
    try:
        yield
    finally:
        for one in heard:
            loop.remove_signal_handler(one)
