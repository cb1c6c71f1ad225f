"""docs/architecture.md names what is there: modules, scripts, keys of Redis, and the tests that show a claim."""

import re

from documents import ROOT, prose

PAGE = prose(ROOT / "docs" / "architecture.md")
SCRIPTS = ROOT / "relay" / "stores" / "scripts"
LUA = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.rglob("*.lua"))


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_module_stands_on_a_floor_and_every_one_named_is_there() -> None:
    named = set(re.findall(r"`relay/(\w+(?:\.py|/))`", section("The floors")))
    here = {path.name for path in (ROOT / "relay").glob("*.py")} - {"__init__.py"}
    here |= {f"{path.parent.name}/" for path in (ROOT / "relay").glob("*/__init__.py")}
    assert named == here


def test_every_file_named_is_there() -> None:
    for name in set(re.findall(r"`(relay/[\w/.]+)`", PAGE)):
        assert (ROOT / name).exists(), name


def test_every_test_named_is_there() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for name in set(re.findall(r"`(test_\w+)`", PAGE)):
        assert re.search(rf"def {name}\(", tests), name


def test_every_script_has_a_row() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", section("Redis: the scripts"), re.MULTILINE))
    assert rows == {path.stem for path in SCRIPTS.glob("*.lua")}


def test_every_key_of_the_scripts_is_in_the_layout() -> None:
    layout = section("Redis: the layout")
    listed = set(re.findall(r"`([a-z]):\{", layout))
    assert listed - {"u"} == set(re.findall(r"'([a-z]):'", LUA))
    for part in set(re.findall(r"'(:(?!')[a-z]+)'", LUA)):
        assert f"`l:{{L}}{part}`" in layout, part


def test_every_field_of_a_lane_is_in_the_layout() -> None:
    (row,) = re.findall(r"^\| `l:\{L\}` \| hash \| (.*) \|$", PAGE, re.MULTILINE)
    cleared = re.search(r"HDEL', L, ('paused'.*?)\)", LUA, re.DOTALL)
    assert cleared
    assert set(re.findall(r"'(\w+)'", cleared[1])) <= set(row.split(", "))
