"""A fault shows the line where it stands: the caret below the right letter, and nothing secret in it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.cli import main
from relay.cli.faults import counted, print_faults
from relay.config.excerpts import excerpt, split
from relay.config.inside import located
from relay.config.nodes import compose
from relay.errors import Excerpt, Fault


def shown(text: str, line: int = 1, column: int = 1) -> Excerpt | None:
    return excerpt(split(text), line, column, lambda each: each.replace("hunter22", "***"))


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("secret: abcd", "secret: ***"),
        ("  - secret: 'it''s' # mine", "  - secret: *** # mine"),
        ('auth: {type: bearer, token: "a \\" b", x: 1}', "auth: {type: bearer, token: ***, x: 1}"),
        ("secret: [a, b]", "secret: ***"),
        ("client_secret：abcd", "client_secret：***"),
        ('"X-Api-Key": abcd', '"X-Api-Key": ***'),
        ("secret: ${NAME}", "secret: ${NAME}"),
        ('token: "{{ body.token }}"', 'token: "{{ body.token }}"'),
        ("token_url: https://a", "token_url: https://a"),
        ("key: [entity, fee_type]", "key: [entity, fee_type]"),
        ("secret: &s abcd", "secret: &s ***"),
        ("url: https://hunter22@a", "url: https://***@a"),
        ("url: https://relay:Passw0rd@a/b?x=1", "url: https://relay:***@a/b?x=1"),
        (
            'url: "https://a/send?access_token=0f1e&x={{ body.x }}"',
            'url: "https://a/send?access_token=***&x={{ body.x }}"',
        ),
        ("url: https://a/send?key=${KEY}&y=1", "url: https://a/send?key=${KEY}&y=1"),
        ("token: https://u:p@a?key=b", "token: ***"),
        ("token:", "token:"),
        ("secret: |", "secret: |"),
    ],
)
def test_what_is_written_behind_a_secrets_key_is_masked(line: str, masked: str) -> None:
    assert shown(line) == Excerpt(masked, 1)


@pytest.mark.parametrize(
    ("text", "line", "masked"),
    [
        ("secret:\n  - abcd", 2, "  - ***"),
        ("secret:\n- abcd\n- ef", 3, "- ***"),
        ("mtls:\n  private_key: |\n    -----BEGIN\n\n    MIIE", 5, "    ***"),
        ("secret:\n  - ${A}", 2, "  - ${A}"),
        ("token: a\nurl: b", 2, "url: b"),
        ("secret:\n  a\nurl: b", 3, "url: b"),
    ],
)
def test_so_are_the_lines_below_such_a_key(text: str, line: int, masked: str) -> None:
    assert shown(text, line) == Excerpt(masked, 1)


@pytest.mark.parametrize(
    ("line", "column", "place"),
    [
        ("{secret: abcdefgh, x: 1}", 20, 15),
        ("{secret: abcdefgh, x: 1}", 13, 10),
        ("{a: hunter22, x: 1}", 15, 10),
        ("{a: hunter22, x: 1}", 8, 5),
    ],
)
def test_the_column_moves_with_what_is_masked_before_it(line: str, column: int, place: int) -> None:
    found = shown(line, 1, column)
    assert found
    assert found.column == place


def test_there_is_no_line_where_the_file_has_none() -> None:
    assert shown("a", 2) is None
    assert shown("a", 0) is None


@given(st.text(max_size=40), st.integers(1, 50))
def test_any_line_can_be_shown(text: str, column: int) -> None:
    assert shown(text, 1, column) is not None


LETTERS = st.characters(max_codepoint=0xFFFF, exclude_categories=("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"))


@given(st.text(LETTERS, max_size=20), st.booleans())
def test_a_letter_is_found_where_it_stands_in_any_quoted_text(text: str, escaped: bool) -> None:
    """As JSON writes it, which YAML reads."""
    line = f'a: {json.dumps(text, ensure_ascii=escaped)[:-1]}Z"'
    root = compose(line, "x")
    assert root
    before = sum(not letter.isspace() for letter in text)
    assert located([line], root.value[0][1], before).column == len(line) - 1


def fault(line: str, column: int, **said: str) -> Fault:
    made = Fault("a.yaml", 7, column, "wrong", **said)  # type: ignore[arg-type]
    made.excerpt = Excerpt(line, column)
    return made


@pytest.mark.parametrize(
    ("line", "column", "text", "before"),
    [
        ("a: b", 4, "a: b", 3),
        ("\ta:\tb", 5, "    a:    b", 10),
        ("名: 值", 4, "名: 值", 4),
        ("e\u0301: x", 5, "e\u0301: x", 3),
        ("a\x1b[31m", 3, "a\N{REPLACEMENT CHARACTER}[31m", 2),
        ("值" * 99, 99, "…" + "值" * 31, 61),
        ("a" * 200, 1, "a" * 100 + "…", 0),
    ],
)
def test_the_caret_stands_below_the_letter(
    line: str, column: int, text: str, before: int, capsys: pytest.CaptureFixture[str]
) -> None:
    print_faults([fault(line, column)])
    _, first, second, count = capsys.readouterr().err.splitlines()
    assert (first, second, count) == (f"    7 | {text}", f"      | {' ' * before}^", "1 fault")


def test_faults_and_warnings_are_counted() -> None:
    faults, warning = [fault("a", 1)] * 3, fault("a", 1, severity="warning")
    assert counted([*faults, warning]) == "3 faults, 1 warning"
    assert counted([warning, warning]) == "2 warnings"


def test_editors_get_the_line_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text("version: 1\nsources: {s: {secret: hunter22, verify: githab}}\n")
    assert main(["check", "--json", str(file)]) == 1
    [found] = json.loads(capsys.readouterr().out)
    assert found == {
        "file": str(file),
        "line": 2,
        "column": 41,
        "severity": "fault",
        "what": "there is no signature scheme 'githab'",
        "remedy": "did you mean github?",
        "text": "sources: {s: {secret: ***, verify: githab}}",
    }
