"""Hides every configured secret by its value, in each spelling that a request or an answer may give it."""

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus

_MASK = "***"
_SHORTEST = 4  # anything shorter turns up in ordinary text


_CONFIRM = "cfm_[0-9a-f]{40}"  # whoever has one may say what became of its delivery


class Mask:
    """Made once for a configuration. Values shorter than four characters are left alone. Tokens of addresses that
    deliveries are confirmed at are known by their form."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {form for secret in secrets if len(secret) >= _SHORTEST for form in _spellings(secret)}
        longest_first = sorted(spellings, key=lambda form: (-len(form), form))
        encoded = [form.encode("utf-8", "surrogatepass") for form in longest_first]
        self._text = re.compile("|".join([*map(re.escape, longest_first), _CONFIRM]))
        self._bytes = re.compile(b"|".join([*map(re.escape, encoded), _CONFIRM.encode()]))

    def beside(self, secrets: tuple[str, ...]) -> "Mask":
        """One that hides these too."""
        return _Both(self, _made(secrets)) if secrets else self

    def joined(self, other: "Mask") -> "Mask":
        """One that hides what either does."""
        return _Both(self, other)

    def text(self, text: str) -> str:
        """The text with *** for each secret."""
        found = 1
        while found:  # what stands in for one secret may, with its neighbours, spell another: each turn is shorter
            text, found = self._text.subn(_MASK, text)
        return text

    def bytes(self, data: bytes) -> bytes:
        """The same for bytes, with the secrets as UTF-8."""
        found = 1
        while found:
            data, found = self._bytes.subn(_MASK.encode(), data)
        return data

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The same for the values of headers."""
        return {name: self.text(value) for name, value in headers.items()}


class _Both(Mask):
    """Two, one after the other."""

    def __init__(self, first: Mask, then: Mask) -> None:
        self._first, self._then = first, then

    def text(self, text: str) -> str:
        return self._then.text(self._first.text(text))

    def bytes(self, data: bytes) -> bytes:
        return self._then.bytes(self._first.bytes(data))


@lru_cache(maxsize=256)
def _made(secrets: tuple[str, ...]) -> Mask:
    """A session's are the same for hours."""
    return Mask(secrets)


def _spellings(secret: str) -> set[str]:
    """The secret as it is, in a URL, in JSON, in XML and in base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    quoted = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    packed = {code(raw).decode().rstrip("=") for code in (base64.b64encode, base64.urlsafe_b64encode)}
    forms = {
        secret,
        *quoted,
        *map(_lower_hex, quoted),
        *escaped,
        *packed,
        html.escape(secret),
        html.escape(secret, False),
    }
    return {form for form in (*forms, *(form.replace("/", "\\/") for form in forms)) if len(form) >= _SHORTEST}


def _lower_hex(quoted: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), quoted)
