"""`relay up`: everything on this machine, supervised: Redis, web, workers."""

import argparse
import asyncio
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from relay import __version__, redis_server
from relay.cli.listening import listening, listening_options
from relay.cli.logs import set_up
from relay.cli.options import TOKEN, Commands, Options, Reload, config_option, reload_option
from relay.config.load import load
from relay.errors import ConfigError, RelayError, reason_of
from relay.process import GRACE_S
from relay.stores.connecting import has_version
from relay.supervisor import Child, Supervisor
from relay.texts import _
from relay.torn import Loaded

WEB_STOPS_S, WORKER_STOPS_S = 18, GRACE_S + 5


def add(commands: Commands) -> None:
    up = commands.add_parser("up", help=_("everything on this machine: Redis, web and workers, supervised"))
    config_option(up)
    listening_options(up)
    reload_option(up, _("auto with its own Redis, else apply"))
    up.add_argument("--data", metavar="DIR", help=_("folder of its own Redis and token, ./relay-data unless set"))
    up.add_argument("--workers", type=_count, default=1, metavar="N", help=_("worker processes, 1 unless set"))
    up.set_defaults(run=run)


def _count(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 64:
        raise argparse.ArgumentTypeError(_("a number from 1 to 64"))
    return int(value)


def run(args: argparse.Namespace) -> None:
    """Raises before anything is started where the file, the port or the folder won't do."""
    options = Options(args)
    set_up(options, "up")
    external = options.env.get("RELAY_REDIS_URL")
    _check(options, external)
    with listening(options, args.fd) as listener, nullcontext() if external else redis_server.owned(options.data):
        asyncio.run(_supervise(options, external, args.workers, listener))


def _check(options: Options, external: str | None) -> None:
    """Raises ConfigError where the file can't be used, unless a Redis that others share has what is in force."""
    try:
        load(options.config, options.env)
    except ConfigError as error:
        if not (external and has_version(external)):
            raise
        print(_("error: {error}\nthe version in force is run instead", error=error), file=sys.stderr, flush=True)


async def _supervise(options: Options, external: str | None, workers: int, listener: socket.socket) -> None:
    env = dict(_environment(options, external))
    stages = [[_web(options, env, listener), *_workers(options, env, workers)]]
    if not external:
        await redis_server.dismiss(options.data)
        stages.insert(0, [_redis(options.data)])
    host, port, *_rest = listener.getsockname()
    print(
        _(
            "relay {version} on http://{host}:{port}, {workers} worker(s), Redis {redis}",
            version=__version__,
            host=host,
            port=port,
            workers=workers,
            redis=_("at RELAY_REDIS_URL") if external else _("in {folder}", folder=options.data),
        ),
        flush=True,
    )
    await Supervisor(stages).run()


def _environment(options: Options, external: str | None) -> Mapping[str, str]:
    env = {
        "RELAY_REDIS_URL": external or redis_server.url(options.data),
        "RELAY_LOG": options.text("log"),
        "RELAY_LOG_LEVEL": options.text("log_level"),
        "RELAY_METRICS_PORT": "",  # web tells all figures, and each worker would want the same port
        "RELAY_DATA": str(options.data.resolve()),
        "RELAY_RELOAD": Reload.AUTO if options.applies(Reload.APPLY if external else Reload.AUTO) else Reload.APPLY,
    }
    if not options.env.get("RELAY_API_TOKEN") and not options.env.get("RELAY_API_TOKENS"):
        env["RELAY_API_TOKEN"] = token(options.data)
    return env


def token(data: Path) -> str:
    """The API token kept in the data folder, made and printed the first time."""
    path = data / TOKEN
    redis_server.make_folder(data)
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        made = secrets.token_urlsafe(24)
    except OSError as error:
        raise RelayError(
            _("the token can't be read: {reason}", reason=reason_of(error)), str(path), _("mend its permissions")
        ) from None
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - with its mode
        file.write(made + "\n")
    print(_("API token: {token} (kept in {path})", token=made, path=path), flush=True)
    return made


def _redis(data: Path) -> Child:
    command = redis_server.command(redis_server.find_server(), data)
    return Child(name="redis-server", command=command, ready=Loaded(data))


def _web(options: Options, env: Mapping[str, str], listener: socket.socket) -> Child:
    """It listens on a socket of this process: what connects while it is started again waits, and isn't refused."""
    command = [*_relay("web", options), "--fd", str(listener.fileno())]
    return Child(name="web", command=command, env=env, stop_after=WEB_STOPS_S, listener=listener)


def _workers(options: Options, env: Mapping[str, str], workers: int) -> list[Child]:
    command = _relay("worker", options)
    return [
        Child(name=f"worker {number}", command=command, env=env, stop_after=WORKER_STOPS_S)
        for number in range(1, workers + 1)
    ]


def _relay(process: str, options: Options) -> list[str]:
    return [sys.executable, "-m", "relay", process, "--config", str(options.config)]
