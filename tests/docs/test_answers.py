"""Each answer on the page of routes.yaml is judged as it says below it, by the destination above it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import ROOT, Block, blocks
from loading import loaded, whole

from relay.destination import Answer
from relay.outcome import Verdict

PAGE = blocks(ROOT / "docs" / "routes.md")


def judged() -> Iterator[tuple[Block, Block, Block]]:
    """Destination, answer and verdict."""
    destination = PAGE[0]
    for number, block in enumerate(PAGE):
        if (block.language, block.note) == ("yaml", ""):
            destination = block
        elif block.note == "answer":
            yield destination, block, PAGE[number + 1]


def said(verdict: Verdict) -> str:
    document, reason = verdict.document, verdict.reason
    return f"{verdict.outcome}{f' {document}' if document else ''}{f': {reason}' if reason else ''}"


@pytest.mark.parametrize(("destination", "answer", "verdict"), list(judged()), ids=str)
def test_an_answer_is_judged_as_it_says(destination: Block, answer: Block, verdict: Block, tmp_path: Path) -> None:
    (name,) = [line.strip(" :") for line in destination.text.splitlines() if line.startswith("  ") and line[2] != " "]
    judge = loaded(whole(destination.text), tmp_path).destinations[name].judge
    charset = "gbk" if "charset: GBK" in destination.text else "utf-8"
    assert (
        said(judge.judge(Answer(status=200, headers={}, body=answer.text.encode(charset)), {})) == verdict.text.strip()
    )


def test_there_are_such_answers() -> None:
    assert len(list(judged())) > 5
