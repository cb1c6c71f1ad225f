"""What suspicions look at: a file without faults, as it is written and as it runs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from relay.config.document import Path
from relay.config.loading import Loading
from relay.config.outlining import Made
from relay.config.overlay import Overlay
from relay.config.routes import names_of
from relay.language.expression import Value
from relay.route import Route


class Suspicion(NamedTuple):
    """`key`: it stands at the path's key, not at its value."""

    path: Path
    what: str
    remedy: str
    key: bool = False


Suspicions = Iterator[Suspicion]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """`overs`: the settings of destinations that run, with where each is said."""

    loading: Loading
    made: Made
    routes: Sequence[Route]
    overs: Mapping[str, Overlay]

    def tree(self, section: str) -> Any:
        """A section as it runs, with variables filled in."""
        return self.loading.document.tree.get(section) or {}

    def written(self, path: Path) -> Any:
        """What the file says there, with variables as they are written."""
        tree: Any = self.loading.variables.written
        for step in path:
            tree = tree[step]
        return tree

    def placed(self) -> Iterator[tuple[Path, Route, Mapping[str, Any]]]:
        """The routes with their places, and as the file says them."""
        tree = self.loading.document.tree.get("routes") or []
        numbers = names_of(tree)
        for route in self.routes:
            yield ("routes", numbers[route.name]), route, tree[numbers[route.name]]

    def posting(self, route: Route) -> list[str]:
        """The destinations of a route that book something."""
        lanes = [] if isinstance(route.to, Value) else route.to
        return [lane for lane in lanes if lane in self.made.destinations and self.made.destinations[lane].posts]


def texts(tree: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The texts in a tree, each with its path."""
    if isinstance(tree, str):
        yield path, tree
    inside = tree.items() if isinstance(tree, Mapping) else enumerate(tree if isinstance(tree, list) else ())
    for step, value in inside:
        yield from texts(value, (*path, step))
