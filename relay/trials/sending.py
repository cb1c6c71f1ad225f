"""What a test says must go out against what goes out: each by itself, the nearest where none fits. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec

from relay.charset import readable
from relay.delivery import State
from relay.destination import Request
from relay.markup import put
from relay.money import BadJson, decode_json
from relay.shape import BadShape, Shape, UnknownShape, read, shape_of
from relay.trial import Sent
from relay.trials.comparing import MISSING, Difference, differences, in_any_case
from relay.trials.playing import Going


class Matched(NamedTuple):
    """`going`: what is nearest to what is said, None where nothing goes there; it is so where there are no
    differences."""

    number: int
    going: Going | None
    differences: list[Difference]


def matched(said: Sequence[Sent], went: Sequence[Going]) -> list[Matched]:
    """For each that is said, in their order. No request serves for two of them."""
    left = list(went)
    found: dict[int, Matched] = {}
    for number, sent in enumerate(said):
        fits = next((going for going in left if _may_be(sent, going) and not any(_misses(sent, going))), None)
        if fits:
            left.remove(fits)
            found[number] = Matched(number, fits, [])
    for number, sent in enumerate(said):
        if number not in found:
            found[number] = _nearest(number, sent, left)
    return [found[number] for number in sorted(found)]


def _nearest(number: int, sent: Sent, left: list[Going]) -> Matched:
    tried = [Matched(number, going, list(_misses(sent, going))) for going in left if _may_be(sent, going)]
    if not tried:
        return Matched(number, None, [])
    nearest = min(tried, key=lambda each: sum(difference.weight for difference in each.differences))
    left[:] = [going for going in left if going is not nearest.going]
    return nearest


def _may_be(sent: Sent, going: Going) -> bool:
    return going.draft.lane == sent.to and sent.route in (None, going.draft.route)


def fits(said: str, reason: str | None) -> bool:
    """Whether a reason has the code that is said, or holds that text."""
    code, _, text = (reason or "").partition(":")
    return bool(said) and (said == code or (reason or "").startswith(said) or said in text)


def _misses(sent: Sent, going: Going) -> Iterator[Difference]:
    yield from _stays(sent, going)
    for key, value in (("once", going.draft.once), ("order_by", going.draft.order_key)):
        said = getattr(sent, key)
        if said is not None:
            yield from differences(str(said), MISSING if value is None else value, (key,))
    yield from _of_request(sent, going.request)


def _stays(sent: Sent, going: Going) -> Iterator[Difference]:
    """Whether it is held, dead or sent as it is said."""
    for key, said, state in (("held", sent.held, State.HELD), ("dead", sent.dead, State.DEAD)):
        got = (going.reason or "") if going.state is state else MISSING
        if (said is None and got is not MISSING) or (said is not None and (got is MISSING or not fits(said, str(got)))):
            yield Difference((key,), MISSING if said is None else said, got)


def _of_request(sent: Sent, request: Request | None) -> Iterator[Difference]:
    if request is None:
        said = {} if sent.body is msgspec.UNSET else {"body": sent.body}
        yield from (Difference((key,), value, MISSING) for key, value in said.items())
        return
    if sent.method:
        yield from differences(sent.method.upper(), request.method, ("method",))
    if sent.url:
        yield from differences(sent.url, _address(request.url, sent.url), ("url",))
    yield from differences(sent.headers, in_any_case(sent.headers, request.headers), ("headers",), loosely=True)
    yield from differences(sent.query, _query(request.url), ("query",), loosely=True)
    yield from _of_body(sent, request)


def _of_body(sent: Sent, request: Request) -> Iterator[Difference]:
    written = readable(request.body, _content_type(request)).decode(errors="replace")
    for text in [sent.text] if isinstance(sent.text, str) else sent.text:
        if text not in written:
            yield Difference(("text",), text, written)
    if sent.body is msgspec.UNSET:
        return
    if isinstance(sent.body, str):
        yield from differences(sent.body.strip(), written.strip(), ("body",))
    else:
        got, loosely = _content(request)
        yield from differences(sent.body, got, ("body",), loosely=loosely)


def _address(url: str, said: str) -> str:
    """As much of it as is said: a path alone, and no query unless one is said."""
    parts = urlsplit(url)
    whole = f"{parts.path}?{parts.query}" if said.startswith("/") else url
    return whole if "?" in said else whole.partition("?")[0]


def _query(url: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        put(found, name, value)
    return found


def _content(request: Request) -> tuple[Any, bool]:
    """The body as plain data, or as text; and whether that knows only texts."""
    kind = _content_type(request)
    try:
        return read(request.body, kind), shape_of(kind)[0] is not Shape.JSON
    except UnknownShape:
        return _as_json(request.body), False
    except BadShape:
        return readable(request.body, kind).decode(errors="replace"), False


def _as_json(body: bytes) -> Any:
    try:
        return decode_json(body)
    except BadJson:
        return body.decode(errors="replace")


def _content_type(request: Request) -> str:
    return next((value for name, value in request.headers.items() if name.lower() == "content-type"), "")
