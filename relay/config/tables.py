"""The `tables:` of routes.yaml: rows of text, looked up by their key columns in a mapping."""

import csv
import io
from collections.abc import Sequence
from datetime import date, tzinfo
from operator import itemgetter
from typing import Any

from relay.config.document import Path, read
from relay.config.loading import Loading, items
from relay.config.places import Faults
from relay.config.settings import TableSettings
from relay.errors import ConfigError, Fault, RelayError
from relay.language import dates
from relay.language.tables import Key, Row, Table, Tables
from relay.nearest import nearest
from relay.plain import text
from relay.texts import _

Rows = list[dict[str, str]]
_UNREADABLE = Table(keys=(), rows={})


def tables_of(loading: Loading, local: tzinfo | None) -> Tables:
    """All that can be read; the faults of others are caught in `loading`, and their names are known."""
    return Tables({name: _table(name, tree, loading) for name, tree in loading.parts("tables").items()}, local)


def _table(name: str, tree: Any, loading: Loading) -> Table:
    path: Path = ("tables", name)
    settings = loading.settings(tree, TableSettings, "tables", path)
    if settings is None:
        return _UNREADABLE
    keys = tuple(column for _, column in items(settings.key, ()))
    try:
        rows = _rows(settings.file, loading)
        return Table(keys=keys, rows=_keyed(rows, keys, settings), dated=settings.from_ is not None)
    except RelayError as error:
        loading.caught((*path, "file"), RelayError(error.what, "", error.remedy))
        return _UNREADABLE


def _rows(file: str, loading: Loading) -> Rows:
    content = loading.files.text(file)
    if file.endswith((".yaml", ".yml")):
        return _yaml_rows(file, content)
    if file.endswith(".csv"):
        return _csv_rows(file, content)
    raise RelayError(_("the table {file} is neither CSV nor YAML", file=file), remedy=_("name it .csv or .yaml"))


def _csv_rows(file: str, content: str) -> Rows:
    try:
        rows = list(csv.DictReader(io.StringIO(content), strict=True))
    except csv.Error as error:
        raise RelayError(
            _("the table {file} is no CSV: {error}", file=file, error=error),
            remedy=_("quote cells that hold commas or quotes"),
        ) from None
    _check_head(next(csv.reader(io.StringIO(content)), []), file)
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise RelayError(
                _("the table {file} has too few or too many cells in row {number}", file=file, number=number),
                remedy=_("mend that row"),
            )
    return rows


def _check_head(columns: list[str], file: str) -> None:
    if not columns:
        raise RelayError(
            _("the table {file} is empty", file=file), remedy=_("begin it with a head line: the columns' names")
        )
    if len(set(columns)) < len(columns):
        raise RelayError(_("the table {file} has two columns of one name", file=file), remedy=_("name them apart"))


def _yaml_rows(file: str, content: str) -> Rows:
    faults = Faults(file)
    try:
        tree = read(content.encode(), faults).tree
        faults.raise_any()
    except (Fault, ConfigError) as error:
        raise RelayError(_("the table {file} can't be read: {error}", file=file, error=error)) from None
    if not isinstance(tree, list) or not all(isinstance(row, dict) for row in tree):
        raise RelayError(
            _("the table {file} is no list of rows", file=file), remedy=_("write each row as - {column: value, …}")
        )
    try:
        return [{column: text(value) for column, value in row.items()} for row in tree]
    except RelayError:
        raise RelayError(
            _("the table {file} has a cell that is no text or number", file=file), remedy=_("keep rows flat")
        ) from None


def _keyed(rows: Rows, keys: Sequence[str], settings: TableSettings) -> dict[Key, list[tuple[date, Row]]]:
    table: dict[Key, dict[date, Row]] = {}
    columns = (*keys, settings.from_) if settings.from_ else keys
    for row in rows:
        _check_columns(row, columns, settings.file)
        key = tuple(row[column] for column in keys)
        since = _since(row, key, settings)
        if since in table.setdefault(key, {}):
            what = _("the table {file} has two rows for {key}", file=settings.file, key=_shown(key))
            raise RelayError(
                _("{what} from {since}", what=what, since=since) if settings.from_ else what,
                remedy=_("keep one of them"),
            )
        table[key][since] = row
    return {key: sorted(dated.items(), key=itemgetter(0)) for key, dated in table.items()}


def _since(row: Row, key: Key, settings: TableSettings) -> date:
    """An empty cell is from the beginning of time."""
    written = row[settings.from_] if settings.from_ else ""
    try:
        return dates.day(written) if written else date.min
    except RelayError:
        what = _(
            "the table {file} has no day in {column} for {key}",
            file=settings.file,
            column=repr(settings.from_),
            key=_shown(key),
        )
        raise RelayError(what, remedy=_("write it as 2026-01-31, or leave it empty")) from None


def _shown(key: Key) -> str:
    return repr(", ".join(key)[:80])


def _check_columns(row: Row, columns: Sequence[str], file: str) -> None:
    for column in columns:
        if column not in row:
            raise RelayError(
                _("the table {file} has no column {column}", file=file, column=repr(column[:60])),
                remedy=nearest(column, row),
            )
