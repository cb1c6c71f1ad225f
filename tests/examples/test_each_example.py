"""Each example has a page that is one, and a test that starts it, so that it loads as it is shown."""

from pathlib import Path

import pytest
from example import EXAMPLES

EVERY = pytest.mark.parametrize("folder", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)


@EVERY
def test_its_page_is_one_page_and_says_it_in_chinese_too(folder: Path) -> None:
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert len(page.splitlines()) <= 60
    assert "\n## 中文摘要\n" in page


@EVERY
def test_a_test_runs_it(folder: Path) -> None:
    tests = (test.read_text(encoding="utf-8") for test in Path(__file__).parent.glob("test_*.py"))
    assert any(f'NAME = "{folder.name}"' in test for test in tests)
