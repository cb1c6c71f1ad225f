"""`relay worker`: one worker process, for a Procfile, systemd or Kubernetes."""

import argparse
import asyncio
import signal
import threading
from typing import Any

import uvloop

from relay.cli.logs import set_up
from relay.cli.options import Commands, Options, config_option, reload_option
from relay.process import keep_loaded
from relay.stores.connecting import blocking_client
from relay.texts import _
from relay.wiring.worker import worker as wired
from relay.worker import serve


def add(commands: Commands) -> None:
    worker = commands.add_parser("worker", help=_("one worker process (RELAY_REDIS_URL is needed)"))
    config_option(worker)
    reload_option(worker, _("apply unless set"))
    worker.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """SIGTERM lets running attempts end; a second one stops at once."""
    options = Options(args)
    set_up(options, "worker")
    process, stopping = options.process(), threading.Event()

    def stop(_number: int, _frame: Any) -> None:
        if stopping.is_set():
            raise SystemExit(1)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    rq = blocking_client(process.redis_url, timeout_s=None)
    keep_loaded()
    serve(lambda: wired(process, stopping.is_set), rq, loop, stopping)
