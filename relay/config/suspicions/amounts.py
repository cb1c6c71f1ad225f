"""Amounts whose decimals are cut off."""

import re
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, TemplateError, nodes

from relay.config.document import Path
from relay.config.suspicions.seen import Seen, Suspicion, Suspicions, texts
from relay.texts import _

_AMOUNT = re.compile(r"amount|total|price|tax|debit|credit|money|金额|税额", re.IGNORECASE)
_MAY_CUT = re.compile(r"\|\s*(int|round)\b")
_CUTS = frozenset({"int", "round"})
_GRAMMAR = Environment(autoescape=False)  # noqa: S701 - it only parses


def cut_amounts(seen: Seen) -> Suspicions:
    """In requests of routes and destinations; a template in a file says its own."""
    for path, _route, said in seen.placed():
        yield from _in(said.get("request"), (*path, "request"))
    for name, said in seen.tree("destinations").items():
        yield from _in(said.get("request"), ("destinations", name, "request"))


def _in(tree: Any, path: Path) -> Suspicions:
    for place, text in texts(tree, path):
        for name, cut in _cut(text) if _MAY_CUT.search(text) else ():
            what = _("`{name} | {cut}` loses the cents without a word", name=name, cut=cut)
            yield Suspicion(place, what, _("say the currency: {name} | money('CNY')", name=name))


def _cut(text: str) -> Iterator[tuple[str, str]]:
    """What is cut, and by which filter: an amount's own name before it, as in `body.amount | int`."""
    try:
        tree = _GRAMMAR.parse(text)
    except TemplateError:
        return
    for each in tree.find_all(nodes.Filter):
        if _is_cut(each) and isinstance(each.node, nodes.Getattr) and _AMOUNT.search(each.node.attr):
            yield _path(each.node), each.name


def _is_cut(each: nodes.Filter) -> bool:
    """`round(2)` keeps what it says."""
    return each.name in _CUTS and not each.args and not each.kwargs


def _path(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "…"
