"""Each broken file beside its exact faults: FILE:LINE:COL: what is wrong; what would be right."""

from pathlib import Path

import pytest

from relay.cli import main
from relay.config import load
from relay.errors import ConfigError

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
ENV = {"EXPENSES_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "ERP_PASSWORD": "correct horse"}


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_is_refused_with_the_faults_that_stand_beside_it(file: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(file, ENV)
    assert f"{refused.value}\n" == file.with_suffix(".txt").read_text(encoding="utf-8")
    assert not any(secret in str(refused.value) for secret in ENV.values())


def test_a_file_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: No such file or directory; name another by --config"):
        load(tmp_path / "routes.yaml", {})


def test_a_folder_in_place_of_the_file_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        load(tmp_path, {})


def test_the_command_names_a_file_as_it_was_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that an editor finds it from where the command was run."""
    (tmp_path / "group").mkdir()
    file = tmp_path / "group" / "routes.yaml"
    file.write_text("version: 2\n", encoding="utf-8")
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().err.startswith(f"{file}:1:10: ")
