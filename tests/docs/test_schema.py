"""The JSON Schema of routes.yaml takes what the server loads, and refuses what is wrong in shape."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest
from documents import ROOT, blocks, everywhere
from jsonschema_rs import validator_for
from loading import whole
from msgspec import inspect

from relay.cli import main
from relay.config.document import read
from relay.config.editing import schema
from relay.config.keys import Key, keys_of
from relay.config.kinds import decoded
from relay.config.places import Faults
from relay.config.settings.whole import FileSettings
from relay.texts import speaking

SCHEMA = schema()
VALIDATOR = validator_for(SCHEMA, mask="it")
SHIPPED = ROOT / "routes.yaml"
GIVEN = ("docs/examples/*/routes.yaml", "tests/config/good/*.yaml", "tests/config/suspicious/*.yaml")
FILES = (SHIPPED, *(path for given in GIVEN for path in sorted(ROOT.glob(given))))
TEXTS = {
    **{str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in FILES},
    **{str(block): whole(block.text) for block in everywhere("yaml", "")},
}
BROKEN = ROOT / "tests" / "config" / "broken"
MISSHAPEN = (
    *("algorithm-unknown", "auth-type-unknown", "listener-without-a-port", "method-wrong", "outcome-missing"),
    *("outcome-unknown", "preset-unknown", "rate-wrong", "require-without-else", "route-without-name"),
    *("routes-no-list", "scheme-unknown", "secret-in-the-wrong-place", "unknown-key-at-top", "unknown-key-deep"),
    *("unknown-key-in-auth", "unknown-key-in-destination", "unknown-key-in-route", "unknown-key-in-source"),
    *("url-missing", "verify-missing", "version-missing", "version-unknown", "wrong-type-in-headers"),
    *("wrong-type-list", "wrong-type-mapping", "wrong-type-text"),
)


def said(text: str) -> Any:
    return read(text.encode(), Faults("routes.yaml")).tree


def faults(text: str) -> list[str]:
    return [f"{error.instance_path}: {error.message}" for error in VALIDATOR.iter_errors(said(text))]


def structs(shape: Any, seen: dict[type, None]) -> dict[type, None]:
    """All that a file may be made of."""
    if isinstance(shape, inspect.StructType) and shape.cls not in seen:
        seen[shape.cls] = None
        for field in shape.fields:
            structs(field.type, seen)
    for part in ("type", "types", "item_type", "value_type"):
        inner = getattr(shape, part, ())
        for each in inner if isinstance(inner, tuple) else (inner,):
            structs(each, seen)
    return seen


KINDS = list(structs(inspect.type_info(FileSettings), {}))


def declared() -> Iterator[tuple[type, Key]]:
    for kind in KINDS:
        yield from ((kind, key) for key in keys_of(kind))


@pytest.mark.parametrize("name", TEXTS)
def test_what_loads_fits(name: str) -> None:
    assert faults(TEXTS[name]) == []


@pytest.mark.parametrize("name", MISSHAPEN)
def test_what_is_wrong_in_shape_does_not(name: str) -> None:
    assert faults((BROKEN / f"{name}.yaml").read_text(encoding="utf-8"))


def test_every_key_says_what_it_does_and_shows_a_value() -> None:
    assert [f"{kind.__name__}.{key.name}" for kind, key in declared() if not (key.does and key.examples)] == []
    assert len(list(declared())) > 250


def test_a_value_that_is_shown_is_one_that_loads() -> None:
    for kind in KINDS:
        hints = get_type_hints(kind)
        names = {field.encode_name: field.name for field in msgspec.structs.fields(kind)}
        for key in keys_of(kind):
            for example in key.examples:
                msgspec.convert(example, hints[names[key.name]], dec_hook=decoded)


def test_a_value_that_is_shown_fits_the_schema() -> None:
    parts = [SCHEMA, *SCHEMA["$defs"].values()]
    for part in parts:
        for name, value in part.get("properties", {}).items():
            validator = validator_for({**value, "$defs": SCHEMA["$defs"]}, mask="it")
            for example in value.get("examples", ()):
                assert [error.message for error in validator.iter_errors(example)] == [], name


def test_a_preset_fills_in_what_a_destination_must_say_otherwise() -> None:
    file = "version: 1\ndestinations: {{erp: {{{}}}}}\n"
    assert faults(file.format("preset: rest, lookup: {found: 'true'}")) == []
    assert faults(file.format("url: 'https://erp.example.com', lookup: {found: 'true'}"))
    assert faults(file.format("timeout: 30s"))


def test_a_variable_may_stand_where_it_is_filled_in_and_nowhere_else() -> None:
    file = "version: 1\ndestinations: {{erp: {{url: 'https://a.example', timeout: {}}}}}\n"
    assert faults(file.format("'${WAIT:-30s}'")) == []
    assert faults(file.format("soon"))
    assert faults("version: 1\nroutes: [{name: a, from: b, to: c, on_dead: '${DEAD}'}]\n")


def test_notes_may_stand_at_the_top() -> None:
    assert faults("version: 1\nx-notes: [anything]\n") == []


def test_the_schema_that_is_shipped_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    shipped = (ROOT / "docs" / "routes.schema.json").read_text(encoding="utf-8")
    assert shipped == capsys.readouterr().out, "relay schema > docs/routes.schema.json"
    assert json.loads(shipped)["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.name == "routes.yaml"], ids=lambda path: path.parent.name
)
def test_a_file_names_the_schema_in_its_first_line(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.partition("=")[2]).resolve() == ROOT / "docs" / "routes.schema.json"


def test_the_page_says_how_a_folder_of_ones_own_gets_it() -> None:
    assert any("relay schema > routes.schema.json" in block.text for block in blocks(ROOT / "docs" / "routes.md", "sh"))


def test_the_tables_of_a_page_are_brought_up_to_date_in_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Tables\n\n<!-- keys: tables -->\n\n| old |\n\nWhat stands below.\n", encoding="utf-8")
    for _time in range(2):
        assert main(["schema", "--page", str(page)]) == 0
        text = page.read_text(encoding="utf-8")
        assert "| old |" not in text
        assert text.count("| `file` |") == 1
        assert text.endswith("|\n\nWhat stands below.\n")


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"<!-- keys: nothing -->\n\n", "no table 'nothing'"), (b"\xff", "isn't text"), (None, "can't be read")],
)
def test_a_page_that_cannot_be_is_told(
    data: bytes | None, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if data is not None:
        (tmp_path / "page.md").write_bytes(data)
    assert main(["schema", "--page", str(tmp_path / "page.md")]) == 1
    assert why in capsys.readouterr().err


def test_an_editor_of_a_chinese_reader_explains_in_chinese() -> None:
    with speaking("zh"):
        told = schema()["$defs"]["Retry"]["properties"]["cap"]["description"]
    assert told == "最长等多久。"
