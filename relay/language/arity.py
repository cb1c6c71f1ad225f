"""Whether a filter, a test or a function takes the arguments that it is given: told when the file loads, not at the
first event."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import nodes

from relay.texts import N_, _

_SHAPES = {
    "too many positional arguments": N_("too many arguments"),
    "missing a required argument": N_("an argument is missing"),
    "got an unexpected keyword argument": N_("an argument of that name isn't known"),
    "multiple values for argument": N_("an argument is given twice"),
}


def misfit(function: Callable[..., Any], args: Sequence[nodes.Expr], kwargs: Sequence[nodes.Keyword], own: int) -> str:
    """What is wrong with the arguments, empty where nothing is. `own`: how many come before them, as a filter's value
    does."""
    signature = signature_of(function)
    if signature is None:
        return ""
    try:
        signature.bind(*[None] * (own + len(args)), **{each.key: None for each in kwargs})
    except TypeError as error:
        return next((_(shape) for said, shape in _SHAPES.items() if said in str(error)), str(error))
    return ""


def written(name: str, function: Callable[..., Any], own: int) -> str:
    """How it is called: date(pattern='%Y-%m-%d', zone=None)."""
    signature = signature_of(function)
    parameters = list(signature.parameters.values())[own:] if signature else []
    return f"{name}({', '.join(_parameters(parameters))})"


def _parameters(parameters: Sequence[inspect.Parameter]) -> Iterator[str]:
    for each in parameters:
        yield str(each.replace(annotation=inspect.Parameter.empty)).removeprefix("*").removeprefix("*")


@lru_cache(maxsize=512)
def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """Without what Jinja passes itself; None where that can't be told."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    inner = inspect.unwrap(function)
    called = inner if inspect.isfunction(inner) else type(inner).__call__
    passed = hasattr(called, "jinja_pass_arg")
    return signature.replace(parameters=list(signature.parameters.values())[passed:])
