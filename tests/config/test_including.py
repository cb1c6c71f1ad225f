"""What other files bring stands as if it were written in routes.yaml, and is told of where it is written."""

from pathlib import Path

import pytest

from relay.config import Config, load, load_bundle
from relay.errors import ConfigError

MAIN = """version: 1
include: routes.d/*.yaml
defaults: {timezone: Asia/Shanghai}
sources:
  a: {verify: github, secret: "${A_SECRET}", callback: none}
destinations:
  erp: {url: http://127.0.0.1/erp}
routes:
  - {name: first, from: a, to: erp}
"""
TEAM = """x-common: &common {from: b, to: oa}
sources:
  b: {verify: github, secret: "${B_SECRET}", callback: none}
destinations:
  oa: {url: "http://127.0.0.1/oa"}
tables:
  accounts: {file: tables/accounts.csv, key: code}
routes:
  - {name: third, <<: *common, when: "lookup('accounts', body.code).account == '6602'"}
tests:
  - {name: it goes, source: b, body: {code: "1"}, takes: [second, third]}
"""
ENV = {"A_SECRET": "a-secret", "B_SECRET": "b-secret"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "routes.yaml": MAIN,
        "routes.d/20-team.yaml": TEAM,
        "routes.d/10-early.yaml": "routes:\n  - {name: second, from: b, to: [oa, erp]}\n",
        "routes.d/30-empty.yaml": "# nothing yet\n",
        "routes.d/notes.txt": "no part of it",
        "tables/accounts.csv": "code,account\n1,6602\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def loaded(folder: Path) -> Config:
    return load(folder / "routes.yaml", ENV)


def test_their_parts_are_those_of_one_file_in_the_order_of_their_names(folder: Path) -> None:
    config = loaded(folder)
    assert list(config.routes) == ["first", "second", "third"]
    assert (set(config.sources), set(config.destinations)) == ({"a", "b"}, {"erp", "oa"})
    assert [each.trial.name for each in config.tests] == ["it goes"]
    assert config.warnings == ()


def test_secrets_of_theirs_are_masked(folder: Path) -> None:
    assert loaded(folder).mask.text("a-secret b-secret") == "*** ***"


def test_they_make_up_the_version_and_are_watched(folder: Path) -> None:
    config = loaded(folder)
    assert {path.name for path in config.files} >= {"10-early.yaml", "20-team.yaml", "accounts.csv"}
    assert config.patterns == ("routes.d/*.yaml",)
    (folder / "routes.d" / "40-late.yaml").write_text("routes:\n  - {name: fourth, from: a, to: oa}\n")
    assert loaded(folder).version != config.version


def test_a_bundle_holds_them(folder: Path) -> None:
    config = loaded(folder)
    again = load_bundle(config.bundle, ENV, folder / "elsewhere" / "routes.yaml")
    assert (list(again.routes), again.version) == (list(config.routes), config.version)


def test_a_name_stands_once_in_all_of_them(folder: Path) -> None:
    (folder / "routes.d" / "40-late.yaml").write_text("routes:\n  - {name: second, from: a, to: oa}\n")
    with pytest.raises(ConfigError) as refused:
        loaded(folder)
    assert str(refused.value) == (
        "routes.d/40-late.yaml:2:12: 'second' is here already, in routes.d/10-early.yaml line 2; name them apart"
    )


def test_an_anchor_is_its_own_files_alone(folder: Path) -> None:
    (folder / "routes.d" / "40-late.yaml").write_text("routes:\n  - {<<: *common, name: fourth}\n")
    with pytest.raises(ConfigError, match=r"routes.d/40-late.yaml:2:10: \*common has no &common above it"):
        loaded(folder)


def test_a_caret_stands_in_the_included_file(folder: Path) -> None:
    (folder / "routes.d" / "40-late.yaml").write_text("# 财务\nroutes:\n  - {name: x, from: a, to: oa, when: bodi.a}\n")
    with pytest.raises(ConfigError) as refused:
        loaded(folder)
    [fault] = refused.value.faults
    assert (fault.file, fault.line, fault.column) == ("routes.d/40-late.yaml", 3, 38)
    assert fault.excerpt
    assert fault.excerpt.text[37:].startswith("bodi")


def test_one_variable_may_be_looked_at_without(folder: Path) -> None:
    assert set(load(folder / "routes.yaml", {}, placeholders=True).sources) == {"a", "b"}
