"""Posts a signed request to a relay as a sender does, and reads what the relay answers."""

import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

import msgspec

from relay.errors import RelayError
from relay.money import BadJson, decode_json
from relay.signature import Outgoing
from relay.texts import _

TIMEOUT_S = 30


class Answered(msgspec.Struct, frozen=True):
    """What a relay said to one request."""

    status: int
    body: bytes

    @property
    def tree(self) -> dict[str, Any]:
        """As JSON; empty where its platform is answered something else."""
        try:
            found = decode_json(self.body)
        except BadJson:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def told(self) -> Any:
        """As JSON, else as text."""
        return self.tree or self.body.decode("utf-8", "replace")

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def events(self) -> list[dict[str, Any]]:
        """Those that it names, each with `id` and `deliveries` or `duplicate`; none where its platform wants an answer
        of its own."""
        found = self.tree.get("events", [self.tree])
        return [each for each in found if isinstance(each, dict) and str(each.get("id", "")).startswith("evt_")]


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would be asked by GET, without the body."""

    def redirect_request(self, *_asked: Any) -> None:
        return None


def post(outgoing: Outgoing) -> Answered:
    """Raises RelayError where nobody answers."""
    headers = {name: value.encode().decode("latin-1") for name, value in outgoing.headers.items()}
    request = urllib.request.Request(outgoing.url, outgoing.body, headers, method="POST")  # noqa: S310 - from the user
    try:
        with urllib.request.build_opener(_Straight).open(request, timeout=TIMEOUT_S) as answer:
            return Answered(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        return Answered(error.code, error.read())
    except (OSError, ValueError, HTTPException) as error:
        where = outgoing.url.partition("/in/")[0]
        reason = getattr(error, "reason", error)
        what = _("no relay answers: {reason}", reason=reason)
        raise RelayError(what, where, _("start one, or say where by --url")) from None
