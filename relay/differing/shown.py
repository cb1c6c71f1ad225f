"""Values of routes.yaml as lines of text, and what two of them differ in."""

import difflib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import yaml

_WIDE = 10_000  # lines break where the text does, and nowhere else
_SHORT = 40
_AROUND = 2
_MOST_LINES = 60


class _Dumper(yaml.SafeDumper):
    """Writes decimals as they are, and what is used twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:float", str(value))


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    """Quoted as people quote expressions."""
    style = "|" if "\n" in value else '"' if "{{" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(Decimal, _decimal)
_Dumper.add_representer(str, _text)


def dumped(value: Any, *, flow: bool = False) -> str:
    """As YAML; `flow`: in one line."""
    written = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDE, default_flow_style=flow
    )
    return str(written).removesuffix("\n...\n").rstrip("\n")


def short(value: Any) -> str:
    """In one line; a text as it stands."""
    return value if isinstance(value, str) else dumped(value, flow=True)


def is_short(value: Any) -> bool:
    """Whether it can be read inside a sentence."""
    written = short(value)
    return len(written) <= _SHORT and "\n" not in written


def diff(old: Any, new: Any) -> tuple[str, ...]:
    """What differs, line by line, with two lines around; cut after sixty lines."""
    before, after = _lines(old), _lines(_alike(new, old))
    found = difflib.unified_diff(before, after, n=_AROUND, lineterm="")
    lines = [line for line in found if not line.startswith(("---", "+++"))][1:]
    kept = ["  …" if line.startswith("@@") else f"{line[0]} {line[1:]}" for line in lines]
    return tuple(kept) if len(kept) <= _MOST_LINES else (*kept[:_MOST_LINES], "  …")


def _lines(value: Any) -> list[str]:
    if value is None:
        return []
    return (value if isinstance(value, str) else dumped(value)).splitlines()


def _alike(new: Any, old: Any) -> Any:
    """The new value with the keys that both have in the old one's order, since an order means nothing."""
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        shared = [key for key in old if key in new]
        moved = shared != [key for key in new if key in old]
        order = [*shared, *(key for key in new if key not in old)] if moved else [*new]
        return {key: _alike(new[key], old.get(key)) for key in order}
    if isinstance(new, list) and isinstance(old, list):
        return [_alike(each, old[number] if number < len(old) else None) for number, each in enumerate(new)]
    return new
