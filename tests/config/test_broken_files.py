"""Each broken file beside exactly what `relay check` prints for it, in the folder where it stands, on stderr: in
English, and in Chinese where it was read through.

`python tests/config/test_broken_files.py` writes it down anew; look at what changed before it is believed."""

import contextlib
import io
import os
import re
import sys
from pathlib import Path

import pytest

from relay.cli import main
from relay.config import load
from relay.errors import ConfigError
from relay.texts import speaking

FOLDER = Path(__file__).parent / "broken"
BROKEN = sorted(FOLDER.glob("*.yaml"))
TRANSLATED = [file for file in BROKEN if file.with_suffix(".zh.txt").exists()]
ENV = {"EXPENSES_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "ERP_PASSWORD": "correct horse"}


def said(file: Path) -> tuple[int, str, str]:
    """The exit status, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    before = dict(os.environ)
    os.environ |= ENV
    try:
        with contextlib.chdir(file.parent), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            return main(["check", file.name]), out.getvalue(), err.getvalue()
    finally:
        os.environ.clear()
        os.environ |= before


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_is_refused_with_the_faults_that_stand_beside_it(file: Path) -> None:
    status, out, err = said(file)
    assert (status, out) == (1, "")
    assert err == file.with_suffix(".txt").read_text(encoding="utf-8")
    assert not any(secret in err for secret in ENV.values())


@pytest.mark.parametrize("file", TRANSLATED, ids=lambda file: file.stem)
def test_the_same_is_told_in_chinese(file: Path) -> None:
    with speaking("zh"):
        assert said(file)[2] == file.with_suffix(".zh.txt").read_text(encoding="utf-8")


def test_what_the_documents_show_is_what_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "routes.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```text check=(\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert shown
    for name, text in shown:
        assert (FOLDER / f"{name}.txt").read_text(encoding="utf-8") == text


def test_at_least_eighty_files_are_broken() -> None:
    assert len(BROKEN) >= 80


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


if __name__ == "__main__":
    for each in BROKEN:
        for language, suffix in (("en", ".txt"), ("zh", ".zh.txt")):
            with speaking(language):
                each.with_suffix(suffix).write_text(said(each)[2], encoding="utf-8")
    print(f"{len(BROKEN)} files", file=sys.stderr)
