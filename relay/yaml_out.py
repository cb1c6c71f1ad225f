"""Plain data as YAML that a person reads and routes.yaml reads back as it was: decimals exact, texts as texts."""

import re
from decimal import Decimal
from typing import Any

import yaml

_WIDTH = 1000  # no line is folded
_TYPED = re.compile(r"[-+.]?[0-9]|[-+.~]|(true|false|null|yes|no|on|off)$", re.IGNORECASE)


class _Written(yaml.SafeDumper):
    """As a person writes: lists are indented; expressions, and what other readers take for another type, are quoted."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=_style(data))

    def represent_decimal(self, data: Decimal) -> yaml.ScalarNode:
        written = format(data, "f")
        return self.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in written else 'int'}", written)


_Written.add_representer(str, _Written.represent_str)
_Written.add_representer(Decimal, _Written.represent_decimal)


def write_yaml(tree: Any) -> str:
    """With a line break at its end."""
    return yaml.dump(tree, Dumper=_Written, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _style(text: str) -> str | None:
    if "\n" in text.rstrip("\n"):
        return "|"
    return '"' if "{{" in text or _TYPED.match(text) else None
