"""What stands between a rendered request and its sending: the destination's schema, the route's `require` and `hold`.

Asked once, when the request is rendered: one that is sent again, or that a person released, has passed. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from relay.charset import readable
from relay.configuration import Config
from relay.errors import ExpressionError
from relay.money import BadJson, decode_json
from relay.rendering import Names, Rendered
from relay.route import Route
from relay.store import Claimed
from relay.texts import _


class Seen(Mapping[str, Any]):
    """What the conditions see: what a request sees, and `request` (`url`, `body`: data where it is JSON, else text)."""

    def __init__(self, rendered: Rendered, claimed: Claimed) -> None:
        self._names = Names(claimed)
        self._content = claimed.event.body if rendered.body is None else rendered.body
        self._url, self._type = rendered.url, rendered.headers.get("Content-Type", "")
        self._request: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        return self.request if name == "request" else self._names[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._names, "request"))

    def __len__(self) -> int:
        return len(self._names) + 1

    @property
    def request(self) -> dict[str, Any]:
        if self._request is None:
            self._request = {"url": self._url, "body": _data(readable(self._content, self._type))}
        return self._request


def check(rendered: Rendered, claimed: Claimed, config: Config) -> None:
    """Raises ExpressionError with the reason why it may not be sent."""
    seen, route, schema = Seen(rendered, claimed), _route(claimed, config), config.destination_of(claimed).schema
    if schema and (fault := schema.fault(seen.request["body"], "request.body")):
        raise ExpressionError(f"schema: {fault}")
    for demand in route.require if route else ():
        found = demand.that.evaluate(seen)
        if isinstance(found, str):
            raise ExpressionError(_("it gave a text, and not true or false"), demand.that.where)
        if not found:
            raise ExpressionError(demand.otherwise.printed(seen), demand.that.where)


def held(rendered: Rendered, claimed: Claimed, config: Config) -> str | None:
    """Why it waits for a person before it is sent, if it does. Raises ExpressionError."""
    route = _route(claimed, config)
    if claimed.rendered is not None or route is None or route.hold is None:
        return None
    found = route.hold.evaluate(Seen(rendered, claimed))
    if isinstance(found, str):
        return found.strip() or None
    return _("its route says so") if found else None


def may_be_released(claimed: Claimed, config: Config) -> bool:
    """Whether what is kept may be what a person saw and released: then it is sent as it was seen."""
    route = _route(claimed, config)
    return claimed.rendered is not None and route is not None and route.hold is not None


def _route(claimed: Claimed, config: Config) -> Route | None:
    return None if claimed.notice else config.routes.get(claimed.route)


def _data(content: bytes) -> Any:
    try:
        return decode_json(content)
    except BadJson:
        return content.decode(errors="replace")
