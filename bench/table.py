"""The table that a run prints: figures with their spread, ratios beside them, and whether an aim is reached."""

from collections.abc import Iterator

from bench.report import Run, reached
from bench.row import Held, Line, Row, Series

WHAT, FIGURE = 42, 12


def lines(run: Run) -> Iterator[str]:
    """The whole of it."""
    for row in run.rows:
        yield from row_lines(row)
    for title, why in run.failed.items():
        yield from ("", title, f"  no figures: {why}")
    met, measured = reached(run.rows)
    yield from ("", f"{met} of {measured} aims reached, in {run.seconds:.0f} s on {run.machine['processor']}")
    if run.scale < 1:
        yield f"A short run ({run.scale:.0%} of a full one): it shows that the benchmark works, and little of speed."


def row_lines(row: Row) -> Iterator[str]:
    """One row, under its title."""
    yield from ("", row.title)
    for line in row.lines:
        yield _ours(line)
        yield from (_beside(line, other) for other in line.beside)
        yield from (_aim(held) for held in line.held())
    yield from (f"  {note}" for note in row.notes)


def number(value: float) -> str:
    """With as many digits as mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(series: Series) -> str:
    low, high = min(series.values), max(series.values)
    return f"{number(low)} … {number(high)}" if len(series.values) > 1 else ""


def _ours(line: Line) -> str:
    return _figures(f"  {line.what}", line.ours, line.unit)


def _beside(line: Line, other: Series) -> str:
    ratio = line.ratio(other.name)
    return _figures(f"    {other.name}", other, line.unit) + (f"  ratio {number(ratio)}" if ratio is not None else "")


def _figures(what: str, series: Series, unit: str) -> str:
    cpu = f"  {series.cpu_us:,.0f} µs CPU each" if series.cpu_us is not None else ""
    return f"{what:{WHAT}}{number(series.median):>{FIGURE}} {unit:5} {spread(series):>20}{cpu}"


def _aim(held: Held) -> str:
    if held.found is None or held.reached is None:
        return f"      aim {held.aim}: not measured"
    return f"      aim {held.aim}: {'yes' if held.reached else 'no'} ({number(held.found)})"
