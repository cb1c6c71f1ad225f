"""What commands are given of a request: its body from a file or stdin, its headers and its parameters."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from relay.config.load import load
from relay.configuration import Config
from relay.errors import ConfigError, Fault, RelayError, reason_of
from relay.nearest import nearest
from relay.source import Source
from relay.texts import _


def body_of(name: str) -> bytes:
    """A file's bytes; those of stdin for `-`. Raises RelayError."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        what = _("the file can't be read: {reason}", reason=reason_of(error))
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


def source_named(name: str, config: Config) -> Source:
    """Raises RelayError."""
    if name not in config.sources:
        remedy = nearest(name, config.sources) or _("there are {names}", names=", ".join(config.sources))
        raise RelayError(_("there is no source {name}", name=repr(name[:60])), str(config.path), remedy)
    return config.sources[name]


def loaded(path: Path, env: Mapping[str, str], *, placeholders: bool) -> Config:
    """Raises ConfigError whose faults name the file as it was given: there may be two."""
    try:
        return load(path, env, placeholders=placeholders)
    except ConfigError as error:
        faults = [Fault(str(path.parent / f.file), f.line, f.column, f.what, f.remedy) for f in error.faults]
        raise ConfigError(faults) from None
