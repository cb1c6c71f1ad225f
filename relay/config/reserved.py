"""Keys that CONTRACT names and that aren't built yet: refused by name, so that nobody relies on them."""

from typing import Any

from relay.config.document import Document, Path
from relay.config.places import Faults
from relay.texts import _

_LATER = frozenset(
    "after batch facts fetch files hold hosts mappings prior require reverses schema window".split()  # noqa: SIM905
)
_KEYS: dict[str, frozenset[str]] = {
    "": frozenset({"facts", "mappings"}),
    "sources": _LATER - {"fetch", "schema"},
    "destinations": _LATER - {"hosts", "schema"},
    "routes": _LATER - {"after", "hold", "prior", "require", "reverses", "schema"},
}


def without_reserved(tree: Any, section: str, document: Document, path: Path, faults: Faults) -> Any:
    """The part of the file without what isn't built; each such key is a fault."""
    if not isinstance(tree, dict):
        return tree
    return {key: value for key, value in tree.items() if not _told(section, key, document, path, faults)}


def _told(section: str, key: str, document: Document, path: Path, faults: Faults) -> bool:
    if key not in _KEYS.get(section, ()):
        return False
    faults.add(document.at_key((*path, key)), _("{key} is not built yet", key=repr(key)), _("take it out"))
    return True
