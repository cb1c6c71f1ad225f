"""A part of routes.yaml into settings, each fault at its place, and as many at once as can be told apart."""

import copy
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from relay.config.document import Document, Path
from relay.config.kinds import decoded
from relay.config.places import Faults
from relay.config.scalars import typed
from relay.config.shapes import known_keys, known_words
from relay.nearest import nearest
from relay.texts import N_, _

T = TypeVar("T", bound=msgspec.Struct)
MOST_FAULTS = 25
_AT = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_INVALID = re.compile(r"Invalid (?:enum )?value '(.*)'", re.DOTALL)
_BOUND = re.compile(r"Expected `(\w+)` (>=|<=|of length >=|of length <=|matching regex) (.*)", re.DOTALL)
_BOUNDS = {
    ">=": N_("of at least"),
    "<=": N_("of at most"),
    "of length >=": N_("with a length of at least"),
    "of length <=": N_("with a length of at most"),
    "matching regex": N_("that fits"),
}
_REMEDY = re.compile(": |：")
_GOT = re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`(?P<rest>.*)", re.DOTALL)
_KINDS = {str: "str", int: "int", bool: "bool", type(None): "null", list: "array", dict: "object", Decimal: "decimal"}
_CALLED = {
    "str": N_("a text"),
    "int": N_("a whole number"),
    "float": N_("a number"),
    "bool": N_("true or false"),
    "null": N_("nothing"),
    "array": N_("a list"),
    "object": N_("a mapping"),
    "decimal": N_("a number"),
}


def converted(tree: Any, kind: type[T], document: Document, path: Path, faults: Faults) -> T | None:
    """The settings in `tree`, which stands at `path`; None where faults were added.

    msgspec stops at the first fault. So what is wrong is told, taken out, and the rest is tried again.
    """
    if not isinstance(tree, dict):
        faults.add(
            document.at(path),
            _("a mapping is expected here, and this is {kind}", kind=_kind(tree)),
            _("write key: value"),
        )
        return None
    attempt = _Attempt(copy.deepcopy(tree), kind, document, path)
    for _attempt in range(MOST_FAULTS):
        try:
            settings = msgspec.convert(attempt.tree, kind, dec_hook=decoded)
        except msgspec.ValidationError as error:
            if not attempt.tell(str(error), faults):
                return None
        else:
            return None if attempt.told else settings
    return None


class _Attempt:
    """A tree that loses what was told of it."""

    def __init__(self, tree: dict[str, Any], kind: type, document: Document, path: Path) -> None:
        self.tree, self._kind, self._document, self._path = tree, kind, document, path
        self.told: list[Path] = []

    def tell(self, text: str, faults: Faults) -> bool:
        """Adds the fault and takes its cause out. False where nothing can be taken out to go on."""
        match = _AT.fullmatch(text)
        what, path = (match["what"], match["path"] or "$") if match else (text, "$")
        inside = _located(self.tree, path, what)
        if unknown := _UNKNOWN.fullmatch(what):
            return self._unknown(inside, unknown[1], faults)
        if missing := _MISSING.fullmatch(what):
            self._missing(inside, missing[1], faults)
            return self._without(inside)
        if self._is_read_anew(inside, what):
            return True
        self._wrong(inside, what, faults)
        return self._without(inside)

    def _is_read_anew(self, inside: Path, what: str) -> bool:
        """A variable's value is text. Where that won't do it is read as if it stood in the file: a number, say."""
        got, place = _GOT.fullmatch(what), (*self._path, *inside)
        if got is None or got["got"] != "str" or place not in self._document.brought:
            return False
        self._document.brought.discard(place)
        value = _retyped(_inner(self.tree, inside))
        for tree, path in ((self.tree, inside), (self._document.tree, place)):
            _inner(tree, path[:-1])[path[-1]] = value
        return not isinstance(value, str)

    def _wrong(self, inside: Path, what: str, faults: Faults) -> None:
        place = self._document.at((*self._path, *inside))
        if word := _INVALID.fullmatch(what):
            faults.add(
                place,
                _("{named}{word} isn't one of its words", named=_named(inside), word=repr(word[1])),
                self._nearest(inside, word[1]),
            )
        else:
            faults.add(place, *_said(what, inside))

    def _nearest(self, inside: Path, word: str) -> str:
        return nearest(word, known_words(self._kind, inside, self.tree))

    def _unknown(self, inside: Path, key: str, faults: Faults) -> bool:
        place = self._document.at_key((*self._path, *inside, key))
        faults.add(
            place,
            _("the key {key} isn't known here", key=repr(key[:60])),
            nearest(key, known_keys(self._kind, inside, self.tree)),
        )
        return self._without((*inside, key))

    def _missing(self, inside: Path, key: str, faults: Faults) -> None:
        if (*inside, key) not in self.told:
            faults.add(
                self._document.at_key((*self._path, *inside)),
                _("the key {key} is missing here", key=repr(key)),
                _("add it"),
            )

    def _without(self, inside: Path) -> bool:
        """Takes out the innermost key of the path."""
        while inside and not isinstance(inside[-1], str):
            inside = inside[:-1]
        if not inside:
            self.told.append(())
            return False
        self.told.append(inside)
        del _inner(self.tree, inside[:-1])[inside[-1]]
        return True


def _retyped(text: str) -> Any:
    """The text itself where it is nothing else."""
    try:
        return typed(text)
    except ValueError:
        return text


def _said(what: str, inside: Path) -> tuple[str, str]:
    """A fault's text and remedy in the words of people who write YAML."""
    got = _GOT.fullmatch(what)
    if bound := _BOUND.fullmatch(what):
        return _(
            "{named}takes {kind} {of} {bound}",
            named=_named(inside),
            kind=_called(bound[1]),
            of=_(_BOUNDS[bound[2]]),
            bound=bound[3],
        ), ""
    if got is None:
        text, remedy = [*_REMEDY.split(what, 1), ""][:2]
        return f"{_named(inside)}{text}", remedy
    kinds = [kind for kind in got["expected"].split(" | ") if kind != "null"]
    wanted = _(" or ").join(map(_called, kinds))
    remedy = _("quote it") if "str" in got["expected"] and got["got"] in {"int", "bool", "decimal", "null"} else ""
    return _(
        "{named}takes {wanted}{rest}, and this is {got}",
        named=_named(inside),
        wanted=wanted,
        rest=got["rest"],
        got=_called(got["got"]),
    ), remedy


def _kind(value: Any) -> str:
    return _called(_KINDS[type(value)])


def _called(kind: str) -> str:
    return _(_CALLED.get(kind, kind))


def _named(inside: Path) -> str:
    return f"{inside[-1]!r}: " if inside and isinstance(inside[-1], str) else ""


def _located(tree: Any, path: str, what: str) -> Path:
    """msgspec's path as ours; where it says `[...]` for any key, the first below which what it says can be."""
    steps = [int(number) if number.isdecimal() else name or None for name, number in _STEP.findall(path)]
    paths = list(_paths(tree, steps))
    return next((inside for inside in paths if _fits(_inner(tree, inside), what)), paths[0] if paths else ())


def _paths(tree: Any, steps: list[str | int | None]) -> Iterator[Path]:
    """All that the steps may mean; None is any key."""
    if not steps:
        yield ()
        return
    for step in [steps[0]] if steps[0] is not None else [*tree] if isinstance(tree, dict) else []:
        inner = _at(tree, step)
        if inner is not msgspec.UNSET:
            yield from ((step, *inside) for inside in _paths(inner, steps[1:]))


def _at(tree: Any, step: str | int) -> Any:
    try:
        return tree[step]
    except (LookupError, TypeError):
        return msgspec.UNSET


def _fits(value: Any, what: str) -> bool:
    """Whether this may be said of the value."""
    if unknown := _UNKNOWN.fullmatch(what):
        return isinstance(value, dict) and unknown[1] in value
    if missing := _MISSING.fullmatch(what):
        return isinstance(value, dict) and missing[1] not in value
    if word := _INVALID.fullmatch(what):
        return bool(value == word[1])
    got = _GOT.fullmatch(what)
    return got is None or _KINDS.get(type(value)) == got["got"]


def _inner(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree
