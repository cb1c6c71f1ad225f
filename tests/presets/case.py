"""A preset beside the system that it is for: its worked example, filled so that the one reaches the other.

What a test wants otherwise stands in a case, a file `cases/NAME.yaml` under the preset's name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from relay import destinations
from relay.destinations import preset
from relay.destinations.example import filled

OTHERWISE = Path(__file__).parent / "cases"
SOON = {
    "timeout": "3s",
    "stop_after": 0,
    "retry": {"first": "200ms", "factor": 1, "cap": "1s"},
    "breaker": {"failures": 20, "probe": "200ms", "cap": "500ms"},
    "lookup": {"first": "700ms", "times": 2},
    "confirm": {"first": "200ms", "factor": 1, "cap": "200ms"},
}
ALWAYS = frozenset({"retry", "breaker"})
WITHOUT = frozenset({"http"})


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`vars` and `destination` (further keys) go before the example's. `done`: the states in the played books that
    count as booked, any unless said. `plays`: the emulator's name, the preset's unless said. `known_as`: what the
    played system calls a document, with {number} for its number. `repeats`: what is in doubt is sent again to a system
    that knows nothing again, such as a robot: its entries may be doubled, and none may be lost."""

    vars: dict[str, Any] = {}
    destination: dict[str, Any] = {}
    done: list[str] | None = None
    plays: str | None = None
    known_as: str = "{number}"
    repeats: bool = False


def names() -> list[str]:
    """The presets that are for a system of their own."""
    return [name for name in destinations.names() if name not in WITHOUT]


def case(name: str) -> Case:
    file = OTHERWISE / f"{name}.yaml"
    return msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), Case) if file.exists() else Case()


def routes(cases: Mapping[str, Case], urls: Mapping[str, str], accounts: Mapping[str, Mapping[str, str]]) -> str:
    """One route for each case: an event goes to the destination that its `to` names. Nothing waits for long."""
    found = {
        "version": 1,
        "defaults": {"timezone": "Asia/Shanghai"},
        "sources": {"expenses": {"verify": "standard-webhooks", "secret": "${SECRET}", "callback": "none"}},
        "destinations": {name: _destination(name, each, urls[name], accounts[name]) for name, each in cases.items()},
        "routes": [_route(name) for name in cases],
    }
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=False)


def _destination(name: str, of: Case, url: str, account: Mapping[str, str]) -> dict[str, Any]:
    example = filled(preset(name).example, {"URL": url, **account})
    said = {**preset(name).settings, **of.destination}
    plain = {key: value for key, value in SOON.items() if not isinstance(value, dict)}
    soon = {
        key: {**of.destination.get(key, {}), **value}
        for key, value in SOON.items()
        if isinstance(value, dict) and (key in ALWAYS or key in said)
    }
    return {"preset": name, "vars": {**example.vars, **of.vars}, **plain, **of.destination, **soon}


def _route(name: str) -> dict[str, Any]:
    plain = {"name": name, "from": "expenses", "when": f"body.to == '{name}'", "to": name, "once": "{{ body.number }}"}
    return {**plain, "request": preset(name).example.request}
