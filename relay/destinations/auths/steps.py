"""One request of a login: what is asked, whether the answer is a yes, and what of it is kept."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec

from relay.described import Bare, Braced, says, unless
from relay.destination import Answer, Request
from relay.destinations.auths.setting import Place, check_url
from relay.destinations.auths.told import check_ready
from relay.destinations.content import Kind, read
from relay.destinations.status import reason
from relay.errors import ExpressionError, LoginLater, LoginRefused, Unreadable
from relay.language.expression import Expression, Language, Value
from relay.language.mapping import compile_request
from relay.plain import text
from relay.texts import _

_PARTS = ("query", "headers", "body", "form", "content_type")
_LONGEST = 200


class LoginRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Its settings."""

    url: Annotated[Braced, says("where it goes", "https://erp.example.com/login")]
    method: Annotated[Literal["GET", "POST", "PUT", "HEAD"], says("how it goes", "GET")] = "POST"
    query: Annotated[
        dict[str, Any],
        says("what is put behind the `?`", {"appKey": "{{ vars.app }}", "timestamp": "{{ now.ms }}"}),
        unless("nothing"),
    ] = {}
    headers: Annotated[dict[str, Braced], says("headers that go with it", {"X-Tenant": "1010"}), unless("none")] = {}
    body: Annotated[
        Any, says("a tree, sent as JSON", {"user": "relay", "password": "${ERP_PASSWORD}"}), unless("nothing")
    ] = msgspec.UNSET
    form: Annotated[
        dict[str, Any] | None,
        says("the fields of a form, in place of `body`", {"user": "relay", "password": "${ERP_PASSWORD}"}),
        unless("nothing"),
    ] = None
    content_type: Annotated[
        str | None, says("what it goes out as", "application/json"), unless("as follows from what it holds")
    ] = None
    answer: Annotated[Kind, says("what its answer is", "xml")] = Kind.JSON
    ok: Annotated[
        Bare | None,
        says("whether it worked, over `status`, `headers` and `body` of the answer", "body.code == '00000'"),
        unless("a 2xx"),
    ] = None
    later: Annotated[
        Bare | None,
        says("whether to come again, without being refused", "body.code == '310037'"),
        unless("429 and 5xx"),
    ] = None
    reason: Annotated[
        Braced | None, says("what is said of a refusal", "{{ body.message }}"), unless("what the status says")
    ] = None
    take: Annotated[
        dict[str, Braced],
        says("what is kept of the answer, as `session.NAME`", {"token": "{{ body.data.access_token }}"}),
        unless("nothing"),
    ] = {}

    def __post_init__(self) -> None:
        check_url("url", self.url)
        if self.body is not msgspec.UNSET and self.form is not None:
            raise ValueError(_("body and form exclude each other: keep one of them"))


class Step:
    """Compiled. Raises RelayError, placed as `place` says."""

    def __init__(self, asking: LoginRequest, language: Language, names: frozenset[str], place: Place) -> None:
        said = {
            key: value for key, value in msgspec.structs.asdict(asking).items() if key in _PARTS and _is_said(value)
        }
        answered = names | {"status", "headers", "body"}
        self._method, self._kind = asking.method, asking.answer
        self._url = language.value(asking.url, names, place(("url",)))
        self._plan = compile_request(said, language, names, place)
        self._ok = _expression(asking.ok, language, answered, place(("ok",)))
        self._later = _expression(asking.later, language, answered, place(("later",)))
        self._reason = language.value(asking.reason, answered, place(("reason",))) if asking.reason else None
        self._take = {name: language.value(of, answered, place(("take", name))) for name, of in asking.take.items()}

    def request(self, names: Mapping[str, Any]) -> Request:
        """Raises ExpressionError."""
        parts = self._plan.render(names)
        url = self._url.printed(names)
        query = urlencode(parts.query)
        content_type = {"Content-Type": parts.content_type} if parts.content_type else {}
        return Request(
            method=self._method,
            url=f"{url}{'&' if '?' in url else '?'}{query}" if query else url,
            headers=content_type | parts.headers,
            body=parts.body or b"",
        )

    def taken(self, answer: Answer, names: Mapping[str, Any]) -> dict[str, Any]:
        """Raises LoginRefused, or LoginLater where the answer says nothing of the credentials."""
        known = {**names, "status": answer.status, "headers": answer.headers}
        unreadable = None
        try:
            known["body"] = read(answer, self._kind)
        except Unreadable as fault:
            unreadable = fault.what
        if self._is_yes(answer, known) and not (unreadable and self._take and 200 <= answer.status < 300):
            return {name: self._found(name, value, known) for name, value in self._take.items()}
        if self._later and _holds(self._later, known):
            raise LoginLater(_("the login was told to come later"))
        check_ready(answer)
        if unreadable and answer.status < 300:
            raise LoginLater(_("the login's answer: {unreadable}", unreadable=unreadable))
        raise LoginRefused(_("the login was refused: {reason}", reason=self._said(known) or reason(answer)))

    def _is_yes(self, answer: Answer, known: Mapping[str, Any]) -> bool:
        return _holds(self._ok, known) if self._ok else 200 <= answer.status < 300

    def _found(self, name: str, value: Value, known: Mapping[str, Any]) -> Any:
        try:
            found = value.evaluate(known)
        except ExpressionError:
            found = None
        if found in (None, ""):
            raise LoginRefused(
                _("the login's answer has no {name}: {reason}", name=name, reason=self._said(known) or _("see take"))
            )
        return found

    def _said(self, known: Mapping[str, Any]) -> str | None:
        try:
            return " ".join(text(self._reason.evaluate(known)).split())[:_LONGEST] if self._reason else None
        except ExpressionError:
            return None


def _is_said(value: Any) -> bool:
    return value is not msgspec.UNSET and value is not None


def _expression(source: str | None, language: Language, names: frozenset[str], where: str) -> Expression | None:
    return None if source is None else language.expression(source, names, where)


def _holds(expression: Expression, known: Mapping[str, Any]) -> bool:
    try:
        return bool(expression.evaluate(known))
    except ExpressionError:
        return False
