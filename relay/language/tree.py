"""A request body as routes.yaml writes it, compiled: plain data in which strings may hold `{{ … }}`, and $keys."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from relay.errors import ExpressionError
from relay.language.expression import Language
from relay.language.pieces import OMIT, Constant, Names, Piece, choice_of, concat_of, each_of, list_of, object_of
from relay.nearest import nearest
from relay.plain import is_plain, kind
from relay.texts import _

Path = tuple[str | int, ...]
Place = Callable[[Path], str]
Known = frozenset[str]
T = TypeVar("T")
_LONE = re.compile(r"\s*\{\{(.*)\}\}\s*", re.DOTALL)


class Tree:
    """A compiled tree; `where` is its place in routes.yaml."""

    __slots__ = ("_piece", "where")

    def __init__(self, piece: Piece, where: str) -> None:
        self._piece, self.where = piece, where

    def render(self, names: Names) -> Any:
        """Plain data. Raises ExpressionError, whose `where` is the place of the piece that failed."""
        value = self._piece(names)
        if value is OMIT:
            raise ExpressionError(_("nothing is left: all of it is $omit"), self.where)
        return value


def compile_tree(tree: Any, language: Language, names: Known, place: Place, at: Path = ()) -> Tree:
    """From plain data; `place` tells where a path in the tree stands (`routes.yaml:48:20`), `at` is its own path.
    Raises ExpressionError on a broken expression, an unknown $key, or what no request can hold."""
    return Tree(_Compiler(language, place).piece(tree, at, names), place(at))


def gathered(makes: Iterable[Callable[[], T]]) -> list[T]:
    """What each makes. Raises the first ExpressionError, with all others among its `more`."""
    made: list[T] = []
    errors: list[ExpressionError] = []
    for make in makes:
        try:
            made.append(make())
        except ExpressionError as error:
            errors += (error, *error.more)
    if errors:
        errors[0].more = tuple(errors[1:])
        raise errors[0]
    return made


class _Compiler:
    def __init__(self, language: Language, place: Place) -> None:
        self._language, self._place = language, place
        self._directives = {"$each": self._each, "$concat": self._concat, "$if": self._if, "$omit": self._omit}

    def piece(self, tree: Any, at: Path, names: Known) -> Piece:
        if isinstance(tree, str):
            return self._text(tree, at, names)
        if isinstance(tree, Mapping):
            return self._object(tree, at, names)
        if isinstance(tree, list):
            return list_of(self._pieces(tree, at, names))
        if is_plain(tree):
            return Constant(tree)
        raise ExpressionError(_("{kind} can't stand in a request", kind=kind(tree)), self._place(at))

    def _pieces(self, items: list[Any], at: Path, names: Known) -> list[Piece]:
        return gathered(partial(self.piece, item, (*at, index), names) for index, item in enumerate(items))

    def _text(self, written: str, at: Path, names: Known) -> Piece:
        if written == "$omit":
            return Constant(OMIT)
        value = self._language.value(written, names, self._place(at))
        return Constant(value.evaluate({})) if value.constant else value.evaluate

    def _object(self, tree: Mapping[str, Any], at: Path, names: Known) -> Piece:
        for key in tree:
            self._check_key(key, (*at, key))
        directive = next((key for key in tree if key in self._directives), None)
        if directive is not None:
            return self._directives[directive](tree, at, names)
        for key in tree:
            if key.startswith("$"):
                raise ExpressionError(_("{key} needs $each beside it", key=key), self._place((*at, key)))
        pieces = gathered(partial(self.piece, of, (*at, key), names) for key, of in tree.items())
        return object_of(list(zip(tree, pieces, strict=True)))

    def _check_key(self, key: Any, at: Path) -> None:
        if not isinstance(key, str):
            raise ExpressionError(_("a key must be text"), self._place(at), _("put it in quotes"))
        if key.startswith("$") and key not in (*self._directives, "$as", "$do"):
            near = nearest(key, (*self._directives, "$as", "$do"))
            what = _("$xml can't stand here") if key == "$xml" else _("there is no {key}", key=key)
            raise ExpressionError(what, self._place(at), _("it is the whole of a body") if key == "$xml" else near)
        if "{{" in key:
            raise ExpressionError(_("a key can't hold {{ … }}"), self._place(at))

    def _check_alone(self, tree: Mapping[str, Any], at: Path, *allowed: str) -> None:
        for key in tree:
            if key not in allowed:
                raise ExpressionError(
                    _("{one} can't stand beside {other}", one=key, other=allowed[0]), self._place((*at, key))
                )

    def _each(self, tree: Mapping[str, Any], at: Path, names: Known) -> Piece:
        self._check_alone(tree, at, "$each", "$as", "$do")
        if "$do" not in tree:
            raise ExpressionError(_("$each needs $do"), self._place(at))
        name = tree.get("$as", "item")
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
            raise ExpressionError(_("$as must be a name"), self._place((*at, "$as")), _("such as line"))
        inside = frozenset(known for known in names if not known.startswith(f"{name}.")) | {name}
        parts = (("$each", names), ("$do", inside))
        items, each = gathered(partial(self.piece, tree[key], (*at, key), known) for key, known in parts)
        return each_of(items, name, each, self._place((*at, "$each")))

    def _concat(self, tree: Mapping[str, Any], at: Path, names: Known) -> Piece:
        self._check_alone(tree, at, "$concat")
        at, lists = (*at, "$concat"), tree["$concat"]
        if not isinstance(lists, list):
            raise ExpressionError(_("$concat takes a list of lists"), self._place(at))
        return concat_of(self._pieces(lists, at, names), self._place(at))

    def _if(self, tree: Mapping[str, Any], at: Path, names: Known) -> Piece:
        self._check_alone(tree, at, "$if")
        at, parts = (*at, "$if"), tree["$if"]
        if not isinstance(parts, list) or len(parts) not in (2, 3) or not isinstance(parts[0], str):
            raise ExpressionError(_("$if takes [condition, then, else]"), self._place(at))
        branches = [partial(self.piece, part, (*at, index), names) for index, part in enumerate(parts) if index]
        condition, then, *otherwise = gathered((partial(self._condition, parts[0], (*at, 0), names), *branches))
        return choice_of(condition, then, otherwise[0] if otherwise else Constant(OMIT))

    def _condition(self, written: str, at: Path, names: Known) -> Piece:
        lone = _LONE.fullmatch(written)
        return self._language.expression(lone[1] if lone else written, names, self._place(at)).evaluate

    def _omit(self, tree: Mapping[str, Any], at: Path, names: Known) -> Piece:
        self._check_alone(tree, at, "$omit")
        if tree["$omit"] is not True:
            raise ExpressionError(_("$omit takes true"), self._place((*at, "$omit")))
        return Constant(OMIT)
