"""What `relay init` writes loads, its tests hold, and nothing that is there is overwritten."""

import json
import re
import shlex
import stat
from itertools import product
from pathlib import Path

import pytest

from relay.cli import main
from relay.cli.beginning.choice import asked, chosen, sources, systems
from relay.config import load
from relay.dotenv import read_env
from relay.trials import run_tests

KNOWN = ["ekuaibao", "stripe", "alipay", "wechatpay", "xero"]
PLATFORMS = [*KNOWN, "shopify", "feishu", "dingtalk", "wecom", "standard-webhooks"]
SYSTEMS = list(systems())
PAIRS = [(source, SYSTEMS[number * 7 % len(SYSTEMS)]) for number, source in enumerate(KNOWN)]
EVERY = [*product(PLATFORMS, SYSTEMS), *((source, "rest") for source in sources() if source not in PLATFORMS)]


def init(folder: Path, *words: str) -> int:
    try:
        return main(["init", str(folder), *words])
    except SystemExit as ended:
        return int(ended.code or 0)


def holds(folder: Path, source: str, erp: str) -> None:
    """What is written for them loads without a warning, and its test holds."""
    assert init(folder, "--source", source, "--erp", erp, "--callback") == 0
    config = load(folder / "routes.yaml", {})
    assert (config.warnings, run_tests(config)) == ((), [])
    assert list(config.routes) == [f"{source}-to-{erp}"]


@pytest.mark.parametrize(("source", "erp"), PAIRS)
def test_what_is_written_passes_the_check_and_its_own_test(source: str, erp: str, tmp_path: Path) -> None:
    holds(tmp_path, source, erp)


@pytest.mark.long
@pytest.mark.parametrize(("source", "erp"), EVERY)
def test_so_it_does_for_each_of_ten_platforms_with_every_system_and_for_all_others(
    source: str, erp: str, tmp_path: Path
) -> None:
    holds(tmp_path, source, erp)


def test_relay_check_says_that_it_is_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path, "--source", "易快报", "--erp", "云星空") == 0
    told = capsys.readouterr().out
    assert [line.strip() for line in told.splitlines()[-4:]] == [
        "relay emulate kingdee-k3cloud --port 8090",
        "relay emulate ekuaibao --port 8091",
        f"relay up --config {tmp_path}/routes.yaml",
        f"relay send --config {tmp_path}/routes.yaml --source ekuaibao {tmp_path}/sample.json --wait",
    ]
    assert main(["check", str(tmp_path / "routes.yaml")]) == 0


def test_every_variable_is_in_the_env_file_for_its_owner_alone_and_no_secret_is_a_known_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert init(tmp_path / name, "--source", "github", "--erp", "sap-b1", "--callback") == 0
    one, two = (read_env(tmp_path / name / ".env") for name in ("one", "two"))
    text = (tmp_path / "one" / "routes.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text.partition("version: 1")[2])) == set(one)
    assert all(one[name] != two[name] for name in ("GITHUB_SECRET", "GITHUB_STATUS_SECRET"))
    assert all(one[name] not in text for name in ("GITHUB_SECRET", "GITHUB_STATUS_SECRET", "SAP_B1_PASSWORD"))
    assert stat.S_IMODE((tmp_path / "one" / ".env").stat().st_mode) == 0o600


def test_nothing_is_overwritten_and_then_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text("MINE=1\n")
    assert init(tmp_path, "--yes") == 1
    assert ".env is there already" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == [".env"]
    assert (tmp_path / ".env").read_text() == "MINE=1\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nobody can be asked"),
        (["--source", "strip", "--erp", "nowhere"], "there is no 'nowhere'"),
        (["--source", "Zoho", "--erp", "rest"], "'Zoho' names several"),
    ],
)
def test_what_cannot_be_chosen_is_told_with_what_there_is(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path / "new", *words, "--json") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("said", "found"), [("", "rest"), ("2", "soap"), ("concur", "concur")])
def test_a_person_chooses_by_number_by_name_or_takes_what_is_offered(said: str, found: str) -> None:
    assert asked("which", {"rest": "A plain one", "soap": "An older one"}, "rest", lambda _: said) == found


def test_a_platform_is_named_by_a_part_of_its_title() -> None:
    assert [chosen(said, "rest").source for said in ("合思", "企业微信", "Stripe")] == ["ekuaibao", "wecom", "stripe"]


def test_where_nothing_is_known_of_its_events_the_file_says_so(tmp_path: Path) -> None:
    for source, known in (("xero", False), ("stripe", True)):
        assert init(tmp_path / source, "--source", source, "--erp", "rest") == 0
        assert ("stand for where your events have them" in (tmp_path / source / "routes.yaml").read_text()) is not known


def test_for_programs_it_names_files_and_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path, "--yes", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [Path(each).name for each in told["files"]] == ["routes.yaml", ".env", "sample.json", "routes.schema.json"]
    assert told["next"][-1].endswith("sample.json --wait")


def test_the_commands_can_be_run_from_a_folder_with_a_space(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path / "my books", "--yes", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert str(tmp_path / "my books" / "routes.yaml") in shlex.split(told["next"][-1])
