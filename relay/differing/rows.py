"""What changes in a table's rows: how many, with some of them."""

from collections.abc import Iterator, Mapping

from relay.differing.change import Change
from relay.differing.words import Part
from relay.outline import Row
from relay.texts import N_, _

Rows = Mapping[tuple[str, ...], Row]
_SHOWN = 5


def rows_changed(old: Rows, new: Rows, part: Part) -> list[Change]:
    """One change at most."""
    added = [key for key in new if key not in old]
    gone = [key for key in old if key not in new]
    other = [key for key in new if key in old and old[key] != new[key]]
    if not (added or gone or other):
        return []
    counts = {N_("{n} new"): len(added), N_("{n} gone"): len(gone), N_("{n} changed"): len(other)}
    words = ", ".join(_(each, n=number) for each, number in counts.items() if number)
    lines = list(_lines(old, new, added, gone, other))
    more = ("  " + _("… and {n} more", n=len(lines) - _SHOWN),) if len(lines) > _SHOWN else ()
    return [
        part.change(
            _("rows of {part}: {words}", part=part.called, words=words), key="rows", lines=(*lines[:_SHOWN], *more)
        )
    ]


def _lines(
    old: Rows, new: Rows, added: list[tuple[str, ...]], gone: list[tuple[str, ...]], other: list[tuple[str, ...]]
) -> Iterator[str]:
    """Changed ones first: they are what books otherwise."""
    for key in other:
        columns = [name for name in {**new[key], **old[key]} if old[key].get(name) != new[key].get(name)]
        changes = (_was(name, old[key].get(name, ""), new[key].get(name, "")) for name in columns)
        yield f"  {', '.join(key)}: {'; '.join(changes)}"
    for key in added:
        yield f"+ {_cells(new[key])}"
    for key in gone:
        yield f"- {_cells(old[key])}"


def _was(name: str, old: str, new: str) -> str:
    return _("{name} is now {new}, was {old}", name=name, new=new or "-", old=old or "-")


def _cells(row: Row) -> str:
    return ", ".join(f"{name}: {value}" for name, value in row.items() if value)
