"""The catalogues hold what the code says: compiled from what is written, nothing doubtful, each name in both."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import catalogues
import pytest
from babel.messages.catalog import Message

LANGUAGE = pytest.mark.parametrize("language", catalogues.OTHERS)
SAYING = [path for path in (catalogues.ROOT / "relay").rglob("*.py") if "relay.texts import" in path.read_text("utf-8")]
NAMES = re.compile(r"\$?\{+ ?\w[^{}]*\}+|`[^`]*`")


def translated(language: str) -> list[Message]:
    found = catalogues.catalogue(language)
    missing = {each.id for each in catalogues.untranslated(found)}
    return [each for each in found if each.id and each.id not in missing]


@LANGUAGE
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    assert catalogues.mo(language).read_bytes() == catalogues.compiled(catalogues.catalogue(language))


@LANGUAGE
def test_everything_that_is_said_is_translated(language: str) -> None:
    """Run tests/texts/catalogues.py, and put the translations of what is new into relay.po."""
    renewed = catalogues.renewed(language)
    assert [each.id for each in catalogues.untranslated(renewed)] == []
    assert catalogues.written(renewed) == catalogues.po(language).read_text(encoding="utf-8")


@LANGUAGE
def test_nothing_is_doubtful(language: str) -> None:
    assert [each.id for each in catalogues.catalogue(language) if each.id and each.fuzzy] == []


@LANGUAGE
def test_a_translation_has_the_names_of_its_text_and_what_is_quoted_there(language: str) -> None:
    for each in translated(language):
        text = each.id if isinstance(each.id, str) else each.id[1]
        string = each.string if isinstance(each.string, str) else each.string[0]
        assert sorted(NAMES.findall(text)) == sorted(NAMES.findall(string)), text


def test_texts_are_said_whole() -> None:
    """Never an f-string or a sum inside `_`; and a function that says a text names nothing else `_`."""
    odd = [f"{path.relative_to(catalogues.ROOT)}:{line}" for path in SAYING for line in _odd(path)]
    assert odd == []


def _odd(path: Path) -> Iterator[int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in _said(tree):
        if isinstance(call.args[0], ast.JoinedStr | ast.BinOp):
            yield call.lineno
    if any(_named(tree)):
        functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        yield from (line for function in functions if any(_said(function)) for line in _named(function))


def _named(tree: ast.AST) -> Iterator[int]:
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "_")
    return (name.lineno for name in names if isinstance(name.ctx, ast.Store))


def _said(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in catalogues.KEYWORDS:
            yield node
