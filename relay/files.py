"""Files that a request refers to: what is asked for, what was fetched, and a form that holds them."""

import base64
import hashlib
from typing import Any

import msgspec

from relay.errors import ExpressionError
from relay.texts import _

MOST_FILES = 8  # of at most 1 MiB each, as all answers: they are kept with the delivery


class Reference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file as `files:` asks for it: the form's field, where it is, how it is called, and what it must be."""

    url: str
    name: str = "file"
    filename: str = ""
    content_type: str = ""
    sha256: str | None = None


def references(rendered: Any, where: str) -> list[Reference]:
    """Raises ExpressionError, which never shows the data."""
    try:
        found = msgspec.convert(rendered, list[Reference])
    except msgspec.ValidationError as error:
        raise ExpressionError(
            f"files: {error}", where, _("each takes url, name, filename, content_type, sha256")
        ) from None
    if len(found) > MOST_FILES:
        raise ExpressionError(_("more than {most} files", most=MOST_FILES), where)
    return found


def seen(reference: Reference, content: bytes, content_type: str) -> dict[str, Any]:
    """A fetched file as expressions see it; `content_type` is what its server calls it."""
    return {
        "name": reference.name,
        "filename": reference.filename or reference.url.partition("?")[0].rpartition("/")[2] or reference.name,
        "content_type": reference.content_type or content_type or "application/octet-stream",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "base64": base64.b64encode(content).decode(),
    }
