"""A short run of the benchmark: it measures every row, whatever the figures are. `python -m bench` is the long one."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[2]
ROWS = 12


def test_a_short_run_measures_every_row_and_tells_it(tmp_path: Path) -> None:
    """The table, the JSON and the picture have the same rows, and each figure is one."""
    found, drawn = tmp_path / "benchmark.json", tmp_path / "benchmark.svg"
    how = ["--seconds", "4", "--json", str(found), "--picture", str(drawn), "--peers", sys.executable]
    ran = subprocess.run([sys.executable, "-m", "bench", *how], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    rows = json.loads(found.read_text())["rows"]
    assert len(rows) == ROWS
    for row in rows:
        assert row["title"] in ran.stdout
        assert all(line["relay"]["median"] > 0 for line in row["lines"])
    words = "".join(ET.fromstring(drawn.read_text()).itertext())
    assert all(row["title"] in words for row in rows if row["lines"][0]["beside"])
