"""`relay check` runs the tests of the file that it has loaded, and shows what is expected beside what is."""

import json
from pathlib import Path

import pytest
from trying import SHOP

from relay.cli import main

TESTS = """tests:
  - name: a voucher
    source: shop
    body: {type: paid, id: e1, number: B1, amount: 12.30}
    sends: [{to: erp, body: {total: 12.31}}]
  - {name: nothing, source: shop, body: {type: other, id: e2}, takes: []}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "routes.yaml"
    path.write_text(SHOP + TESTS, encoding="utf-8")
    return path


def test_a_test_that_fails_is_a_fault_at_its_line_with_a_diff(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = next(number for number, text in enumerate((SHOP + TESTS).splitlines(), 1) if "12.31" in text)
    assert main(["check", str(file)]) == 1
    told = capsys.readouterr().err
    assert f"{file}:{line}:37: test 'a voucher': what is sent to erp isn't so\n" in told
    assert f"{line:>5} |     sends: [{{to: erp, body: {{total: 12.31}}}}]\n" in told
    assert "        - body.total: 12.31\n        + body.total: 12.30\n" in told


def test_programs_get_the_diff_too(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", str(file)]) == 1
    (failed,) = [each for each in json.loads(capsys.readouterr().out) if each["severity"] == "fault"]
    assert failed["diff"] == ["- body.total: 12.31", "+ body.total: 12.30"]


def test_tests_may_be_chosen_or_left_out(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-k", "noth", str(file)]) == 0
    assert main(["check", "--no-tests", str(file)]) == 0
    assert "2 tests" in capsys.readouterr().out
