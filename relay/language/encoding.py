"""What a rendered text goes out as: whether it is markup, in which charset, and what that charset can't say."""

import codecs
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from relay.errors import ExpressionError, RelayError
from relay.markup_out import check_xml_text
from relay.texts import _

_CHARSET = re.compile(r";\s*charset=\"?([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_UTF_8 = "utf-8"


class Encoding:
    """How a text is written, from its `content_type`, or from the XML declaration of its template."""

    def __init__(self, content_type: str | None, template: str = "") -> None:
        """Raises RelayError on a charset that isn't one, and on two that don't agree."""
        said, declared = _CHARSET.search(content_type or ""), _DECLARATION.match(template)
        self.xml = template.lstrip().startswith("<?xml") or "xml" in (content_type or "").lower()
        self.markup = self.xml or "html" in (content_type or "").lower()
        found = said or declared
        self.charset = found[1] if found else _UTF_8
        if _codec(self.charset) != _codec(declared[1] if declared else self.charset):
            remedy = _("write {charset} in both", charset=self.charset)
            raise RelayError(_("content_type and the XML declaration name different charsets"), remedy=remedy)

    @property
    def content_type(self) -> str:
        """Where none is given."""
        return f"text/{'xml' if self.xml else 'plain'}; charset={self.charset}"

    def written(self, text: str, where: str) -> bytes:
        """In XML a character that the charset lacks becomes a reference, but in CDATA, where that would be read as it
        stands. Raises ExpressionError."""
        try:
            if self.xml:
                check_xml_text(text)
            return text.encode(self.charset, "xmlcharrefreplace" if self.xml and "<![CDATA[" not in text else "strict")
        except UnicodeEncodeError:
            raise ExpressionError(
                _("the text holds characters that {charset} doesn't have", charset=self.charset), where
            ) from None
        except RelayError as error:
            raise ExpressionError(error.what, where, error.remedy) from None

    def recoded(self, data: bytes, where: str) -> bytes:
        """What is written as UTF-8, such as JSON. Raises ExpressionError."""
        return data if _codec(self.charset) == _UTF_8 else self.written(data.decode(), where)

    def form(self, pairs: Sequence[tuple[str, str]], where: str) -> bytes:
        """Percent-encoded from the charset's bytes. Raises ExpressionError."""
        try:
            return urlencode(pairs, encoding=self.charset, errors="strict").encode()
        except UnicodeEncodeError:
            raise ExpressionError(
                _("the form holds characters that {charset} doesn't have", charset=self.charset), where
            ) from None


def _codec(charset: str) -> Any:
    """Raises RelayError."""
    try:
        "".encode(charset)
        return codecs.lookup(charset).name
    except (LookupError, ValueError):
        raise RelayError(_("content_type names no known charset")) from None
