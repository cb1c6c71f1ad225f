"""What a value must be for an expression to hold, so that routes can be found by it instead of tried one by one."""

from jinja2 import nodes

from relay.language.expression import Expression


def literals_of(expression: Expression, holder: str, member: str) -> frozenset[str] | None:
    """The texts of which `holder.member` must be one, else the expression neither holds nor fails; None if that can't
    be told. Only what is evaluated first counts: in `body.a > 0 and event.type == 'x'` the first part may fail."""
    return _literals(expression.node, holder, member)


def _literals(node: nodes.Expr, holder: str, member: str) -> frozenset[str] | None:
    if isinstance(node, nodes.Compare):
        return _compared(node, holder, member)
    if not isinstance(node, nodes.And | nodes.Or):
        return None
    left = _literals(node.left, holder, member)
    right = _literals(node.right, holder, member)
    if isinstance(node, nodes.Or):
        return None if left is None or right is None else left | right
    return left if left is None or right is None else left & right


def _compared(node: nodes.Compare, holder: str, member: str) -> frozenset[str] | None:
    if len(node.ops) != 1:
        return None
    left, operator, right = node.expr, node.ops[0].op, node.ops[0].expr
    if operator == "eq" and _is_member(right, holder, member):
        left, right = right, left
    if operator not in ("eq", "in") or not _is_member(left, holder, member):
        return None
    return _texts(right, alone=operator == "eq")


def _is_member(node: nodes.Expr, holder: str, member: str) -> bool:
    if isinstance(node, nodes.Getattr):
        name: object = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        name = node.arg.value
    else:
        return False
    return name == member and isinstance(node.node, nodes.Name) and node.node.name == holder


def _texts(node: nodes.Expr, *, alone: bool) -> frozenset[str] | None:
    try:
        value = node.as_const()
    except nodes.Impossible:
        return None
    values = [value] if alone else value
    known = isinstance(values, list | tuple) and all(isinstance(each, str) for each in values)
    return frozenset(values) if known else None
