"""The functions `lookup` and `rate` of expressions: rows of tables by their keys, as they hold on a day."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

import msgspec
from jinja2 import pass_context
from jinja2.runtime import Context

from relay import money
from relay.errors import ExpressionError
from relay.language import dates
from relay.language.amounts import given
from relay.language.grammar import Missing
from relay.nearest import nearest
from relay.plain import text
from relay.texts import _

RATES, RATE = "rates", "rate"
_MOST_SHOWN = 40
Row = Mapping[str, str]
Key = tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """`keys`: its key columns. `rows`: for each key the rows with the days from which they hold, earliest first;
    `dated`: whether the file says such days."""

    keys: tuple[str, ...]
    rows: Mapping[Key, Sequence[tuple[date, Row]]]
    dated: bool = False


class Tables:
    """The function `lookup(table, key, …, at=…)`: a row, missing where there is none. `local`: the zone of days."""

    what = "table"

    def __init__(self, tables: Mapping[str, Table], local: tzinfo | None) -> None:
        self.tables, self._local = tables, local
        self.names = tables.keys()

    @pass_context
    def __call__(self, context: Context, name: Any, *keys: Any, at: Any = None) -> Any:
        """`at`: any time that `date` reads; the day when the event was received, unless given."""
        table = self.tables.get(name)
        if table is None:
            raise ExpressionError(
                _("there is no table {name}", name=repr(str(name)[:40])), remedy=nearest(str(name), self.names)
            )
        if wrong := self.misfit(name, len(keys)):
            raise ExpressionError(wrong)
        key = tuple(map(text, keys))
        found = table.rows.get(key, ())
        if not table.dated:
            return found[0][1] if found else _none(key, name)
        day = self._day(context, name, at)
        place = bisect_right(found, day, key=_begins)
        if not place:
            return _none(key, name, _(" before {day}", day=found[0][0]) if found else "")
        return found[place - 1][1]

    def misfit(self, name: str, given: int) -> str:
        """What is wrong with a look-up by that many keys; empty where nothing is."""
        keys = self.tables[name].keys if name in self.tables else ()
        if not keys or len(keys) == given:
            return ""
        return _("the table {name} is looked up by {keys}", name=name, keys=", ".join(keys))

    def rates(self) -> dict[str, "Rates"]:
        """The function `rate`, where a table of that shape is declared."""
        table = self.tables.get(RATES)
        rows = [row for each in table.rows.values() for _, row in each] if table else []
        usable = table and len(table.keys) == 2 and rows and all(RATE in row for row in rows)
        return {RATE: Rates(self)} if usable else {}

    def _day(self, context: Context, name: str, at: Any) -> date:
        if at is None:
            event = context.resolve_or_missing("event")
            at = event.get("received_at") if isinstance(event, Mapping) else None
        if at is None:
            raise ExpressionError(
                _("the table {name} changes with time", name=name), remedy=_("say when: at=body.paidAt")
            )
        return dates.moment(given(at), self._local).date()


class Rates:
    """The function `rate(from, to, at=…)`: what one unit of a currency is in another, as the table `rates` says it.
    It is neither turned round nor made up of two others: whoever closes the books decides how that is rounded."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @pass_context
    def __call__(self, context: Context, of: Any, to: Any, at: Any = None) -> Any:
        if text(of) == text(to):
            return Decimal(1)
        row = self._tables(context, RATES, of, to, at=at)
        return row if isinstance(row, Missing) else money.number(row[RATE])


def _begins(dated: tuple[date, Row]) -> date:
    return dated[0]


def _none(key: Key, name: str, when: str = "") -> Missing:
    shown = ", ".join(repr(part[:_MOST_SHOWN]) for part in key)
    return Missing(hint=_("no entry {key} in the table {name}{when}", key=shown, name=name, when=when))
