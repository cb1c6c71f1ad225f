"""The documents as data: their code blocks, with the place of each, so that a failing example can be found."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
EXAMPLES = tuple(sorted((ROOT / "docs" / "examples").glob("*/README.md")))
DOCUMENTS = (*READMES, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")), *EXAMPLES)
_FENCE = re.compile(r"^```(\S+)[ ]?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: ```LANGUAGE NOTE. `line` is where it begins."""

    document: Path
    line: int
    language: str
    note: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.name}:{self.line}"


def blocks(document: Path, language: str = "", note: str | None = None) -> list[Block]:
    """Those of a language, all unless named; of a note, any unless given."""
    text = document.read_text(encoding="utf-8")
    found = [
        Block(document, text.count("\n", 0, match.start()) + 1, match[1], match[2], match[3])
        for match in _FENCE.finditer(text)
    ]
    return [one for one in found if language in ("", one.language) and note in (None, one.note)]


def everywhere(language: str, note: str | None = None) -> list[Block]:
    return [block for document in DOCUMENTS for block in blocks(document, language, note)]


def prose(document: Path) -> str:
    """The text without its code blocks."""
    return _FENCE.sub("", document.read_text(encoding="utf-8"))


def commands() -> Iterator[tuple[Block, str]]:
    """Each command of a shell block, continued lines joined; in one marked `live` they end by Ctrl-C."""
    for block in everywhere("sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                yield block, line.strip()
