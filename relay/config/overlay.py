"""A destination's settings from its preset, the destinations that it extends, and its own keys; the nearest wins."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.config.document import Path
from relay.config.loading import Loading
from relay.config.settings import DestinationSettings
from relay.destinations import Preset, preset
from relay.errors import RelayError
from relay.texts import _

MERGED = frozenset({"vars", "headers", "retry", "breaker", "lookup", "confirm"})
_OWN_ALONE = frozenset({"extends", "abstract"})


class Overlay(msgspec.Struct):
    """`tree`: the settings. `origins`: where each key was said, for the file's keys, not the preset's. `name`: the
    preset's."""

    path: Path
    name: str
    preset: Preset
    tree: dict[str, Any]
    origins: dict[Path, Path]

    def place(self, inside: Path) -> Path:
        """The path in the file of a path in the settings."""
        for length in (2, 1):
            if origin := self.origins.get(inside[:length]):
                return (*origin, *inside[length:])
        return self.path

    def says(self, key: str) -> bool:
        """Whether the file says it, and not only the preset."""
        return (key,) in self.origins

    def lay(self, tree: Mapping[str, Any], path: Path) -> None:
        """Puts keys over what is there; some mappings key by key, all else as a whole."""
        for key, value in tree.items():
            if key in MERGED and isinstance(value, dict):
                self.tree[key] = {**self.tree.get(key, {}), **value}
                self.origins |= {(key, inner): (*path, key, inner) for inner in value}
            else:
                self.tree[key] = value
            self.origins[key,] = (*path, key)


def overlay(name: str, said: Mapping[str, DestinationSettings], loading: Loading) -> Overlay | None:
    """None where the file has faults that leave the settings unknown, told here or before."""
    chain = _chain(name, said, loading)
    if chain is None:
        return None
    trees = [(each, loading.document.tree["destinations"][each]) for each in chain]
    chosen = next((each for each, tree in trees if "preset" in tree), None)
    path: Path = ("destinations", name)
    called = said[chosen].preset if chosen else "http"
    try:
        base = preset(called)
    except RelayError as error:
        loading.caught(("destinations", chosen or name, "preset"), error)
        return None
    made = Overlay(path, called, base, dict(base.settings), {})
    for each, tree in reversed(trees):
        made.lay({key: value for key, value in tree.items() if key not in _OWN_ALONE}, ("destinations", each))
    return made


def _chain(name: str, said: Mapping[str, DestinationSettings], loading: Loading) -> list[str] | None:
    """The destination and those that it extends, nearest first."""
    chain: list[str] = []
    each: str | None = name
    while each is not None:
        if each not in said:
            return None
        chain.append(each)
        base, path = said[each].extends, ("destinations", each, "extends")
        if base is not None and not loading.known(path, "destination", base, loading.parts("destinations")):
            return None
        if base in chain:
            loading.fault(
                path,
                _("{chain}: a circle", chain=" extends ".join([*chain, base])),
                _("let one of them stand by itself"),
            )
            return None
        each = base
    return chain
