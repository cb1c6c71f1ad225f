"""How long what has ended is kept, as routes.yaml says it."""

from pathlib import Path

import pytest

from relay.config.load import load
from relay.duration import parse_duration_ms
from relay.errors import ConfigError
from relay.retention import FOR_EVER, Retention

DAY_MS = parse_duration_ms("1d")


def said(folder: Path, retention: str) -> Retention:
    file = folder / "routes.yaml"
    file.write_text(f"version: 1\ndefaults: {{retention: {retention}}}\n" if retention else "version: 1\n")
    return load(file, {}).retention


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", FOR_EVER),
        ("{}", FOR_EVER),
        ("{bodies: 30d}", Retention(bodies_ms=30 * DAY_MS)),
        ("{bodies: 180d, records: 10y}", Retention(bodies_ms=180 * DAY_MS, records_ms=3660 * DAY_MS)),
        ("{records: 1d}", Retention(bodies_ms=DAY_MS, records_ms=DAY_MS)),
    ],
)
def test_bodies_go_with_records_at_the_latest_and_without_a_word_nothing_goes(
    text: str, kept: Retention, tmp_path: Path
) -> None:
    assert said(tmp_path, text) == kept


def test_bodies_that_would_outlast_records_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"2:.*let bodies be no longer than records"):
        said(tmp_path, "{bodies: 2d, records: 1d}")
