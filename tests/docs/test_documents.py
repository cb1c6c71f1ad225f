"""The documents hold together: links lead somewhere, and nothing in them is of one machine alone."""

import re
from pathlib import Path

import pytest
from documents import DOCUMENTS, ROOT, prose

EVERY = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
NAMES = ("README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE")
PAGES = (
    *("architecture", "states", "routes", "adding-a-signature-scheme", "adding-a-destination", "destinations"),
    *("routes.zh-CN", "sources", "operations", "alerts", "performance", "reliability", "why", "words"),
)
OF_A_MACHINE = re.compile(r"/(?:home|root|Users|tmp|work|opt|usr|mnt)/|[A-Z]:\\|pypi\.org|pythonhosted")


def anchors(document: Path) -> set[str]:
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_they_are_all_there() -> None:
    assert [name for name in NAMES if not (ROOT / name).is_file()] == []
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} == set(PAGES)


@EVERY
def test_its_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        path, _, anchor = link.partition("#")
        if path.startswith("https://"):
            continue
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@EVERY
def test_it_speaks_of_no_machine_and_no_registry(document: Path) -> None:
    assert OF_A_MACHINE.findall(document.read_text(encoding="utf-8")) == []


@EVERY
def test_it_ends_with_one_line_break_and_has_no_trailing_spaces(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES[3:5])
def test_a_page_on_adding_something_is_short_and_ends_in_a_command(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 25
    assert text.rstrip().endswith("```")


@EVERY
def test_its_lines_are_short_but_for_tables(document: Path) -> None:
    lines = [line for line in prose(document).splitlines() if not line.startswith("|")]
    assert [line for line in lines if len(line) > 122] == []
