"""What compiling the parts of one file has in common: places, faults, the language, and other files."""

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from relay.config.conversion import converted
from relay.config.document import Document, Path
from relay.config.files import Files
from relay.config.places import Faults, Place
from relay.config.reserved import without_reserved
from relay.config.variables import Variables
from relay.errors import ExpressionError, RelayError
from relay.language.expression import Expression, Language, Value
from relay.nearest import nearest
from relay.texts import N_, _

T = TypeVar("T", bound=msgspec.Struct)
EVENT = frozenset(f"event.{name}" for name in ("id", "source", "type", "external_id", "received_at", "headers"))
ROUTING = EVENT | {"body", "whole"}
ROUTED = ROUTING | frozenset(f"delivery.{name}" for name in ("id", "key", "attempt", "once", "confirm_url"))
SENT = ROUTED | {"delivery.data", "origin.body", "origin.headers"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LINE = re.compile(r"(.*):(\d+):(\d+)", re.DOTALL)
PARTS = (N_("source"), N_("destination"), N_("route"), N_("table"))  # what `known` calls them
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class Loading:
    """One load of one file."""

    def __init__(self, document: Document, faults: Faults, variables: Variables, files: Files) -> None:
        self.document, self.faults, self.variables, self.files = document, faults, variables, files
        self.language = Language()
        self.public_url: str | None = None
        self.has_proxies = False

    @property
    def is_public(self) -> bool:
        """Whether destinations reach this relay."""
        return self.public_url is not None

    @property
    def knows_address(self) -> bool:
        """Whether the address that a sender used can be told for every source."""
        return self.is_public or self.has_proxies

    def speaking(self, language: Language) -> "Loading":
        """The same in another language: of one destination, say."""
        other = copy.copy(self)
        other.language = language
        return other

    def parts(self, section: str) -> dict[str, Any]:
        """The named parts of a section: sources, destinations, tables."""
        tree = self.document.tree.get(section)
        if tree is None:
            return {}
        if not isinstance(tree, dict):
            self.fault(
                (section,),
                _("{section} takes a mapping of names", section=section),
                _("write {section}: and below it name: …", section=section),
            )
            return {}
        for name in tree:
            if not _NAME.fullmatch(name):
                what = _("{name} can't be a name", name=repr(name[:60]))
                self.fault((section, name), what, _("use up to 64 letters, digits, dots, hyphens and _"), key=True)
        return tree

    def settings(self, tree: Any, kind: type[T], section: str, path: Path) -> T | None:
        """A part as settings; None where it has faults."""
        built = without_reserved(tree, section, self.document, path, self.faults)
        settings = converted(built, kind, self.document, path, self.faults)
        return settings if isinstance(tree, dict) and len(built) == len(tree) else None

    def fault(self, path: Path, what: str, remedy: str = "", *, key: bool = False) -> None:
        """`key`: it stands at the path's key, not at its value."""
        self.faults.add(self.document.at_key(path) if key else self.document.at(path), what, remedy)

    def warn(self, path: Path, what: str, remedy: str = "", *, key: bool = False) -> None:
        """Something legal and suspicious there. It stops nothing, and stands among the Config's warnings."""
        self.faults.warn(self.document.at_key(path) if key else self.document.at(path), what, remedy)

    def caught(self, path: Path, error: RelayError) -> None:
        """An error of a part that was told its place as `where` gives it, or as a path below one."""
        for each in (error, *error.more) if isinstance(error, ExpressionError) else (error,):
            self.faults.caught(self._exact(each, path), each)

    def _exact(self, error: RelayError, path: Path) -> Place:
        """In the text of an expression, if it says where in it."""
        inside = error.inside if isinstance(error, ExpressionError) else None
        return self.document.inside(self._place(error.where, path), inside)

    def _place(self, where: str, path: Path) -> Place:
        if line := _LINE.fullmatch(where):
            return Place(int(line[2]), int(line[3]), "" if line[1] == self.document.file else line[1])
        steps = _STEP.findall(where)
        inside = tuple(int(number) if number else name for name, number in steps)
        return self.document.at((*path, *inside))

    def where(self, path: Path) -> str:
        """A place as people read it: routes.yaml:12:9."""
        place = self.document.at(path)
        return f"{place.file or self.document.file}:{place.line}:{place.column}"

    def value(self, path: Path, text: str, names: frozenset[str]) -> Value | None:
        """The compiled text; None with a fault."""
        try:
            return self.language.value(text, names, self.where(path))
        except RelayError as error:
            self.caught(path, error)
            return None

    def expression(self, path: Path, text: str, names: frozenset[str]) -> Expression | None:
        """The compiled bare expression; None with a fault."""
        if cut := self.document.cut(self.document.at(path)):
            what = _("what stands behind # is a comment, and not a part of the expression")
            self.faults.warn(cut, what, _("quote the expression, or write a space behind #"))
        try:
            return self.language.expression(text, names, self.where(path))
        except RelayError as error:
            self.caught(path, _without_braces(error, text))
            return None

    def reaches(self, tree: Any, place: Callable[[Path], Path], inside: Path = ()) -> None:
        """A fault for each `delivery.confirm_url` in a tree, unless destinations can reach this relay."""
        if isinstance(tree, str):
            if not self.is_public and "confirm_url" in tree:
                what = _("delivery.confirm_url needs an address that destinations reach")
                self.fault(place(inside), what, _("say where: server: {public_url: https://relay.example.com}"))
            return
        for step, value in (
            tree.items() if isinstance(tree, dict) else enumerate(tree if isinstance(tree, list) else ())
        ):
            self.reaches(value, place, (*inside, step))

    def known(self, path: Path, what: str, name: str, names: Mapping[str, Any]) -> bool:
        """Whether the name is declared; a fault with the nearest one, if not."""
        if name in names:
            return True
        self.fault(
            path,
            _("there is no {what} {name}", what=_(what), name=repr(name[:60])),
            nearest(name, names) or _("declare it under {section}:", section=f"{what}s"),
        )
        return False


def items(value: str | list[str], path: Path) -> list[tuple[Path, str]]:
    """One or several texts, each with its path."""
    return [(path, value)] if isinstance(value, str) else [((*path, number), item) for number, item in enumerate(value)]


def _without_braces(error: RelayError, text: str) -> RelayError:
    if not text.lstrip().startswith("{{"):
        return error
    return RelayError(error.what, error.where, _("leave out the {{ }}: this key takes a bare expression"))
