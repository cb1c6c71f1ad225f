"""A delivery's request: rendered once, kept with the delivery, sent again as the same bytes. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from relay import callback, following
from relay.contents import Contents, Seen
from relay.destination import Call, Destination, Request, Step
from relay.errors import ExpressionError
from relay.files import Reference
from relay.language.mapping import Parts, RequestPlan
from relay.money import decode_json, encode_json
from relay.progress import NOTHING, Progress
from relay.signature import Outgoing
from relay.store import Claimed
from relay.times import rfc3339


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A request without credentials and signature. `body` is None where the event's own bytes are sent. `progress`: how
    far the delivery has got beyond it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    progress: Progress = NOTHING


AS_IT_IS = Parts(body=None, content_type=None, headers={}, query=[])
_OPEN = RequestPlan()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Rendered).decode


def pack(rendered: Rendered) -> bytes:
    return _encode(rendered)


def unpack(data: bytes) -> Rendered:
    """Raises msgspec.DecodeError."""
    return _decode(data)


class Names(Mapping[str, Any]):
    """What an expression sees of a claimed delivery. The event's body is parsed when it is first asked for."""

    def __init__(self, claimed: Claimed, files: Sequence[Mapping[str, Any]] = ()) -> None:
        self._claimed = claimed
        self._known: dict[str, Any] = {"files": list(files)}
        self._seen = Seen(claimed.event, claimed.opening, {})

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            document = self._claimed.fetched.get(name)
            self._known[name] = decode_json(document) if document else self._make(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        more = [name for name, there in (("origin", self._claimed.notice), ("prior", self._has_prior)) if there]
        return iter(("event", "body", "whole", "delivery", *more, *self._claimed.fetched))

    def __len__(self) -> int:
        return len(list(iter(self)))

    @property
    def contents(self) -> Contents:
        """Of its event. Raises ExpressionError where its source doesn't read it today."""
        return self._seen.contents

    @property
    def _has_prior(self) -> bool:
        return bool(self._claimed.prior or self._claimed.reversed)

    def _make(self, name: str) -> Any:
        claimed = self._claimed
        match name:
            case "event":
                return claimed.event.names(rfc3339(claimed.received_ms))
            case "body" | "whole":
                told = claimed.notice if name == "body" else None
                return callback.body(told, claimed.event) if told else self._seen[name]
            case "delivery":
                key, attempt = idempotency_key(claimed), claimed.attempts + 1
                found = {"id": claimed.id, "key": key, "attempt": attempt, "once": claimed.once}
                if claimed.confirm_url:
                    found["confirm_url"] = claimed.confirm_url
                return {**found, "data": callback.data(claimed.notice)} if claimed.notice else found
            case "origin" if claimed.notice:
                return {"body": self.contents.body, "headers": claimed.event.headers}
            case "prior" if claimed.reversed:
                return following.of_reversed(claimed.reversed)
            case "prior" if claimed.prior:
                return decode_json(claimed.prior)
        raise KeyError(name)


def idempotency_key(claimed: Claimed) -> str:
    """From the business key at this destination, else the delivery's id; the same over all attempts."""
    if claimed.once is None:
        return claimed.id
    return "key_" + hashlib.blake2b(f"{claimed.lane}\0{claimed.once}".encode(), digest_size=16).hexdigest()


def references(claimed: Claimed, plan: RequestPlan | None) -> list[Reference]:
    """The files that must be fetched before it is rendered. Raises ExpressionError."""
    return plan.references(Names(claimed)) if plan else []


def render(
    claimed: Claimed, destination: Destination, plan: RequestPlan | None, files: Sequence[Mapping[str, Any]] = ()
) -> Rendered:
    """What the plan leaves open goes as it is: the event as it came, a callback as CONTRACT shapes it.
    Raises ExpressionError."""
    names = Names(claimed, files)
    planned = _planned(plan, destination, names)
    content_type, body = _content(planned, claimed, destination, names)
    return Rendered(
        method=destination.method,
        url=_with_query(destination.url.printed(names), planned.query),
        headers=_merged(
            {"Content-Type": content_type} if content_type else {},
            {name: value.printed(names) for name, value in destination.headers.items()},
            planned.headers,
        ),
        body=body,
    )


def _unsealed(content_type: str | None, contents: Contents) -> tuple[str | None, bytes | None]:
    """An event that came sealed goes out opened."""
    if contents.plain is None:
        return content_type, None
    if isinstance(contents.body, str):
        kind = "text/plain; charset=utf-8"
    else:
        kind = "application/xml" if contents.plain.lstrip().startswith(b"<") else "application/json"
    return content_type or kind, contents.plain


def _content(
    planned: Parts, claimed: Claimed, destination: Destination, names: Names
) -> tuple[str | None, bytes | None]:
    """What the body is, and the body itself; None is the event's own."""
    if destination.bare:
        return planned.content_type, planned.body or b""
    if planned.body is None and claimed.notice:
        return planned.content_type or "application/json", encode_json(names["body"])
    content_type, body = planned.content_type, planned.body
    if body is None and claimed.opening.sealed:
        content_type, body = _unsealed(content_type, names.contents)
    return content_type or claimed.event.content_type, body


def address(destination: Destination, names: Mapping[str, Any]) -> str:
    """Where its request goes, with its query. Raises ExpressionError."""
    planned = destination.request.render(names) if destination.request else AS_IT_IS
    return _with_query(destination.url.printed(names), planned.query)


def _planned(plan: RequestPlan | None, destination: Destination, names: Names) -> Parts:
    if destination.envelope:
        return (plan or _OPEN).put_into(destination.envelope, names)
    return plan.render(names) if plan else AS_IT_IS


def _with_query(url: str, pairs: list[tuple[str, str]]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs)}" if pairs else url


def readdressed(kept: Rendered, claimed: Claimed, destination: Destination, plan: RequestPlan | None) -> Rendered:
    """What is kept, at the address and with the headers of today's routes.yaml: so an address that was mended reaches
    what a person released. As it is where it is in doubt, or where what it says would change."""
    if claimed.doubt:
        return kept
    try:
        today = render(claimed, destination, plan)
    except ExpressionError:
        return kept
    same = _said(kept, claimed) == _said(today, claimed)
    return msgspec.structs.replace(kept, url=today.url, headers=today.headers) if same else kept


def _said(rendered: Rendered, claimed: Claimed) -> tuple[str, ...]:
    """All but the address."""
    content = msgspec.structs.replace(rendered, url=urlsplit(rendered.url).query)
    return digest(content, claimed), content.url


def is_same_each_time(claimed: Claimed, destination: Destination, plan: RequestPlan | None) -> bool:
    """Whether rendering anew gives the same request, so that it needn't be kept: a callback as CONTRACT shapes it, at
    a fixed address. Its snapshot never changes. Of what is only read it doesn't matter."""
    fixed = destination.url.constant and all(value.constant for value in destination.headers.values())
    return destination.bare or (claimed.notice is not None and plan is None and destination.envelope is None and fixed)


def _merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Later ones win. Names that differ in their case alone are one header, spelled as it first came."""
    spelled: dict[str, str] = {}
    found: dict[str, str] = {}
    for layer in layers:
        for name, value in layer.items():
            found[spelled.setdefault(name.lower(), name)] = value
    return found


def progress_of(claimed: Claimed) -> Progress:
    """How far it has got. What can't be read is told when it is rendered."""
    try:
        return unpack(claimed.rendered).progress if claimed.rendered else NOTHING
    except msgspec.DecodeError:
        return NOTHING


def asking(call: Call, names: Mapping[str, Any], destination: Destination) -> Request:
    """A request beside the one that posts, without credentials. Raises ExpressionError."""
    planned = call.plan.render(names) if call.plan else AS_IT_IS
    return Request(
        method=call.method,
        url=_with_query(call.url.printed(names), planned.query),
        headers=_merged(
            {"Content-Type": planned.content_type} if planned.content_type else {},
            {name: value.printed(names) for name, value in destination.headers.items()},
            planned.headers,
        ),
        body=planned.body or b"",
    )


def digest(rendered: Rendered, claimed: Claimed) -> str:
    """Tells whether two requests for one document say the same."""
    found = hashlib.blake2b(digest_size=16)
    for part in (rendered.method, rendered.url, rendered.headers.get("Content-Type", "")):
        found.update(part.encode() + b"\0")
    found.update(claimed.event.body if rendered.body is None else rendered.body)
    return found.hexdigest()


def unsealed(rendered: Rendered, claimed: Claimed) -> Request:
    """The request with Relay's own headers, without signature and credentials."""
    content = claimed.event.body if rendered.body is None else rendered.body
    request = Request(method=rendered.method, url=rendered.url, headers=rendered.headers, body=content)
    return _named(request, claimed, idempotency_key(claimed))


def addressed(rendered: Rendered, claimed: Claimed, destination: Destination, now: float) -> Request:
    """The request as it leaves, but for the credentials: with Relay's own headers and the signature."""
    return _signed(unsealed(rendered, claimed), claimed, destination, now)


def of_step(step: Step, names: Mapping[str, Any], claimed: Claimed, destination: Destination, now: float) -> Request:
    """The same of a step that follows, which has a key of its own. Raises ExpressionError."""
    request = _named(asking(step.call, names, destination), claimed, f"{idempotency_key(claimed)}-{step.name}")
    return _signed(request, claimed, destination, now)


def _named(request: Request, claimed: Claimed, key: str) -> Request:
    own = {
        "Idempotency-Key": key,
        "Relay-Event-Id": claimed.event.id,
        "Relay-Attempt": str(claimed.attempts + 1),
    }
    return msgspec.structs.replace(request, headers=_merged(request.headers, own))


def _signed(request: Request, claimed: Claimed, destination: Destination, now: float) -> Request:
    if destination.sign is None:
        return request
    outgoing = Outgoing(
        id=claimed.id,
        timestamp=int(now),
        method=request.method,
        url=request.url,
        body=request.body,
        headers=request.headers,
    )
    signature = destination.sign.scheme.sign(outgoing, destination.sign.secret)
    return msgspec.structs.replace(request, headers=_merged(request.headers, signature))
