"""Each command in a document is one that Relay takes, and each variable is one that it reads."""

import os
import re
import shlex

import pytest
from documents import DOCUMENTS, ROOT, Block, commands, prose

from relay.cli import parser

RELAY = [(block, line) for block, line in commands() if re.search(r"(^| |/)relay( |$)", line)]
CODE = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "relay").rglob("*.py"))
NAMED = re.compile(r"`relay ([a-z]+)")
LATER = "### Planned"


def invocations(line: str) -> list[list[str]]:
    """The words behind `relay` of each command that a line chains; variables before it are left out."""
    found = []
    for part in line.split("&&"):
        words = [word for word in shlex.split(part.partition(" > ")[0]) if not re.match(r"[A-Z_]+=", word)]
        if words and words[0].rpartition("/")[2] == "relay":
            found.append(words[1:])
    return found


@pytest.mark.parametrize(("block", "line"), RELAY, ids=str)
def test_a_command_is_one_that_relay_takes(block: Block, line: str) -> None:
    for words in invocations(line):
        if words == ["--version"]:
            continue
        assert parser(words[0]).parse_args(words).run, f"{block}: {line}"


def test_every_command_named_in_a_text_exists() -> None:
    declared = {path.stem for path in (ROOT / "relay" / "cli" / "commands").glob("*.py")} - {"__init__"}
    for document in DOCUMENTS:
        assert set(NAMED.findall(prose(document).partition(LATER)[0])) <= declared, document.name


def test_the_changelog_names_the_commands_that_there_are() -> None:
    (line,) = re.findall(r"\*\*Command line\*\*: ([^.]*)\.", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    declared = {path.stem for path in (ROOT / "relay" / "cli" / "commands").glob("*.py")} - {"__init__"}
    assert set(re.findall(r"`(\w+)`", line)) == declared


def test_the_changelog_plans_no_command_that_there_is() -> None:
    planned = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition(LATER)[2]
    there = {path.stem for path in (ROOT / "relay" / "cli" / "commands").glob("*.py")}
    assert not there & {name.removeprefix("relay ").partition(" ")[0] for name in re.findall(r"`([^`]+)`", planned)}


def test_the_variables_in_operations_are_those_that_the_code_reads() -> None:
    table = prose(ROOT / "docs" / "operations.md").partition("## Environment")[2].partition("\n## ")[0]
    documented = {name for row in re.findall(r"^\| (`RELAY_[^|]*) \|", table, re.MULTILINE) for name in row.split(", ")}
    read = set(re.findall(r"\"(RELAY_[A-Z_]+)\"", CODE))
    assert {name.strip("`") for name in documented} == read | {"RELAY_URL"}


def test_no_document_names_a_variable_that_nothing_reads() -> None:
    known = set(re.findall(r"RELAY_[A-Z_]+", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))
    for document in DOCUMENTS:
        assert set(re.findall(r"\bRELAY_[A-Z]+(?:_[A-Z]+)*", document.read_text(encoding="utf-8"))) <= known, document


def test_the_tools_beside_relay_are_few() -> None:
    tools = {shlex.split(line)[0].rpartition("/")[2] for _, line in commands() if "=" not in shlex.split(line)[0]}
    known = {"relay", "python", "python3", "curl", "redis-cli", "tar", "pytest", "pip"}
    known |= {"systemctl", "docker", "kubectl"}
    assert tools <= known, os.linesep.join(sorted(tools))
