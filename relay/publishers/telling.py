"""What the answer of a platform says on a key: that there is none, that it holds no longer, or where it stands."""

from collections.abc import Mapping
from typing import Any

from relay.destination import Answer
from relay.errors import ExpressionError, KeyLater, KeyRefused
from relay.language.expression import Expression, Language
from relay.money import BadJson, decode_json
from relay.publishers.words import KeyWords
from relay.texts import _

_NAMES = frozenset({"vars", "key.name", "status", "body"})


class Telling:
    """The words on an answer, compiled. Raises ExpressionError."""

    def __init__(self, words: KeyWords, language: Language) -> None:
        self._missing = language.expression(words.missing, _NAMES, "keys.missing")
        self._when = language.expression(words.when, _NAMES, "keys.when") if words.when else None
        self._take = language.value(words.take, _NAMES, "keys.take") if words.take else None

    def taken(self, names: Mapping[str, Any], answer: Answer) -> Any:
        """The part of an answer where the key stands, its text where that is all of it; None where there is no such
        key. Raises KeyRefused, KeyLater."""
        if answer.cut:
            raise KeyLater(_("the answer is longer than a key is"))
        seen = {**names, "status": answer.status, "body": _body(answer)}
        if _holds(self._missing, seen):
            return None
        if answer.status != 200:
            raise KeyLater(_("it answers {status}", status=answer.status))
        if self._when and not _holds(self._when, seen):
            raise KeyRefused(_("the platform says that this key holds no longer"))
        return self._found(seen, answer)

    def _found(self, seen: Mapping[str, Any], answer: Answer) -> Any:
        if self._take is None:
            return answer.body.decode("latin-1")
        try:
            return self._take.evaluate(seen)
        except ExpressionError:
            raise KeyLater(_("its answer has no key where 'take' looks")) from None


def _body(answer: Answer) -> Any:
    """As plain data, None where it isn't JSON."""
    try:
        return decode_json(answer.body)
    except BadJson:
        return None


def _holds(expression: Expression, seen: Mapping[str, Any]) -> bool:
    """What asks for a name that the answer lacks doesn't hold."""
    try:
        return bool(expression.evaluate(seen))
    except ExpressionError:
        return False
