"""`relay web` and `relay worker`: one process each, for a Procfile, systemd or Kubernetes."""

import argparse
import asyncio
import signal
import threading
from typing import Any

import uvloop
from redis import Redis

from relay import wiring
from relay.cli.logs import set_up
from relay.cli.options import Commands, Options, address_options, config_option
from relay.web.server import listen, make_server
from relay.worker import serve


def add(commands: Commands) -> None:
    web = commands.add_parser("web", help="one web process (RELAY_REDIS_URL is needed)")
    config_option(web)
    address_options(web)
    web.set_defaults(run=run_web)
    worker = commands.add_parser("worker", help="one worker process (RELAY_REDIS_URL is needed)")
    config_option(worker)
    worker.set_defaults(run=run_worker)


def run_web(args: argparse.Namespace) -> None:
    options = Options(args)
    set_up(options.text("log"), "web")
    app = wiring.web(options.process())
    make_server(app).run([listen(options.text("host"), options.port)])


def run_worker(args: argparse.Namespace) -> None:
    """SIGTERM lets running attempts end; a second one stops at once."""
    options = Options(args)
    set_up(options.text("log"), "worker")
    process, stopping = options.process(), threading.Event()

    def stop(_number: int, _frame: Any) -> None:
        if stopping.is_set():
            raise SystemExit(1)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    serve(lambda: wiring.worker(process), Redis.from_url(process.redis_url), loop, stopping)
