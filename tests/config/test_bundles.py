"""What was read from a folder is a bundle, and loads again from it, on another host with its own surroundings."""

from pathlib import Path

import pytest

from relay.bundle import Bundle
from relay.config import Config, load, load_bundle
from relay.config.files import Files, Folder, Packed
from relay.errors import ConfigError, RelayError

ROUTES = """version: 1
sources: {s: {verify: github, secret: "${SECRET}"}, other: {verify: github, secret: "${file:other.key}"}}
destinations: {erp: {url: "https://erp.example.com/", auth: {type: bearer, token: "${TOKEN:-none}"}}}
tables: {accounts: {file: tables/accounts.csv, key: code}}
routes:
  - {name: a, from: s, to: erp, request: {template: templates/a.xml, content_type: text/xml}}
"""
BESIDE = {
    "tables/accounts.csv": "code,account\n1,6602\n",
    "templates/a.xml": "<a>{{ lookup('accounts', '1').account }}</a>",
}


def written(folder: Path, **env: str) -> Config:
    for name, text in {"routes.yaml": ROUTES, ".env": "TOKEN=from-the-file", "other.key": "abcdef", **BESIDE}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return load(folder / "routes.yaml", {"SECRET": "first", **env})


def test_it_holds_what_was_read_and_nothing_that_a_host_has_for_itself(tmp_path: Path) -> None:
    found = written(tmp_path).bundle
    assert found.name == "routes.yaml"
    assert found.main == ROUTES.encode()
    assert {name: found.files[name].decode() for name in found.beside} == BESIDE
    assert not any(b"first" in data or b"abcdef" in data or b"from-the-file" in data for data in found.files.values())


def test_the_same_files_are_the_same_version_wherever_they_are_read(tmp_path: Path) -> None:
    one, other = written(tmp_path / "one"), written(tmp_path / "other", SECRET="another")
    assert one.version == other.version == other.bundle.version
    assert load_bundle(one.bundle, {"SECRET": "second"}, tmp_path / "other" / "routes.yaml").version == one.version


def test_another_byte_or_another_name_is_another_version(tmp_path: Path) -> None:
    bundle = written(tmp_path).bundle
    changed = {**bundle.files, "templates/a.xml": b"<a/>"}
    renamed = {name.replace("a.xml", "b.xml"): data for name, data in bundle.files.items()}
    versions = {Bundle(name="routes.yaml", files=files).version for files in (bundle.files, changed, renamed)}
    assert len(versions) == 3


def test_it_is_loaded_with_the_secrets_and_the_env_of_the_host_that_loads_it(tmp_path: Path) -> None:
    bundle = written(tmp_path / "one").bundle
    host = tmp_path / "host"
    host.mkdir()
    (host / "other.key").write_text("fedcba")
    (host / ".env").write_text("SECRET=mine")
    config = load_bundle(bundle, {}, host / "routes.yaml")
    assert config.mask.text("mine and fedcba") == "*** and ***"
    assert config.files == (host / "routes.yaml", host / "tables/accounts.csv", host / "templates/a.xml")


def test_a_host_without_a_variable_of_it_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    bundle = written(tmp_path / "one").bundle
    with pytest.raises(ConfigError) as refused:
        load_bundle(bundle, {}, tmp_path / "routes.yaml")
    assert "routes.yaml:2:39: the variable SECRET isn't set" in str(refused.value)
    assert "the file other.key can't be read" in str(refused.value)


def test_a_pattern_matches_the_same_names_in_a_folder_and_in_what_was_read_from_it(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "a.txt", "deeper/c.yaml"):
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_text(name)
    folder = Files(Folder(tmp_path))
    names = [*folder.matching("d/*.yaml"), *folder.matching("d/*/*.yaml")]
    for name in names:
        folder.text(name)
    packed = Files(Packed(folder.bundle("routes.yaml", b"")))
    assert packed.matching("d/*.yaml") == ["d/a.yaml", "d/b.yaml"]
    assert [*packed.matching("d/*.yaml"), *packed.matching("d/*/*.yaml")] == names
    assert folder.matching("none/*.yaml") == packed.matching("none/*.yaml") == packed.matching("routes.*") == []


@pytest.mark.parametrize("pattern", ["", "/etc/*.yaml", "d/**/*.yaml", "a\0b"])
def test_a_pattern_that_leads_elsewhere_is_refused(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(RelayError, match="is no pattern below the folder"):
        Files(Folder(tmp_path)).matching(pattern)


def test_a_file_that_is_not_in_a_bundle_is_not_looked_for_on_the_host(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("here")
    with pytest.raises(RelayError, match=r"the file a\.txt isn't among the files of this version"):
        Files(Packed(Bundle(name="routes.yaml", files={"routes.yaml": b""}))).text("a.txt")
