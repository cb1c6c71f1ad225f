"""docs/monitoring: rules that promtool takes, and names that a scrape has; the tables of figures and log lines."""

import json
import logging
import re
import shutil
import subprocess

import pytest
from documents import ROOT, prose

from relay import metrics
from relay.gauges import families
from relay.metrics import Figures
from relay.scraping import Own, merged, text_of
from relay.signals import LEVELS, Signal
from relay.views import LaneView

FOLDER = ROOT / "docs" / "monitoring"
PROMTOOL = shutil.which("promtool")
OPERATIONS = prose(ROOT / "docs" / "operations.md")
RULES = (FOLDER / "alerts.yaml").read_text(encoding="utf-8")
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
ASKED = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
LANE = LaneView(
    destination="erp",
    ready=1,
    waiting=0,
    in_flight=0,
    held=0,
    dead=0,
    oldest_s=3,
    breaker="open",
    paused=False,
    stopped=None,
    since_ms=None,
    probe_ms=None,
    throttled_ms=None,
    parked=0,
    decided_ms=None,
    decided=None,
)
REDIS = Figures(memory_bytes=1, limit_bytes=0, workers=1, put_aside=0)
with_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool isn't here: apt-get install prometheus")


def scrape() -> str:
    """Of two processes and of Redis, with every metric used once."""
    for counted in metrics.ALL:
        child = counted[tuple("erp" for _ in counted.labels)]
        child.observe(1) if hasattr(child, "observe") else child.inc()
    processes = [Own(name, lambda: "v1").text() for name in ("web", "worker-1")]
    return merged([*processes, text_of(families([LANE], REDIS))])


def samples(text: str) -> set[str]:
    return set(re.findall(r"^(\w+)(?=[{ ])", text, re.MULTILINE))


def promtool(*words: str, given: str = "") -> None:
    told = {"input": given, "capture_output": True, "text": True}
    ran = subprocess.run([PROMTOOL, *words], cwd=FOLDER, check=False, timeout=60, **told)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@with_promtool
def test_the_rules_are_taken_and_do_what_their_tests_say() -> None:
    promtool("check", "rules", "alerts.yaml")
    promtool("test", "rules", "alerts.test.yaml")
    promtool("check", "config", "prometheus.yaml")


@with_promtool
def test_a_scrape_is_as_prometheus_wants_it() -> None:
    promtool("check", "metrics", given=scrape())


@with_promtool
@pytest.mark.parametrize("asked", ASKED)
def test_the_dashboard_asks_what_prometheus_understands(asked: str, tmp_path: object) -> None:
    rule = {"record": "asked", "expr": asked.replace("$__rate_interval", "1m")}
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "asked", "rules": [rule]}]}))
    promtool("check", "rules", str(tmp_path / "rules.yaml"))


def test_each_name_in_the_rules_and_on_the_dashboard_is_told() -> None:
    told = samples(scrape())
    asked = set(re.findall(r"\b(?:relay|process)_\w+", " ".join([*re.findall(r"expr: (.*)", RULES), *ASKED])))
    assert len(asked) > 15
    assert asked <= told


def test_a_figure_of_redis_is_never_summed_over_processes() -> None:
    of_redis = samples(text_of(families([LANE], REDIS)))
    for expression in [*re.findall(r"expr: (.*)", RULES), *ASKED]:
        for name in of_redis & set(re.findall(r"\w+", expression)):
            assert re.search(rf"max( by \([\w, ]+\))? ?\({name}", expression), expression


def test_the_table_of_figures_is_what_is_told() -> None:
    rows = re.findall(r"^\| `(relay_\w+)` \| (\w+) \| (.*) \| ", OPERATIONS.partition("## Figures")[2], re.MULTILINE)
    text = scrape()
    assert {(name, kind) for name, kind, _ in rows} == set(re.findall(r"^# TYPE (relay_\w+) (\w+)", text, re.MULTILINE))
    for name, _, labels in rows:
        line = re.search(rf"^{name}(?:_count)?({{.*}})? ", text, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", labels)) == set(re.findall(r"(\w+)=", line[1] or "")), name


def test_the_table_of_lines_is_what_there_is() -> None:
    table = OPERATIONS.partition("## Logs")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[a-z_.]+`(?:, `[a-z_.]+`)*) \| ([a-z, ]+) \| ", table, re.MULTILINE)
    said = {}
    for names, levels in rows:
        words, each = re.findall(r"`([a-z_.]+)`", names), levels.split(", ")
        said |= dict(zip(words, each if len(each) > 1 else each * len(words), strict=True))
    assert said == {str(one): logging.getLevelName(LEVELS[one]).lower() for one in Signal}
