"""The ERP and the origin: nginx where it is installed, else a server of our own. Its log says what came, and when."""

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.playing.answering import BOOKED
from bench.site import Site, Started, free_port, python, started

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit; {user}
events {{ worker_connections 4096; }}
http {{
  log_format heard '$msec $uri';
  access_log {log} heard buffer=64k flush=100ms;
  keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    default_type application/json;
    location / {{ return 200 '{booked}'; }}
  }}
}}
"""


class Sink:
    """`heard` reads what came since it was last asked: when (seconds of the clock), and to which path."""

    def __init__(self, port: int, log: Path, process: Started) -> None:
        self.url, self.process = f"http://127.0.0.1:{port}", process
        self._log, self._rest = log.open(), ""

    def heard(self) -> list[tuple[float, str]]:
        self._rest += self._log.read()
        *lines, self._rest = self._rest.split("\n")
        return [(float(when), path) for when, path in (line.split() for line in lines)]

    def until(self, path: str, count: int, within_s: float) -> list[float]:
        """When each request to the path came, up to so many. Raises RuntimeError where they don't come."""
        times: list[float] = []
        ends = time.monotonic() + within_s
        while len(times) < count:
            times += [at for at, to in self.heard() if to == path]
            if time.monotonic() > ends:
                raise RuntimeError(f"{len(times)} of {count} requests came to {path} within {within_s:g} s")
            time.sleep(0.05)
        return sorted(times)


def server() -> str:
    return "nginx" if shutil.which("nginx") else "a server in Python (install nginx)"


@contextmanager
def sink(site: Site) -> Iterator[Sink]:
    folder, port = site.new_folder("sink"), free_port()
    log = folder / "heard"
    log.touch()
    command = _nginx(folder, port, log) if shutil.which("nginx") else _own(port, log)
    with started("sink", command, folder) as process:
        process.until(lambda: _listens(port))
        yield Sink(port, log, process)


def _nginx(folder: Path, port: int, log: Path) -> list[str]:
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, port=port, log=log, user=user, booked=BOOKED.decode()))
    return ["nginx", "-e", str(folder / "error.log"), "-c", str(file)]


def _own(port: int, log: Path) -> list[str]:
    return python("-m", "bench.playing.own_sink", str(port), str(log))


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
