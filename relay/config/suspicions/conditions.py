"""Routes whose `when` says something else than it was meant to."""

from collections.abc import Iterator

from jinja2 import nodes

from relay.config.suspicions.seen import Seen, Suspicion, Suspicions
from relay.language.never import never
from relay.route import EVERY
from relay.texts import _


def never_matches(seen: Seen) -> Suspicions:
    """`when: false` is how a route is switched off, and meant."""
    for path, route, said in seen.placed():
        given = {} if EVERY in route.sources else {"event.source": route.sources}
        name = never(route.when.node, given) if isinstance(said.get("when"), str) and route.when else None
        if name is not None:
            yield Suspicion((*path, "when"), _never(name), _("say alternatives as event.type in ['a', 'b']"))


def _never(name: str) -> str:
    if name.replace(".", "").isidentifier():
        return _("this can never hold, whatever {name} is: the route takes nothing", name=name)
    return _("this can never hold: the route takes nothing")


def text_by_itself(seen: Seen) -> Suspicions:
    """`event.type == 'a' or 'b'`: a text by itself is always true, and no answer to `when`."""
    for path, route, _said in seen.placed():
        for text in _alone(route.when.node) if route.when else ():
            what = _("{text} stands here by itself: that compares nothing", text=repr(text))
            yield Suspicion((*path, "when"), what, _("write event.type in ['a', 'b'], or compare it too"))


def _alone(node: nodes.Expr) -> Iterator[str]:
    """The texts that `and`, `or` and `not` join as if they were conditions."""
    if isinstance(node, nodes.And | nodes.Or):
        yield from _alone(node.left)
        yield from _alone(node.right)
    elif isinstance(node, nodes.Not):
        yield from _alone(node.node)
    elif isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value


def part_of_a_text(seen: Seen) -> Suspicions:
    """`event.type in 'expense.paid'` holds of 'paid' too."""
    for path, route, _said in seen.placed():
        for text in _texts(route.when.node) if route.when else ():
            what = _("`in {text}` holds for each part of that text too", text=repr(text))
            yield Suspicion((*path, "when"), what, _("write == {text}, or in [{text}]", text=repr(text)))


def _texts(node: nodes.Expr) -> Iterator[str]:
    for compared in [node, *node.find_all(nodes.Compare)]:
        if isinstance(compared, nodes.Compare) and _is_type(compared.expr) and len(compared.ops) == 1:
            operand = compared.ops[0]
            if operand.op == "in" and isinstance(operand.expr, nodes.Const) and isinstance(operand.expr.value, str):
                yield operand.expr.value


def _is_type(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Getattr) and node.attr == "type" and isinstance(node.node, nodes.Name)
