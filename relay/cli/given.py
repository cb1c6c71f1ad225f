"""What commands are given of a request: its body from a file or stdin, its headers and its parameters."""

import argparse
import sys
from pathlib import Path

from relay.errors import RelayError
from relay.texts import _


def body_of(name: str) -> bytes:
    """A file's bytes; those of stdin for `-`. Raises RelayError."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        what = _("the file can't be read: {reason}", reason=error.strerror)
        raise RelayError(what, name, _("name another, or - for stdin")) from None


def header(text: str) -> tuple[str, str]:
    """`K: V`, for argparse."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError(_("write a header as 'Name: value'"))
    return name.strip(), value.strip()


def parameter(text: str) -> tuple[str, str]:
    """`K=V`, for argparse."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(_("write a parameter as name=value"))
    return name, value
