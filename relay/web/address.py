"""The address that a sender used, for schemes that sign it: what routes.yaml says, else what a trusted proxy says.

Never what Host says: a sender writes there what it likes.
"""

import re
from collections.abc import Mapping

from starlette.types import Scope

from relay.configuration import Config
from relay.source import Source
from relay.web.sender import is_trusted

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def address_of(source: Source, scope: Scope, headers: Mapping[str, str], config: Config) -> str:
    """Whole, with the request's own query; empty where nobody who is trusted tells it, so that no signature fits."""
    base = source.address or _forwarded(scope, headers, config)
    query = scope["query_string"].decode("latin-1")
    return f"{base}?{query}" if base and query else base


def _forwarded(scope: Scope, headers: Mapping[str, str], config: Config) -> str:
    peer = scope["client"][0] if scope["client"] else ""
    proto, host = headers.get("x-forwarded-proto", ""), headers.get("x-forwarded-host", "")
    if proto not in ("https", "http") or not _HOST.fullmatch(host) or not is_trusted(peer, config.trusted_proxies):
        return ""
    path = scope["path"].replace("?", "%3F").replace("#", "%23")
    return f"{proto}://{host}{path}"
