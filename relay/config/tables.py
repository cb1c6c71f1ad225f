"""The `tables:` of routes.yaml: rows of text, looked up by their key columns in a mapping."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from relay.config.document import Path, read
from relay.config.loading import Loading, items
from relay.config.places import Faults
from relay.config.settings import TableSettings
from relay.errors import ConfigError, ExpressionError, Fault, RelayError
from relay.language.grammar import Missing
from relay.nearest import nearest
from relay.plain import text

Row = dict[str, str]
Table = dict[tuple[str, ...], Row]


class Tables:
    """The function `lookup(table, key, …)` of expressions: a row, missing where there is none."""

    what = "table"

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self.names = tables.keys()

    def __call__(self, name: Any, *keys: Any) -> Any:
        if name not in self._tables:
            raise ExpressionError(f"there is no table {str(name)[:40]!r}", remedy=nearest(str(name), self.names))
        row = self._tables[name].get(tuple(map(text, keys)))
        return Missing(hint=f"the table {name!r} has no row for this key") if row is None else row


def tables_of(loading: Loading) -> Tables:
    """All that can be read; the faults of others are caught in `loading`, and their names are known."""
    return Tables({name: _table(name, tree, loading) for name, tree in loading.parts("tables").items()})


def _table(name: str, tree: Any, loading: Loading) -> Table:
    path: Path = ("tables", name)
    settings = loading.settings(tree, TableSettings, "tables", path)
    if settings is None:
        return {}
    columns = [column for _, column in items(settings.key, ())]
    try:
        return _keyed(_rows(settings.file, loading), columns, settings.file)
    except RelayError as error:
        loading.caught((*path, "file"), RelayError(error.what, "", error.remedy))
        return {}


def _rows(file: str, loading: Loading) -> list[Row]:
    content = loading.files.text(file)
    if file.endswith((".yaml", ".yml")):
        return _yaml_rows(file, content)
    if file.endswith(".csv"):
        return _csv_rows(file, content)
    raise RelayError(f"the table {file} is neither CSV nor YAML", remedy="name it .csv or .yaml")


def _csv_rows(file: str, content: str) -> list[Row]:
    try:
        rows = list(csv.DictReader(io.StringIO(content), strict=True))
    except csv.Error as error:
        raise RelayError(
            f"the table {file} is no CSV: {error}", remedy="quote cells that hold commas or quotes"
        ) from None
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise RelayError(f"the table {file} has too few or too many cells in row {number}", remedy="mend that row")
    return rows


def _yaml_rows(file: str, content: str) -> list[Row]:
    faults = Faults(file)
    try:
        tree = read(content.encode(), faults).tree
        faults.raise_any()
    except (Fault, ConfigError) as error:
        raise RelayError(f"the table {file} can't be read: {error}") from None
    if not isinstance(tree, list) or not all(isinstance(row, dict) for row in tree):
        raise RelayError(f"the table {file} is no list of rows", remedy="write each row as - {column: value, …}")
    try:
        return [{column: text(value) for column, value in row.items()} for row in tree]
    except RelayError:
        raise RelayError(f"the table {file} has a cell that is no text or number", remedy="keep rows flat") from None


def _keyed(rows: list[Row], columns: list[str], file: str) -> Table:
    table: Table = {}
    for row in rows:
        _check_columns(row, columns, file)
        key = tuple(row[column] for column in columns)
        if key in table:
            raise RelayError(f"the table {file} has two rows for {', '.join(key)[:80]!r}", remedy="keep one of them")
        table[key] = row
    return table


def _check_columns(row: Mapping[str, str], columns: list[str], file: str) -> None:
    for column in columns:
        if column not in row:
            raise RelayError(f"the table {file} has no column {column[:60]!r}", remedy=nearest(column, row))
