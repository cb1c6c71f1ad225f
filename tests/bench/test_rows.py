"""What the benchmark makes of figures: ratios, aims, and the words and the picture that tell of them."""

from xml.etree import ElementTree as ET

from bench.picture import picture
from bench.report import Run, as_data, reached
from bench.row import Aim, Line, Row, Series
from bench.table import lines, number


def line(ours: list[float], beside: list[float], *aims: Aim) -> Line:
    others = [Series(name="other", values=beside)] if beside else []
    return Line(what="events", unit="1/s", ours=Series(name="Relay", values=ours), beside=others, aims=list(aims))


def run(*found: Line) -> Run:
    machine = {"processor": "2 × some", "python": "3", "redis-server": "7", "load": "wrk", "sink": "nginx"}
    rows = [Row(title="A row", lines=list(found), notes=["A note."])]
    return Run(rows=rows, seconds=1, scale=1, rounds=3, machine=machine)


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    """A round in which the machine was slow for both counts like the others."""
    assert line([100, 10, 120], [200, 20, 120]).ratio("other") == 0.5


def test_an_aim_holds_at_its_bound_and_not_beyond() -> None:
    least, most = Aim(bound="at least", value=0.5, beside="other"), Aim(bound="at most", value=99)
    assert [one.reached for one in line([100], [200], least, most).held()] == [True, False]


def test_an_aim_beside_what_wasnt_measured_is_neither_reached_nor_missed() -> None:
    aim = Aim(bound="at least", value=8, beside="RQ")
    assert [one.reached for one in line([100], [], aim).held()] == [None]
    assert reached(run(line([100], [], aim)).rows) == (0, 0)


def test_the_table_says_no_where_an_aim_isnt_reached() -> None:
    told = "\n".join(lines(run(line([100, 90, 110], [200, 200, 200], Aim(bound="at most", value=99)))))
    assert "aim ≤ 99 1/s: no (100)" in told
    assert "90.0 … 110" in told
    assert "ratio 0.50" in told


def test_what_failed_is_told_with_its_reason() -> None:
    failed = Run(rows=[], seconds=1, scale=0.1, rounds=1, machine=run().machine, failed={"A row": "no Redis"})
    assert "  no figures: no Redis" in list(lines(failed))
    assert as_data(failed)["failed"] == {"A row": "no Redis"}


def test_the_picture_has_a_bar_for_each_figure_as_long_as_it_is_large() -> None:
    svg = ET.fromstring(picture(run(line([50], [100]))))
    widths = {one.get("class"): float(one.get("width", 0)) for one in svg.findall(".//{*}rect") if one.get("class")}
    assert widths["ours"] * 2 == widths["other"]


def test_figures_keep_the_digits_that_mean_something() -> None:
    assert [number(value) for value in (1234.5, 12.345, 0.5)] == ["1,234", "12.3", "0.50"]
