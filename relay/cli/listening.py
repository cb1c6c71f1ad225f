"""Where `relay web` and `relay up` listen: at an address of their own, or on a socket that was handed over."""

import argparse
import socket

from relay.cli.options import Options, address_options
from relay.texts import _
from relay.web.listening import handed_over, listen


def listening_options(command: argparse.ArgumentParser) -> None:
    address_options(command)
    command.add_argument(
        "--fd", type=_number, metavar="N", help=_("listen on the socket that was handed over as file N")
    )


def listening(options: Options, fd: int | None) -> socket.socket:
    """Raises RelayError where it can't be had."""
    return listen(options.text("host"), options.port) if fd is None else handed_over(fd)


def _number(value: str) -> int:
    if not value.isdecimal() or int(value) < 3:
        raise argparse.ArgumentTypeError(_("a number from 3 on"))
    return int(value)
