"""Headers, query and body keys that are worked out for each request: a time, a nonce, a signature of what is sent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from relay.described import Braced, says, unless
from relay.destination import Auth, Login, Moment, Request, Session
from relay.destinations.auths.placing import with_cookies, with_header, with_query
from relay.destinations.auths.setting import AuthSetting, Place, check_headers, secrets_in
from relay.errors import RelayError
from relay.language.expression import Language, Value
from relay.language.tree import compile_tree
from relay.money import BadJson, decode_json, encode_json
from relay.texts import _
from relay.times import rfc3339

NOW = frozenset({"now.s", "now.ms", "now.iso", "now.compact", "nonce"})
NAMES = NOW | {f"request.{part}" for part in ("method", "url", "path", "query", "body")}


class SignAuth(AuthSetting, frozen=True, kw_only=True):
    """`{{ … }}` texts; `body` adds top-level keys to a JSON object."""

    headers: Annotated[
        dict[str, Braced],
        says(
            "headers that are worked out for each request",
            {"X-Sign": "{{ (now.s ~ request.body) | hmac(vars.secret) }}"},
        ),
        unless("none"),
    ] = msgspec.field(default_factory=dict)
    query: Annotated[
        dict[str, Braced], says("what is put behind the `?`", {"timestamp": "{{ now.ms }}"}), unless("nothing")
    ] = msgspec.field(default_factory=dict)
    body: Annotated[
        dict[str, Any],
        says(
            "top-level keys that are added to a JSON object; nothing to a GET without a body",
            {"sign": "{{ request.body | sha256 }}"},
        ),
        unless("nothing"),
    ] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        check_headers(self.headers)
        if not (self.headers or self.query or self.body):
            raise ValueError(_("nothing is signed: say headers, query or body"))

    def compiled(self, language: Language, place: Place) -> Auth:
        secrets = [*secrets_in(msgspec.to_builtins(self)), *secrets_in(language.known("vars"))]
        return Sign(Placement(self, language, NAMES, place), secrets)


class Placement:
    """What is put on each request, compiled. Raises RelayError."""

    def __init__(self, settings: Any, language: Language, names: frozenset[str], place: Place) -> None:
        self._headers = _values(settings.headers, language, names, place, "headers")
        self._query = _values(settings.query, language, names, place, "query")
        self._body = compile_tree(settings.body, language, names, place, ("body",)) if settings.body else None

    def put(self, request: Request, session: Session | None, moment: Moment) -> Request:
        """Body, query, headers, in this order: each sees the request as it is by then. A GET that has no body gets
        none. Raises RelayError."""
        names = names_of(moment) | {"session": session.values if session else {}}
        if self._body and (request.body or request.method != "GET"):
            request = _with_keys(request, self._body.render(names | _of(request)))
        query = {name: value.printed(names | _of(request)) for name, value in self._query.items()}
        for name, text in query.items():
            request = with_query(request, name, text)
        headers = {name: value.printed(names | _of(request)) for name, value in self._headers.items()}
        for name, text in headers.items():
            request = with_header(request, name, text)
        return with_cookies(request, session.cookies) if session else request


class Sign:
    """The strategy."""

    login: Login | None = None

    def __init__(self, placement: Placement, secrets: list[str]) -> None:
        self._placement, self._secrets = placement, secrets

    def authorise(self, request: Request, session: Session | None, moment: Moment) -> Request:
        return self._placement.put(request, None, moment)

    def secrets(self) -> list[str]:
        return self._secrets


def names_of(moment: Moment) -> dict[str, Any]:
    """`now` in seconds, in ms, as RFC 3339 and as 20260301080000 in UTC; and the nonce."""
    compact = datetime.fromtimestamp(moment.now_ms // 1000, UTC).strftime("%Y%m%d%H%M%S")
    now = {"s": moment.now_ms // 1000, "ms": moment.now_ms, "iso": rfc3339(moment.now_ms), "compact": compact}
    return {"now": now, "nonce": moment.nonce}


def _of(request: Request) -> dict[str, Any]:
    parts = urlsplit(request.url)
    body = request.body.decode("utf-8", "surrogateescape")
    said = {"method": request.method, "url": request.url, "path": parts.path, "query": parts.query, "body": body}
    return {"request": said}


def _values(
    texts: Mapping[str, str], language: Language, names: frozenset[str], place: Place, key: str
) -> dict[str, Value]:
    return {name: language.value(text, names, place((key, name))) for name, text in texts.items()}


def _with_keys(request: Request, added: dict[str, Any]) -> Request:
    """Written behind the others, so that nothing that was rendered changes by a byte."""
    try:
        document = decode_json(request.body)
    except BadJson:
        document = None
    if not isinstance(document, dict):
        raise RelayError(_("the body is no JSON object, so that auth can add no keys to it"))
    if twice := sorted(document.keys() & added.keys()):
        raise RelayError(_("the body has {key} already, which auth adds", key=repr(twice[0][:40])))
    head = request.body.rstrip()[:-1].rstrip()
    joint = b"," if document else b""
    return msgspec.structs.replace(request, body=head + joint + encode_json(added)[1:])
