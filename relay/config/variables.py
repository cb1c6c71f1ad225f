"""`${NAME}`, `${NAME:-default}` and `${file:/path}` in the values of routes.yaml; `$${` is a plain `${`."""

import re
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

from relay.config.document import Document, Path
from relay.config.placeholders import Placeholders
from relay.config.places import Faults
from relay.errors import RelayError, reason_of
from relay.texts import _

SECTIONS = ("defaults", "server", "sources", "destinations", "tables")
MOST_FILE_BYTES = 64 << 10
_REFERENCE = re.compile(r"\$(?P<escaped>\$)?\{(?!\{)(?P<inside>[^{}]*)\}")
_NAME = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


class Unset(RelayError):
    """A variable, or a file, that isn't there: a placeholder may stand in for it."""


class Variables:
    """Fills in a document's references, in place. `values`: what came from one, by path, with
    its name, as candidates for masking. `placeholders`: what stands in for one that isn't set; else that is a fault.
    `written`: the tree with its references."""

    def __init__(
        self,
        document: Document,
        faults: Faults,
        env: Mapping[str, str],
        folder: File,
        placeholders: Placeholders | None = None,
    ) -> None:
        self._document, self._faults, self._env, self._folder = document, faults, env, folder
        self._placeholders = placeholders
        self.values: dict[Path, list[tuple[str, str]]] = {}
        self.written: dict[str, Any] = dict(document.tree)
        self._failed: set[Path] = set()

    def expand(self) -> None:
        """Routes, tests and x-… are left alone: a dollar there is a dollar."""
        tree = self._document.tree
        for section in SECTIONS:
            if section in tree:
                tree[section] = self._expanded(tree[section], (section,))

    def failed(self, path: Path) -> bool:
        """Whether a reference in this value was a fault."""
        return path in self._failed

    def _expanded(self, tree: Any, path: Path) -> Any:
        if isinstance(tree, dict):
            return {key: self._expanded(value, (*path, key)) for key, value in tree.items()}
        if isinstance(tree, list):
            return [self._expanded(value, (*path, number)) for number, value in enumerate(tree)]
        if isinstance(tree, str) and "${" in tree:
            if _REFERENCE.fullmatch(tree):
                self._document.brought.add(path)
            return _REFERENCE.sub(lambda match: self._replacement(match, path), tree)
        return tree

    def _replacement(self, match: re.Match[str], path: Path) -> str:
        """A reference with a fault stays as it is, so that nothing else is told of it."""
        if match["escaped"]:
            return match[0][1:]
        try:
            value = self._stood_in(match, path)
        except RelayError as error:
            self._failed.add(path)
            self._faults.caught(self._document.at(path), error)
            return match[0]
        self.values.setdefault(path, []).append((match["inside"].partition(":-")[0], value))
        return value

    def _stood_in(self, match: re.Match[str], path: Path) -> str:
        try:
            return self._value(match["inside"])
        except Unset:
            if self._placeholders is None:
                raise
            return self._placeholder(self._placeholders, match, path)

    def _placeholder(self, placeholders: Placeholders, match: re.Match[str], path: Path) -> str:
        for used in (path[:2], (*path[:2], "verify")):
            placeholders.near(path, self._at(used))
        name = match["inside"].removeprefix("file:")
        around = match.string[: match.start()], match.string[match.end() :]
        return placeholders.value(name, path, self._at(path), around)

    def _at(self, path: Path) -> tuple[str, int, int]:
        place = self._document.at(path)
        return place.file or self._faults.file, place.line, place.column

    def _value(self, inside: str) -> str:
        if inside.startswith("file:"):
            return self._content(inside.removeprefix("file:"))
        match = _NAME.fullmatch(inside)
        if match is None:
            what = (
                _("{inside} isn't a variable's name", inside=repr(inside[:40]))
                if inside
                else _("${} names no variable")
            )
            raise RelayError(what, remedy=_("write ${NAME}, ${NAME:-default} or ${file:/path}; $${ for a plain ${"))
        return self._variable(match["name"], match["default"])

    def _variable(self, name: str, default: str | None) -> str:
        value = self._env.get(name)
        if value is None and default is None:
            remedy = _("set {name} in the environment or in .env beside {file}", name=name, file=self._faults.file)
            raise Unset(_("the variable {name} isn't set", name=name), remedy=remedy)
        return value or default or ""

    def _content(self, name: str) -> str:
        """Without the line break that editors put at its end."""
        try:
            with (self._folder / name).open("rb") as file:
                data = file.read(MOST_FILE_BYTES + 1)
            text = data.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise RelayError(_("the file {name} isn't text", name=name), remedy=_("name one in UTF-8")) from None
        except (OSError, ValueError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else _("no such name is possible")
            remedy = _("make it, or let this process read it")
            raise Unset(_("the file {name} can't be read: {reason}", name=name, reason=reason), remedy=remedy) from None
        if len(data) > MOST_FILE_BYTES:
            raise RelayError(_("the file {name} is larger than 64 KiB", name=name), remedy=_("name the right one"))
        return text
