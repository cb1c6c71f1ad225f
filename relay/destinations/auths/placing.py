"""Where credentials are put on a request: headers, query, cookies. What would break the request is refused here."""

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from relay.destination import Request
from relay.errors import RelayError
from relay.texts import _


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with this header in place of any of the same name, however that is written. Raises RelayError."""
    _check(name, value)
    return msgspec.structs.replace(request, headers={**_without(request.headers, name), name: value})


def with_query(request: Request, name: str, value: str) -> Request:
    """The pair behind what is there; the rest of the URL stays as it was rendered."""
    url, _, _ = request.url.partition("#")
    joint = "?" if "?" not in url else "" if url.endswith(("?", "&")) else "&"
    return msgspec.structs.replace(request, url=f"{url}{joint}{quote(name, safe='')}={quote(value, safe='')}")


def with_cookies(request: Request, cookies: Mapping[str, str]) -> Request:
    """The cookies behind those that the request has."""
    if not cookies:
        return request
    own = next((text for name, text in request.headers.items() if name.lower() == "cookie"), "")
    pairs = [own] if own else []
    return with_header(request, "Cookie", "; ".join([*pairs, *(f"{name}={value}" for name, value in cookies.items())]))


def _check(name: str, value: str) -> None:
    if not value:
        raise RelayError(_("the header {name} would be empty", name=name))
    if not value.isprintable():
        raise RelayError(_("the header {name} would hold a control character", name=name))


def _without(headers: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: text for key, text in headers.items() if key.lower() != name.lower()}
