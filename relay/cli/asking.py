"""Whom a command asks: a running relay over HTTP, or, with --direct, Redis itself through the same calls.

There is one API. Straight on Redis it is served inside the command, so that both ways show and decide the same.
"""

import argparse
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from relay.cli.client import Client
from relay.cli.options import Options, config_option
from relay.texts import _


class Asking(Protocol):
    """Raises RelayError where there is nobody to ask, and for a refusal; WrongUsage where the question is at fault."""

    def get(self, path: str, **query: str | None) -> Any: ...
    def raw(self, path: str) -> bytes: ...
    def post(self, path: str, body: dict[str, Any]) -> Any: ...


def asking_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--url", help=_("where the relay is (RELAY_URL)"))
    command.add_argument("--data", metavar="DIR", help=_("its data folder, where token and Redis are (RELAY_DATA)"))
    command.add_argument(
        "--direct",
        action="store_true",
        help=_("ask its Redis (RELAY_REDIS_URL, or the one in --data), for want of a web"),
    )
    command.add_argument("--json", action="store_true", help=_("for programs; times in UTC"))
    config_option(command)


@contextmanager
def asking(args: argparse.Namespace) -> Iterator[Asking]:
    """What the options say to ask, for as long as the block takes."""
    options = Options(args)
    if not args.direct:
        yield Client(options)
        return
    server = importlib.import_module("relay.cli.direct")  # all of web: twice the start of a command that asks over HTTP
    with server.direct(options) as found:
        yield found


def pages(relay: Asking, path: str, name: str, **query: str | None) -> Iterator[list[Any]]:
    """What `name` holds, page by page to the end."""
    cursor: str | None = None
    while True:
        page = relay.get(path, **query, cursor=cursor)
        yield page[name]
        cursor = page["next"]
        if cursor is None:
            return
