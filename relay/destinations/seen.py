"""What a destination's rules see: the answer, and of the delivery's names those that are given, made when asked for."""

from collections.abc import Mapping
from typing import Any

GIVEN = frozenset({"event", "delivery", "document"})
REACHED = frozenset({"steps", "accepted"})  # known only where the language says so


class Seen(dict[str, Any]):
    """The answer's parts over `names`."""

    def __init__(self, names: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        super().__init__(said)
        self._names = names

    def __missing__(self, name: str) -> Any:
        if name not in GIVEN | REACHED:
            raise KeyError(name)
        found = self[name] = self._names[name]
        return found

    def without_body(self) -> "Seen":
        return Seen(self._names, {name: value for name, value in self.items() if name != "body"})
