"""Filters for systems that take a file inside a request: rows as CSV, and a text as a zip in base64.

The same rows give the same bytes, so that a request that is sent again has not changed.
"""

import base64
import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

from relay.errors import ExpressionError
from relay.plain import kind, plain, text
from relay.texts import _


def _csv(value: Any) -> str:
    """Rows of cells as RFC 4180 writes them; null is an empty cell. Raises ExpressionError on what isn't rows."""
    rows = plain(value)
    if not (isinstance(rows, list) and all(isinstance(row, list) for row in rows)):
        raise ExpressionError(
            _("csv takes a list of lists, not {kind}", kind=kind(rows)), remedy=_("write [[…, …], […, …]]")
        )
    written = io.StringIO(newline="")
    csv.writer(written).writerows([map(text, row) for row in rows])
    return written.getvalue()


def _zipped(value: Any, name: str) -> str:
    """A zip that holds the text, as UTF-8, under this name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        entry = zipfile.ZipInfo(text(name), date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, text(value).encode())
    return base64.b64encode(made.getvalue()).decode()


FILTERS: dict[str, Callable[..., Any]] = {"csv": _csv, "zipped": _zipped}
