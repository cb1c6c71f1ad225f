"""One attempt as it is kept and shown: immutable, masked, cut. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.charset import readable
from relay.destination import Answer, Request
from relay.masking import Mask

BODY_SHOWN = 4096
HELD_SHOWN = 1 << 18  # of what waits for a person's eyes


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attempt, or a person's decision (`by`, `decided`, `note`). `at`: RFC 3339; `config`: the version in force.
    `step`: where one attempt takes several, each has a record under the attempt's `n`."""

    n: int
    at: str
    config: str = ""
    step: str | None = None
    duration_ms: int = 0
    outcome: str | None = None
    status: int | None = None
    reason: str | None = None
    request: Mapping[str, Any] | None = None
    response: Mapping[str, Any] | None = None
    by: str | None = None
    decided: str | None = None
    note: str | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record).decode


def pack(record: Record) -> bytes:
    return _encode(record)


def unpack(data: bytes) -> Record:
    """Raises msgspec.DecodeError."""
    return _decode(data)


def bare(data: bytes) -> bytes:
    """A kept record without the bodies of request and answer; what can't be read stays as it is."""
    try:
        record = unpack(data)
    except msgspec.DecodeError:
        return data
    return pack(msgspec.structs.replace(record, request=_bare(record.request), response=_bare(record.response)))


def _bare(shown: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return shown if shown is None else {name: value for name, value in shown.items() if name != "body"}


def shown_request(request: Request, mask: Mask, most: int = BODY_SHOWN) -> dict[str, Any]:
    """With every configured secret masked by its value, and at most so many bytes of the body."""
    return {
        "method": request.method,
        "url": mask.text(request.url),
        "headers": mask.headers(request.headers),
        "body": _shown(request.body, _content_type(request.headers), mask, most),
    }


def shown_answer(answer: Answer, mask: Mask) -> dict[str, Any]:
    """The same for an answer; `status` stands in the record too, for lists."""
    body = _shown(answer.body, _content_type(answer.headers), mask, BODY_SHOWN)
    return {"status": answer.status, "headers": mask.headers(answer.headers), "body": body}


def _shown(body: bytes, content_type: str, mask: Mask, most: int) -> str:
    """Masked before it is cut, so that no part of a secret is left over."""
    hidden = mask.bytes(readable(body, content_type))
    shown = hidden[:most].decode(errors="replace")
    return f"{shown}… ({len(body)} bytes)" if len(hidden) > most else shown


def _content_type(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "content-type"), "")
