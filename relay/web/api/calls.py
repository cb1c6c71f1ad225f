"""One declaration for each call: its address, what may be given, what it answers. Served and described from that."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import msgspec

from relay.errors import Refused
from relay.money import BadJson, decode_json
from relay.texts import _
from relay.web.declared import Address

Given = TypeVar("Given")
MOST_BYTES = 64 << 10
_QUOTED = re.compile(r"`(.*)`", re.DOTALL)


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a call may be given, as a query of GET or a body of POST. A name that isn't declared is refused: a filter
    that is misspelt would let everything through."""


class Nothing(Parameters, frozen=True):
    """A call that takes nothing."""


@dataclass(frozen=True)
class Asked(Generic[Given]):
    """One request. `by`: who holds its token; `named`: what stands in its address."""

    by: str
    named: str
    given: Given


@dataclass(frozen=True)
class Call(Address):
    """One of the API. `refuses`: the statuses beside those that every call may answer; `most_bytes`: of its body."""

    refuses: tuple[int, ...]
    most_bytes: int
    given: type[Parameters]
    answer: Any
    run: Callable[[Any, Asked[Any]], Awaitable[Any]]


def call(request: str, does: str, refuses: tuple[int, ...] = (), most_bytes: int = MOST_BYTES) -> Callable[[Any], Call]:
    """Declares a method: its `asked: Asked[…]` says what may be given, and what it returns is the answer."""

    def declared(run: Any) -> Call:
        hints = get_type_hints(run, include_extras=True)
        return Call(request, does, refuses, most_bytes, get_args(hints["asked"])[0], hints["return"], run)

    return declared


def calls_of(subject: object) -> list[Call]:
    """What a class of calls declares, or an object of it."""
    of = subject if isinstance(subject, type) else type(subject)
    return [one for one in vars(of).values() if isinstance(one, Call)]


def from_query(kind: type[Parameters], query: Sequence[tuple[str, str]]) -> Parameters:
    """Raises Refused (400), which names the parameter and what would be right. An empty one counts as left out."""
    given = dict(query)
    if len(given) < len(query):
        raise Refused(400, "given_twice", _("give each parameter once"))
    try:
        return msgspec.convert({name: value for name, value in given.items() if value}, kind, strict=False)
    except msgspec.ValidationError as fault:
        raise _wrong(kind, fault, 400) from None


def from_body(kind: type[Parameters], body: bytes) -> Parameters:
    """The same for an object in JSON; 422 where it is one, and a value can't be."""
    try:
        found = decode_json(body) if body else {}
    except BadJson as fault:
        raise Refused(400, "bad_json", str(fault)) from None
    if not isinstance(found, dict):
        raise Refused(400, "bad_json", _("send an object"))
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as fault:
        raise _wrong(kind, fault, 422) from None


def _wrong(kind: type[Parameters], fault: msgspec.ValidationError, status: int) -> Refused:
    what, place = str(fault).partition(" - at `$.")[::2]
    words, told = described(kind), _QUOTED.search(what)
    if (name := place.rstrip("`")) in words:
        return Refused(status, f"bad_{name}", _("{name} is {words}", name=name, words=_(words[name])))
    if told and told[1] in words:
        return Refused(status, f"no_{told[1]}", _("{name} is missing: {words}", name=told[1], words=_(words[told[1]])))
    there = _("there are {words}", words=", ".join(words)) if words else _("nothing may be given")
    return Refused(
        status,
        "unknown_name",
        _("{name} isn't known here; {there}", name=repr(told[1][:60] if told else what), there=there),
    )


def described(kind: type[Parameters]) -> dict[str, str]:
    """What each parameter is, in words."""
    hints = get_type_hints(kind, include_extras=True)
    return {field.encode_name: _words(hints[field.name]) for field in msgspec.structs.fields(kind)}


def _words(hint: Any) -> str:
    return next((one.description for one in getattr(hint, "__metadata__", ()) if one.description), "")
