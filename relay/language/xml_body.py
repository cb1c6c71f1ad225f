"""A request's body under `$xml`: a tree like any other, whose keys are elements and attributes."""

from collections.abc import Iterator, Mapping
from typing import Any

from relay.errors import ExpressionError, RelayError
from relay.language.expression import Language
from relay.language.pieces import Names
from relay.language.tree import Known, Path, Place, Tree, compile_tree
from relay.markup_out import check_xml_name, write_xml
from relay.texts import _

_KEY = "$xml"


def is_xml(body: Any) -> bool:
    """Whether a body says that it is XML."""
    return isinstance(body, Mapping) and _KEY in body


def compile_xml(body: Mapping[str, Any], language: Language, names: Known, place: Place) -> Tree:
    """The tree below $xml. Raises ExpressionError as `compile_tree` does, and on a key that is no name of XML."""
    if len(body) > 1:
        raise ExpressionError(
            _("{key} is the whole of a body", key=_KEY), place(("body",)), _("put all of it below $xml")
        )
    at = ("body", _KEY)
    for path, key in _keys(body[_KEY], at):
        _check_key(key, place(path))
    return compile_tree(body[_KEY], language, names, place, at)


def rendered_xml(tree: Tree, names: Names, charset: str) -> bytes:
    """Raises ExpressionError."""
    value = tree.render(names)
    try:
        return write_xml(value, charset)
    except RelayError as error:
        raise ExpressionError(error.what, tree.where, error.remedy) from None


def _keys(tree: Any, at: Path) -> Iterator[tuple[Path, str]]:
    """Each key that will be a name, with its place."""
    if isinstance(tree, list):
        for number, item in enumerate(tree):
            yield from _keys(item, (*at, number))
    elif isinstance(tree, Mapping):
        for key, inner in tree.items():
            if isinstance(key, str) and not key.startswith("$"):
                yield (*at, key), key
            yield from _keys(inner, (*at, key))


def _check_key(key: str, where: str) -> None:
    try:
        check_xml_name(key)
    except RelayError as error:
        raise ExpressionError(error.what, where, error.remedy) from None
