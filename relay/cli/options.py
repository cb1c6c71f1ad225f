"""Options and environment: an option beats the environment, which beats `.env`, which beats the default."""

import argparse
import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from relay.dotenv import read_env
from relay.errors import RelayError
from relay.process import Process
from relay.texts import _, language_of, speak

DEFAULTS = {
    "RELAY_CONFIG": "routes.yaml",
    "RELAY_HOST": "127.0.0.1",
    "RELAY_PORT": "8080",
    "RELAY_DATA": "./relay-data",
    "RELAY_LOG": "text",
    "RELAY_LOG_LEVEL": "info",
}
TOKEN = "api-token"  # noqa: S105 - the file in the data folder
Commands = Any
_PORT = re.compile(r"[0-9]{1,5}")


class Reload(StrEnum):
    """When a routes.yaml that was saved comes into force: by itself, or by `relay apply`."""

    AUTO = "auto"
    APPLY = "apply"


class WrongUsage(RelayError):
    """The command can't be run as it was given: exit status 2."""


def environment(config: Path) -> dict[str, str]:
    """The environment over the `.env` that stands beside routes.yaml."""
    return {**read_env(config.parent / ".env"), **os.environ}


class Options:
    """What a command was given, by option or variable."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = vars(args)
        self.config = Path(self._args.get("config") or os.environ.get("RELAY_CONFIG") or DEFAULTS["RELAY_CONFIG"])
        self.env: Mapping[str, str] = environment(self.config)
        speak(language_of(self.env))

    def get(self, name: str) -> str | None:
        """`name` as the option has it; its variable is RELAY_NAME."""
        variable = f"RELAY_{name.upper()}"
        return self._args.get(name) or self.env.get(variable) or DEFAULTS.get(variable)

    def text(self, name: str) -> str:
        return self.get(name) or ""

    @property
    def port(self) -> int:
        return _number(self.text("port"), "RELAY_PORT")

    @property
    def data(self) -> Path:
        return Path(self.text("data"))

    def process(self) -> Process:
        """What a web or worker process runs with. Raises RelayError where RELAY_REDIS_URL isn't set."""
        url = self.env.get("RELAY_REDIS_URL")
        if not url:
            raise RelayError(
                _("there is no Redis"), "RELAY_REDIS_URL", _("set it, or use `relay up`, which brings its own")
            )
        tokens = _tokens(self.env.get("RELAY_API_TOKEN"), self.env.get("RELAY_API_TOKENS"))
        data = Path(self.env["RELAY_DATA"]) if "RELAY_DATA" in self.env else None
        name, metrics = self.env.get("RELAY_PROCESS"), self._metrics()
        known = Process(config=self.config, env=self.env, redis_url=url, tokens=tokens, data=data)
        return msgspec.structs.replace(known, name=name, metrics=metrics, applies=self.applies(Reload.APPLY))

    def applies(self, otherwise: "Reload") -> bool:
        """Whether a routes.yaml that is saved comes into force by itself. Raises WrongUsage."""
        said = self.get("reload") or otherwise
        if said not in list(Reload):
            raise WrongUsage(_("{said} is no way to reload", said=repr(said)), "RELAY_RELOAD", _("write auto or apply"))
        return said == Reload.AUTO

    def _metrics(self) -> tuple[str, int] | None:
        asked = self.env.get("RELAY_METRICS_PORT")
        return (self.text("host"), _number(asked, "RELAY_METRICS_PORT")) if asked else None


def _tokens(one: str | None, named: str | None) -> dict[str, str]:
    """Token → name, from RELAY_API_TOKEN and RELAY_API_TOKENS (`anna:…,bob:…`). Raises RelayError."""
    found = {one: "operator"} if one else {}
    for number, part in enumerate((named or "").strip(" ,").split(",") if named else (), 1):
        name, token = (word.strip() for word in part.partition(":")[::2])
        if not name or not token:
            raise RelayError(
                _("entry {number} isn't name:token", number=number), "RELAY_API_TOKENS", _("write anna:token,bob:token")
            )
        found[token] = name
    return found


def _number(port: str, variable: str) -> int:
    try:
        return int(port_number(port))
    except argparse.ArgumentTypeError as error:
        raise RelayError(_("{port} is no port", port=repr(port)), variable, _("give {error}", error=error)) from None


def config_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="routes.yaml (RELAY_CONFIG)")


def reload_option(command: argparse.ArgumentParser, otherwise: str) -> None:
    command.add_argument(
        "--reload",
        choices=list(map(str, Reload)),
        help=_(
            "a routes.yaml that is saved comes into force by itself, or by `relay apply`: {otherwise} (RELAY_RELOAD)",
            otherwise=otherwise,
        ),
    )


def address_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", help=_("address to listen on, 127.0.0.1 unless set (RELAY_HOST)"))
    command.add_argument(
        "--port", type=port_number, metavar="N", help=_("port to listen on, 8080 unless set (RELAY_PORT)")
    )


def port_number(value: str) -> str:
    """For argparse, so that another one is wrong usage."""
    if not _PORT.fullmatch(value) or int(value) > 65_535:
        raise argparse.ArgumentTypeError(_("a number up to 65535"))
    return value
