"""A preset's worked example, as a part of routes.yaml to paste: with variables to be set, or filled with values."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.yaml_out import write_yaml

EVENT = '{"number": "B-1", "amount": 128.50, "date": "2026-03-31", "memo": "taxi"}'
SOURCE = "expenses"


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file says to use a preset. `vars` and `destination` (further keys of it) hold ${URL} for the system's
    address, and ${NAME} for what `relay emulate` shows under that name. `request`: a route's, for events as EVENT."""

    vars: dict[str, Any] = {}
    destination: dict[str, Any] = {}
    request: dict[str, Any] = {}


def filled(of: Example, values: Mapping[str, str]) -> Example:
    """With these values for ${NAME}; other names stay."""
    return msgspec.structs.replace(of, vars=_filled(of.vars, values), destination=_filled(of.destination, values))


def asking(of: Example, name: str) -> Example:
    """With a variable of the environment for each value that differs by site, such as ${SAP_B1_PASSWORD}."""
    return msgspec.structs.replace(of, vars=_asking(of.vars, name), destination=_asking(of.destination, name))


def variable(name: str, key: str) -> str:
    """What the environment calls the value that a preset is given under this key."""
    return f"{name}_{key}".upper().replace("-", "_")


def part(of: Example, name: str) -> str:
    """The part of routes.yaml: a destination that is called as its preset, and a route from SOURCE to it."""
    settings = {"preset": name, **of.destination, **({"vars": of.vars} if of.vars else {})}
    route = {"name": f"{SOURCE}-to-{name}", "from": SOURCE, "to": name, "once": "{{ body.number }}"}
    said = {"destinations": {name: settings}, "routes": [{**route, "request": of.request}]}
    return f"# for events such as {EVENT}\n{write_yaml(said)}"


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    for name, each in values.items():
        value = value.replace(f"${{{name}}}", each)
    return value


def _asking(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: f"${{{variable(name, key)}}}" if "${" in str(value) else value for key, value in settings.items()}
