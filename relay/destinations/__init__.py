"""Destinations: presets as records in the words of routes.yaml, and what every destination is made of.

A preset is a file `NAME.yaml` beside this one: `title`, `docs`, `posts` (does a request book something?), `needs` (the
vars that a file must give, each with what it is), `options` (those that it may give, as `settings` has them otherwise),
`settings`, which a destination in routes.yaml builds on, and an `example` of such a file. It is registered by existing.
"""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from relay.destinations.example import Example
from relay.errors import RelayError
from relay.nearest import nearest
from relay.texts import _

_HERE = Path(__file__).parent


class Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`posts`: requests book something, so routes to it need `once` and run one at a time unless set otherwise.
    From `verdict` on: what docs/destinations.md says of it, in its order."""

    title: str
    docs: str
    posts: bool
    settings: dict[str, Any]
    needs: dict[str, str] = {}
    options: dict[str, str] = {}
    verdict: str = ""
    document: str = ""
    idempotency: str = ""
    doubt: str = ""
    evidence: str = ""
    tried: str = ""
    example: Example = Example()


def names() -> list[str]:
    """The presets there are, sorted."""
    return sorted(file.stem for file in _HERE.glob("*.yaml"))


@cache
def preset(name: str) -> Preset:
    """Raises RelayError for a name that isn't one, with the nearest that is, or where they are named."""
    if name not in names():
        raise RelayError(
            _("there is no preset {name}", name=repr(name[:40])),
            remedy=nearest(name, names()) or _("relay presets names them"),
        )
    text = (_HERE / f"{name}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Preset)


def load(name: str) -> dict[str, Any]:
    """The settings of a preset as routes.yaml would write them. Raises RelayError for an unknown name."""
    return preset(name).settings
