"""The picture that README shows: a bar for each figure and for what stands beside it, drawn by picture.svg.j2."""

from pathlib import Path

import jinja2
import msgspec

from bench.report import Run, reached
from bench.row import Line, Row, Series
from bench.table import number

WIDTH, LEFT, RIGHT = 880, 292, 210
BAR, GAP, HEAD, FOOT = 13, 7, 92, 46
LONGEST = WIDTH - LEFT - RIGHT


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """Places in pixels. `kind`: ours or other."""

    kind: str
    name: str
    y: int
    width: float
    figure: str
    ratio: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a row: its bars, and a mark for its aims."""

    title: str
    better: str
    y: int
    bars: list[Bar]
    mark: str
    verdict: str


def picture(run: Run) -> str:
    """An SVG with a ground of its own, so that it can be read on light and dark pages."""
    panels, y = [], HEAD
    for row in run.rows:
        for line in row.lines:
            if line.draw and line.beside:
                panels.append(_panel(row, line, y))
                y += 24 + len(panels[-1].bars) * (BAR + GAP) + 14
    met, measured = reached(run.rows)
    names = {"panels": panels, "width": WIDTH, "height": y + FOOT, "left": LEFT, "bar_height": BAR}
    told = {"machine": run.machine, "rounds": run.rounds, "met": met, "measured": measured, "scale": run.scale}
    return _template().render(**names, **told)


def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True).get_template("picture.svg.j2")


def _panel(row: Row, line: Line, y: int) -> Panel:
    series = [line.ours, *line.beside]
    longest = max(one.median for one in series) or 1
    bars = [_bar(line, one, y + 24 + at * (BAR + GAP), longest) for at, one in enumerate(series)]
    held = [one.reached for one in line.held() if one.reached is not None]
    verdict = "" if not held else "aim reached" if all(held) else "aim not reached"
    title = row.title if len(row.lines) == 1 else f"{row.title} · {line.what}"
    return Panel(title=title, better=line.better, y=y, bars=bars, mark="yes" if all(held) else "no", verdict=verdict)


def _bar(line: Line, series: Series, y: int, longest: float) -> Bar:
    ours = series is line.ours
    ratio = None if ours else line.ratio(series.name)
    return Bar(
        kind="ours" if ours else "other",
        name=series.name,
        y=y,
        width=max(2.0, round(series.median / longest * LONGEST, 1)),
        figure=f"{number(series.median)} {'/s' if line.unit == '1/s' else line.unit}",
        ratio="" if ratio is None else f"× {number(ratio)}",
    )
