"""README is short, its commands are the promised ones, and its Chinese twin is in step."""

import re
from pathlib import Path

import pytest
from documents import READMES, blocks

MOST_LINES = 140
PROMISED = (
    "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/relay demo",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
)


def headings(document: Path) -> list[int]:
    """The level of each heading, in order."""
    in_code, found = False, []
    for line in document.read_text(encoding="utf-8").splitlines():
        in_code ^= line.startswith("```")
        if not in_code and (match := re.match(r"(#+) ", line)):
            found.append(len(match[1]))
    return found


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_it_fits_on_a_few_screens(readme: Path) -> None:
    assert len(readme.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_two_commands_come_first(readme: Path) -> None:
    assert tuple(blocks(readme)[0].text.splitlines()) == PROMISED


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_its_routes_yaml_has_fifteen_lines(readme: Path) -> None:
    (example,) = blocks(readme, "yaml")
    assert len(example.text.splitlines()) == 15


def test_the_twins_have_the_same_code_and_the_same_headings() -> None:
    english, chinese = ([(one.language, one.text) for one in blocks(readme)] for readme in READMES)
    assert english == chinese
    assert headings(READMES[0]) == headings(READMES[1])


def test_the_twins_link_to_the_same_documents() -> None:
    links = [set(re.findall(r"\]\((docs/[^)]*|[A-Zr][\w.]*)\)", path.read_text(encoding="utf-8"))) for path in READMES]
    chinese = {"docs/routes.zh-CN.md": "docs/routes.md"}
    assert links[0] - {"README.zh-CN.md"} == {chinese.get(link, link) for link in links[1]} - {"README.md"}
