"""Variables are filled in where credentials and addresses stand, and a missing one is a fault at its place."""

from pathlib import Path

import pytest

from relay.config import load, read_env
from relay.config.document import read
from relay.config.places import Faults
from relay.config.variables import Variables
from relay.destination import Limits
from relay.errors import ConfigError


def expanded(text: str, folder: Path, **env: str) -> Variables:
    faults = Faults("routes.yaml")
    document = read(text.encode(), faults)
    variables = Variables(document, faults, env, folder)
    variables.expand()
    faults.raise_any()
    variables.tree = document.tree  # type: ignore[attr-defined]
    return variables


def one(text: str, folder: Path, **env: str) -> str:
    return expanded(f"sources: {{a: '{text}'}}", folder, **env).tree["sources"]["a"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${A}", "1"),
        ("x${A}y${B:-2}z", "x1y2z"),
        ("${A:-2}", "1"),
        ("${EMPTY:-2}", "2"),
        ("${EMPTY}", ""),
        ("${B:-}", ""),
        ("${B:-a:-b}", "a:-b"),
        ("$${A}", "${A}"),
        ("$A {A} $", "$A {A} $"),
        ("${{ body.amount }}", "${{ body.amount }}"),
    ],
)
def test_references_are_filled_in(text: str, value: str, tmp_path: Path) -> None:
    assert one(text, tmp_path, A="1", EMPTY="") == value


def test_a_value_is_not_expanded_again(tmp_path: Path) -> None:
    assert one("${A}", tmp_path, A="${B}") == "${B}"


def test_a_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("one\ntwo\n")
    assert one("${file:secret}", tmp_path) == "one\ntwo"
    assert one(f"${{file:{tmp_path / 'secret'}}}", Path("/")) == "one\ntwo"


def test_files_that_are_no_secrets_are_refused(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff")
    for name, why in {"large": "larger than 64 KiB", "binary": "isn't text", "\0": "no such name"}.items():
        with pytest.raises(ConfigError, match=why):
            expanded(f'sources: {{a: "${{file:{name}}}"}}'.replace("\0", "\\0"), tmp_path)


def test_a_dollar_in_routes_tests_and_extensions_is_a_dollar(tmp_path: Path) -> None:
    text = "routes: '${A}'\ntests: '${A}'\nx-a: '${A}'\n"
    assert set(expanded(text, tmp_path).tree.values()) == {"${A}"}  # type: ignore[attr-defined]


def test_what_came_from_a_variable_is_remembered_by_its_path(tmp_path: Path) -> None:
    found = expanded("sources: {a: {secret: ['${A}', b]}}", tmp_path, A="1").values
    assert found == {("sources", "a", "secret", 0): [("A", "1")]}


def test_an_env_file_holds_plain_and_quoted_values(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# comment\n\nA=1\nexport B = two words # comment\nC='single # no \"comment\"'\n"
        'D="line\\nbreak \\"q\\"" # comment\nE=\nF=a#b=c\nG=it\'s\n'
    )
    assert read_env(file) == {
        "A": "1",
        "B": "two words",
        "C": 'single # no "comment"',
        "D": 'line\nbreak "q"',
        "E": "",
        "F": "a#b=c",
        "G": "it's",
    }


def test_no_env_file_sets_nothing(tmp_path: Path) -> None:
    assert read_env(tmp_path / ".env") == {}


@pytest.mark.parametrize("line", ["no equals sign", "1A=2", 'A="open', "A='open", 'A="a" b'])
def test_a_line_of_an_env_file_that_cannot_be_read_is_told_without_its_value(line: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"OK=1\n{line}\n")
    with pytest.raises(ConfigError) as refused:
        read_env(tmp_path / ".env")
    assert str(refused.value) == ".env:2:1: this line isn't KEY=VALUE; write KEY=VALUE, # before a comment"


NUMBERS = """version: 1
destinations:
  base: {abstract: true, retry: {attempts: "${TIMES}"}}
  erp: {extends: base, url: "https://erp.example.com", concurrency: "${MANY:-3}", posts: "${BOOKS:-true}"}
"""


def limits(folder: Path, **env: str) -> Limits:
    (folder / "routes.yaml").write_text(NUMBERS)
    return load(folder / "routes.yaml", env).destinations["erp"].limits


def test_a_variable_alone_is_a_number_where_one_is_wanted(tmp_path: Path) -> None:
    assert limits(tmp_path, TIMES="7").retry.attempts == 7
    assert limits(tmp_path, TIMES="7", MANY="5").concurrency == 5


@pytest.mark.parametrize("many", ["many", "0", "3.5", "9" * 300, "true", ""])
def test_one_that_is_no_such_number_is_refused_at_its_place(many: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        limits(tmp_path, TIMES="7", MANY=many, BOOKS=many or "no")
    assert {fault.line for fault in caught.value.faults} == {4}


def test_placeholders_stand_in_for_numbers_too(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text(NUMBERS)
    assert load(tmp_path / "routes.yaml", {}, placeholders=True).destinations["erp"].limits.retry.attempts == 1
