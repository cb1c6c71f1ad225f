"""The files of deploy/ as data, and whether what they start is a command of Relay."""

import configparser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from relay.cli import parser

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/relay*"))
MANIFESTS = [
    document
    for path in sorted(DEPLOY.glob("kubernetes/*.yaml"))
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
IN_PODS = {
    manifest["metadata"]["name"]: manifest["spec"]["template"]["spec"]
    for manifest in MANIFESTS
    if "template" in manifest["spec"]
}


def unit(name: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment]
    found.read(DEPLOY / "systemd" / name)
    return found


def relay_takes(words: Sequence[str]) -> bool:
    """Whether `relay WORDS…` is one of its commands; wrong words end the test."""
    return bool(parser(words[0]).parse_args(words).run)


def container(name: str) -> Any:
    """The one container in the pods of a workload."""
    (found,) = IN_PODS[name]["containers"]
    return found


def seconds(duration: str) -> int:
    """`60s` as systemd and compose write it."""
    return int(duration.removesuffix("s"))
