"""Bearer tokens of the API: who may ask, and under which name a change is recorded."""

import hmac
from collections.abc import Mapping

from starlette.requests import Request

from relay.errors import Refused


def parse(one: str | None, named: str | None) -> dict[str, str]:
    """Token → name, from RELAY_API_TOKEN and RELAY_API_TOKENS (`anna:…,bob:…`)."""
    found = {one: "operator"} if one else {}
    for part in (named or "").split(","):
        name, _, token = part.strip().partition(":")
        if name and token:
            found[token] = name
    return found


def actor(request: Request, tokens: Mapping[str, str]) -> str:
    """The name that the request's token stands for. Raises Refused (401)."""
    scheme, _, offered = request.headers.get("authorization", "").partition(" ")
    mine = offered.strip().encode()
    matches = [name for token, name in tokens.items() if hmac.compare_digest(token.encode(), mine)]
    if scheme.lower() != "bearer" or not matches:
        raise Refused(401, "unauthorised", "send Authorization: Bearer with a token of RELAY_API_TOKEN")
    return matches[0]
