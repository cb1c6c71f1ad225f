"""A preset beside the system that it is for: what a file must say so that the one reaches the other.

A case is a file `cases/NAME.yaml` under the preset's name: `vars` (with ${URL} for the played system's address),
`destination` (further keys), `request`, and `done`: the states in the played books that count as booked.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from relay.destinations import preset

_HERE = Path(__file__).parent / "cases"
SOON = {
    "timeout": "3s",
    "stop_after": 0,
    "retry": {"first": "200ms", "factor": 1, "cap": "1s"},
    "breaker": {"failures": 20, "probe": "200ms", "cap": "500ms"},
    "lookup": {"first": "700ms", "times": 2},
    "confirm": {"first": "200ms", "factor": 1, "cap": "200ms"},
}
ALWAYS = frozenset({"retry", "breaker"})


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`plays`: the emulator's name, the preset's unless said. `known_as`: what the played system calls a document, with
    {number} for its number. `repeats`: what is in doubt is sent again to a system that knows nothing again, such as a
    robot: its entries may be doubled, and none may be lost."""

    vars: dict[str, Any] = {}
    destination: dict[str, Any] = {}
    request: dict[str, Any] = {}
    done: list[str] | None = None
    plays: str | None = None
    known_as: str = "{number}"
    repeats: bool = False


def names() -> list[str]:
    return sorted(file.stem for file in _HERE.glob("*.yaml"))


def case(name: str) -> Case:
    return msgspec.convert(yaml.safe_load((_HERE / f"{name}.yaml").read_text(encoding="utf-8")), Case)


def routes(cases: Mapping[str, Case], urls: Mapping[str, str], accounts: Mapping[str, Mapping[str, str]]) -> str:
    """One route for each case: an event goes to the destination that its `to` names. Nothing waits for long."""
    found = {
        "version": 1,
        "defaults": {"timezone": "Asia/Shanghai"},
        "sources": {"expenses": {"verify": "standard-webhooks", "secret": "${SECRET}", "callback": "none"}},
        "destinations": {name: _destination(name, each, urls[name], accounts[name]) for name, each in cases.items()},
        "routes": [_route(name, each) for name, each in cases.items()],
    }
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=False)


def _destination(name: str, of: Case, url: str, account: Mapping[str, str]) -> dict[str, Any]:
    said = {**preset(name).settings, **of.destination}
    plain = {key: value for key, value in SOON.items() if not isinstance(value, dict)}
    soon = {
        key: {**of.destination.get(key, {}), **value}
        for key, value in SOON.items()
        if isinstance(value, dict) and (key in ALWAYS or key in said)
    }
    return {"preset": name, "vars": _filled(of.vars, url, account), **plain, **of.destination, **soon}


def _filled(value: Any, url: str, account: Mapping[str, str]) -> Any:
    """With the played system's address for ${URL}, and what it shows at its start for ${NAME}."""
    if isinstance(value, dict):
        return {key: _filled(each, url, account) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    for name, each in {"URL": url, **account}.items():
        value = value.replace(f"${{{name}}}", each)
    return value


def _route(name: str, of: Case) -> dict[str, Any]:
    plain = {"name": name, "from": "expenses", "when": f"body.to == '{name}'", "to": name, "once": "{{ body.number }}"}
    return {**plain, "request": of.request} if of.request else plain
