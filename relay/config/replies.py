"""What a source's senders are answered (`ack`, `refused`, a handshake's `answer`), compiled."""

from collections.abc import Callable
from typing import Any

import msgspec

from relay.config.document import Path
from relay.config.loading import Loading
from relay.errors import RelayError
from relay.language.expression import Value
from relay.language.tree import Tree, compile_tree
from relay.reply import TEXT, Reply, ReplyPlan
from relay.signatures.beside import AnswerWords, RefusedWords

_IN_ENVELOPE = frozenset({"encrypt", "timestamp", "nonce", "secret"})


def plan_of(
    words: AnswerWords, names: frozenset[str], loading: Loading, place: Callable[[Path], Path]
) -> ReplyPlan | None:
    """`place` gives the path in the file for one in the words. None with a fault."""
    answers = _Answers(loading, place)
    try:
        plan = ReplyPlan(
            status=words.status,
            content_type=words.content_type,
            content=answers.text(words.text, names, "text") or answers.tree(words.body, names, "body"),
            encrypted=bool(words.encrypted),
            envelope=answers.either(words.encrypted, names | _IN_ENVELOPE, "encrypted"),
        )
    except RelayError as error:
        loading.caught(place(()), error)
        return None
    fixed = plan.content is None or (isinstance(plan.content, Value) and plan.content.constant)
    return msgspec.structs.replace(plan, fixed=plan.made({})) if fixed and not plan.encrypted else plan


def refusal_of(words: RefusedWords | None) -> Reply | None:
    """None where Relay's own answer will do."""
    if words is None:
        return None
    return Reply(words.status, words.content_type or (TEXT if words.text else ""), words.text.encode())


class _Answers:
    """Compiles the parts of one answer; each raises RelayError with its place."""

    def __init__(self, loading: Loading, place: Callable[[Path], Path]) -> None:
        self._language = loading.language
        self._where: Callable[[Path], str] = lambda inside: loading.where(place(inside))

    def text(self, said: str | None, names: frozenset[str], key: str) -> Value | None:
        return None if said is None else self._language.value(said, names, self._where((key,)))

    def tree(self, said: Any, names: frozenset[str], key: str) -> Tree | None:
        if said is msgspec.UNSET:
            return None
        return compile_tree(said, self._language, names, lambda inside: self._where((key, *inside)))

    def either(self, said: bool | str | dict[str, Any], names: frozenset[str], key: str) -> Value | Tree | None:
        if isinstance(said, bool):
            return None
        return self.text(said, names, key) if isinstance(said, str) else self.tree(said, names, key)
