"""The `.env` that is written: our own secrets made up, the played system's account, and what others must give."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from relay import emulators
from relay.bundle import Bundle
from relay.cli.beginning.choice import Chosen
from relay.cli.beginning.facts import example_of
from relay.config.load import standing_in
from relay.destinations import preset
from relay.destinations.example import asking, filled, variable
from relay.errors import RelayError
from relay.signature import Scheme
from relay.signatures import catalogue
from relay.texts import _

PORT = 8090  # of the first played system; the next ones have the next
HERE = "http://127.0.0.1"
_MAKERS: tuple[Callable[[], str], ...] = (
    lambda: secrets.token_urlsafe(32),
    lambda: f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
    lambda: secrets.token_hex(32),
    lambda: f"relay:{secrets.token_urlsafe(24)}",
)


class Playing(msgspec.Struct, frozen=True):
    """A preset's system as `relay emulate` plays it."""

    preset: str
    emulator: str
    port: int


def playing(of: Chosen) -> list[Playing]:
    """Those that are played where the file is tried; none for a preset that nothing plays."""
    presets = dict.fromkeys([of.erp, *(asked.preset for asked in example_of(of.record).fetch.values())])
    named = [(name, played) for name in presets if (played := _emulator(name))]
    ports = {played: PORT + number for number, played in enumerate(dict.fromkeys(played for _name, played in named))}
    return [Playing(name, played, ports[played]) for name, played in named]


def env_of(of: Chosen, routes: str) -> str:
    """Each variable of the file with a value by which it loads, under what has to be done about it."""
    ours, played = _ours(of), _played(of)
    bundle = Bundle(name="routes.yaml", files={"routes.yaml": routes.encode()})
    given = standing_in(bundle, {**ours, **played}, Path("routes.yaml"))
    head = _("Read by Relay beside routes.yaml. Keep it out of version control.")
    own, own_title = _own(of)
    parts = [
        (own_title, {name: value for name, value in ours.items() if name in own}),
        (_("TO REPLACE by what the platform and your system give:"), {**_without(ours, own), **given}),
        (_("The system that relay emulate plays, TO REPLACE by yours:"), played),
    ]
    return "\n".join([f"# {head}", *(line for title, values in parts if values for line in _part(title, values)), ""])


def _own(of: Chosen) -> tuple[frozenset[str], str]:
    """The variables that hold secrets of ours, which the platform is told."""
    credential = any(words.is_credential for words in of.record.alternatives)
    names = {variable(of.source, "status_secret"), *((variable(of.source, "secret"),) if credential else ())}
    return frozenset(names), _("Made for you; the platform is told them:")


def _ours(of: Chosen) -> dict[str, str]:
    """Secrets made by chance, where the scheme's are no keys of the platform's: a guessable one must never stay."""
    scheme, found = catalogue.load(of.source), {}
    secret = next((made for maker in _MAKERS if _suits(made := maker(), scheme)), None)
    if secret and scheme.needs_secret:
        found[variable(of.source, "secret")] = secret
    if scheme.signs_url:
        found[variable(of.source, "public_url")] = f"{HERE}:8080/in/{of.source}"
    if of.callback and not example_of(of.record).callback:
        found[variable(of.source, "status_secret")] = _MAKERS[1]()
    return found


def _suits(secret: str, scheme: Scheme) -> bool:
    try:
        scheme.check_secret(secret)
    except RelayError:
        return False
    return True


def _played(of: Chosen) -> dict[str, str]:
    return {name: value for each in playing(of) for name, value in _account(each).items()}


def _account(of: Playing) -> dict[str, str]:
    """What the preset is given for the played system; not what that makes anew at each start."""
    example, known = preset(of.preset).example, emulators.emulator(of.emulator).account
    values, wanted = filled(example, {"URL": f"{HERE}:{of.port}", **known}), asking(example, of.preset)
    pairs = [*_pairs(wanted.vars, values.vars), *_pairs(wanted.destination, values.destination)]
    return {name[2:-1]: value for name, value in pairs if name.startswith("${") and "${" not in value}


def _pairs(wanted: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((str(wanted[key]), str(values[key])) for key in wanted)


def _emulator(name: str) -> str | None:
    """The one of its name, or the one whose name it begins with."""
    fit = [each for each in emulators.names() if name == each or name.startswith(f"{each}-")]
    return max(fit, key=len, default=None)


def _without(values: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in names}


def _part(title: str, values: Mapping[str, str]) -> list[str]:
    return ["", f"# {title}", *(f"{name}={_quoted(value)}" for name, value in values.items())]


def _quoted(value: str) -> str:
    """As a line of `.env`."""
    if value.isascii() and value.replace("_", "").replace("-", "").isalnum():
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
