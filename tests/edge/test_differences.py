"""`relay diff`: what another file changes, in the command's own process."""

import json
from pathlib import Path

import pytest

from relay.cli import main

OLD = """
version: 1
sources:
  expenses: {verify: github, secret: "${SECRET}", callback: none}
destinations:
  erp: {url: "${ERP}/save", timeout: 30s, auth: {type: bearer, token: token-in-the-file}}
  oa: {url: https://oa.example.com}
routes:
  - {name: voucher, from: expenses, to: [erp, oa], request: {body: {total: "{{ body.amount }}", of: "{{ body.id }}"}}}
"""
NEW = (
    OLD.replace("30s", "1m").replace("[erp, oa]", "erp").replace("total:", "sum:").replace("in-the-file", "of-another")
)
SHOWN = """\
destinations
  auth.token of the destination erp is another (it isn't shown)
  timeout of the destination erp is now 1m, was 30s
routes
  the route voucher no longer goes to oa
  request of the route voucher is another
        body:
      -   total: "{{ body.amount }}"
      +   sum: "{{ body.amount }}"
          of: "{{ body.id }}"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two files, and no relay anywhere."""
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "routes.yaml").write_text(NEW)
    (tmp_path / "broken.yaml").write_text(NEW.replace("voucher", "'"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RELAY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("RELAY_API_TOKEN", "token")
    return tmp_path


def diff(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What it prints; to stderr where it fails."""
    came = main(["diff", *words])
    said = capsys.readouterr()
    assert came == code, said
    return said.err if code else said.out


def test_each_change_is_told_section_by_section(capsys: pytest.CaptureFixture[str]) -> None:
    said = diff(capsys, "--against", "old.yaml", "--last", "0")
    assert said == SHOWN


def test_files_are_compared_where_no_relay_answers(capsys: pytest.CaptureFixture[str]) -> None:
    said = diff(capsys, "routes.yaml", "--against", "old.yaml")
    assert said.startswith(SHOWN)
    assert "events weren't looked at: no relay answers" in said


def test_what_is_the_same_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(capsys, "old.yaml", "--against", "old.yaml") == "nothing changes\n"
    assert json.loads(diff(capsys, "old.yaml", "--against", "old.yaml", "--json"))["same"] is True


def test_programs_get_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    said = diff(capsys, "--against", "old.yaml", "--last", "0", "--json")
    found = json.loads(said)
    assert (found["same"], len(found["changes"]), found["events"]["looked_at"]) == (False, 4, 0)
    assert found["changes"][1] == {
        "section": "destinations",
        "name": "erp",
        "kind": "changed",
        "key": "timeout",
        "words": "timeout of the destination erp is now 1m, was 30s",
        "lines": [],
    }
    assert "token-" not in said


@pytest.mark.parametrize("words", [("broken.yaml", "--against", "old.yaml"), ("old.yaml", "--against", "broken.yaml")])
def test_a_file_with_faults_fails_with_them(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert "broken.yaml:" in diff(capsys, *words, code=1)
