"""docs/routes.zh-CN.md says what docs/routes.md says: what the one shows and is tried by tests, the other shows too."""

import re

import pytest
from documents import ROOT, blocks, prose

from relay.config import reference
from relay.config.keys import keys_of
from relay.texts import speaking

PAGE, TWIN = (ROOT / "docs" / name for name in ("routes.md", "routes.zh-CN.md"))
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
MARK = re.compile(r"^<!-- keys: (\w+) -->$", re.MULTILINE)
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_both_have_the_same_examples_in_the_same_order() -> None:
    """So what is loaded, rendered and judged of the one holds for the other."""
    english, chinese = ([(block.language, block.note, block.text) for block in blocks(page)] for page in (PAGE, TWIN))
    assert chinese == english


@pytest.mark.parametrize("pattern", [HEADING, MARK], ids=["headings", "tables of keys"])
def test_both_have_the_same_parts(pattern: re.Pattern[str]) -> None:
    assert pattern.findall(prose(TWIN)) == pattern.findall(prose(PAGE)), "translate what is new in docs/routes.md"


def test_their_tables_have_as_many_rows() -> None:
    english, chinese = ([table.count("\n") for table in TABLE.findall(prose(page))] for page in (PAGE, TWIN))
    assert chinese == english


def test_their_paragraphs_are_as_many() -> None:
    english, chinese = (len(re.findall(r"\n\n[^\n|#<]", prose(page))) for page in (PAGE, TWIN))
    assert chinese == english, "translate what is new in docs/routes.md"


def test_every_paragraph_is_in_chinese() -> None:
    paragraphs = [part for part in prose(TWIN).split("\n\n") if part.strip() and part.strip()[0] not in "|#<"]
    assert [part for part in paragraphs if not HAN.search(part) and not part.startswith("    ")] == []


@pytest.mark.parametrize("kind", reference.TABLES.values(), ids=list(reference.TABLES))
def test_every_key_is_told_of_in_chinese(kind: type) -> None:
    with speaking("zh"):
        assert [key.name for key in keys_of(kind) if not HAN.search(key.does)] == []
