"""Versions of the configuration as a running relay keeps them: their files, and what they say."""

import base64
from typing import Any

from relay.bundle import Bundle
from relay.cli.asking import Asking
from relay.cli.options import Options
from relay.config.load import load_bundle
from relay.configuration import Config


def in_force(relay: Asking) -> str:
    """The version that all are to run. Raises RelayError."""
    return str(relay.get("/api/config")["version"])


def bundle_of(relay: Asking, version: str) -> Bundle:
    """The files of a version. Raises RelayError where it isn't kept."""
    found = relay.get(f"/api/config/{version}")
    return Bundle(name=found["name"], files={name: _content(one) for name, one in found["files"].items()})


def config_of(relay: Asking, version: str, options: Options) -> Config:
    """What a version says, with placeholders for variables that aren't set here. Raises RelayError."""
    return load_bundle(bundle_of(relay, version), options.env, options.config, placeholders=True)


def shown(bundle: Bundle) -> dict[str, str | dict[str, str]]:
    """The files as the API takes them: as text, or in base64 where they are none."""
    return {name: _shown(content) for name, content in bundle.files.items()}


def _content(one: Any) -> bytes:
    return one.encode() if isinstance(one, str) else base64.b64decode(one["base64"])


def _shown(content: bytes) -> str | dict[str, str]:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
