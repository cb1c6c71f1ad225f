"""The routes.yaml of the repository and those of docs/examples have tests, and all of them pass without any secret."""

from pathlib import Path

import pytest

from relay.config import load
from relay.trials import run_tests

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "routes.yaml", *sorted((ROOT / "docs" / "examples").glob("*/routes.yaml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_what_is_shipped_is_tested_and_passes(file: Path) -> None:
    config = load(file, {}, placeholders=True)
    assert [str(failed) for failed in run_tests(config)] == []
    assert len(config.tests) >= 5
    routed = {route for written in config.tests for route in written.trial.takes or ()}
    assert routed == set(config.routes), "each route is taken in some test"
