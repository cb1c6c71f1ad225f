"""A form in parts, with the files that it holds."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from urllib3.filepost import encode_multipart_formdata


def multipart(fields: Iterable[tuple[str, str]], files: Sequence[Mapping[str, Any]]) -> tuple[bytes, str]:
    """multipart/form-data (RFC 7578) and its content type. The boundary follows from the content: the same fields and
    files are the same bytes again."""
    parts: list[Any] = list(fields)
    parts += [
        (each["name"], (each["filename"], base64.b64decode(each["base64"]), each["content_type"])) for each in files
    ]
    told = hashlib.sha256(repr(parts).encode())
    return encode_multipart_formdata(parts, boundary=f"relay-{told.hexdigest()[:40]}")
