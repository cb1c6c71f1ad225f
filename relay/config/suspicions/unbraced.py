"""Expressions that lost their braces, and are sent as they stand."""

import re
from collections.abc import Iterator
from typing import Any

from relay.config.document import Path
from relay.config.suspicions.seen import Seen, Suspicion, Suspicions, texts
from relay.texts import _

_OF_EVENT = r"event\.(?:id|type|source|external_id|received_at|headers|query|method)"
_BARE = re.compile(rf"\s*(?:(?:body|whole)\.[^\W\d]\w*(?:[.\[|\s].*)?|{_OF_EVENT}\b.*)")
_ONE_BRACE = re.compile(rf"\{{\s*(?:(?:body|whole)\.\w+|{_OF_EVENT})[^{{}}]*\}}")
_SOURCES = ("type", "split", "ack", "fetch")
_DESTINATIONS = ("request", "headers", "result", "then", "lookup", "confirm")
_ROUTES = ("request", "order_by")
_EXPRESSIONS = frozenset({"when", "found", "missing", "ok", "later", "template"})  # no texts with braces


def unbraced(seen: Seen) -> Suspicions:
    for path, text in _written(seen):
        if "{{" not in text and "{%" not in text and (_BARE.fullmatch(text) or _ONE_BRACE.search(text)):
            what = _("this is taken as it stands, and no value is put in")
            yield Suspicion(path, what, _("write it in two braces: {example}", example=_example(text)))


def _written(seen: Seen) -> Iterator[tuple[Path, str]]:
    for section, keys in (("sources", _SOURCES), ("destinations", _DESTINATIONS)):
        for name, said in seen.tree(section).items():
            for key in keys:
                yield from _in(said.get(key), (section, name, key))
    for path, _route, route in seen.placed():
        for key in _ROUTES:
            yield from _in(route.get(key), (*path, key))


def _in(tree: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Without what is an expression by itself, as in `$if`."""
    for place, text in texts(tree, path):
        if place[-1] not in _EXPRESSIONS and "$if" not in place:
            yield place, text


def _example(text: str) -> str:
    found = _ONE_BRACE.search(text)
    return f'"{{{{ {(found[0][1:-1] if found else text).strip()} }}}}"'
