"""Bearer tokens of the API: who may ask, and under which name a change is recorded."""

import hmac
from collections.abc import Mapping

from starlette.requests import Request

from relay.errors import Refused
from relay.texts import _


def actor(request: Request, tokens: Mapping[str, str]) -> str:
    """The name that the request's token stands for. Raises Refused (401)."""
    scheme, offered = request.headers.get("authorization", "").partition(" ")[::2]
    mine = offered.strip().encode()
    matches = [name for token, name in tokens.items() if hmac.compare_digest(token.encode(), mine)]
    if scheme.lower() != "bearer" or not matches:
        raise Refused(401, "unauthorised", _("send Authorization: Bearer with a token of RELAY_API_TOKEN"))
    return matches[0]
