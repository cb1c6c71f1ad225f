"""JSON Schemas beside routes.yaml: exact on decimals, told by places, compiled at load, loaded only where used."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.config import load
from relay.config.files import Files, Folder
from relay.config.json_schema import JsonSchema, compiled
from relay.errors import ConfigError, RelayError
from relay.money import encode_json

ROUTES = "version: 1\nsources: {s: {verify: github, secret: abcd%s}}\n"
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**19), max_value=10**19)


def schema(folder: Path, text: str | bytes, name: str = "s.json") -> JsonSchema:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return compiled(name, Files(Folder(folder)))


def test_a_limit_that_could_not_be_exact_is_refused(tmp_path: Path) -> None:
    for text in ('{"minimum": 18446744073709551616}', '{"items": [{"maximum": -1e20}]}'):
        with pytest.raises(RelayError, match=r"has a number from 2\^64 on"):
            schema(tmp_path, text)


@given(decimals, decimals)
def test_limits_are_exact_on_decimals(tmp_path_factory: Any, limit: Decimal, value: Decimal) -> None:
    found = schema(tmp_path_factory.mktemp("s"), encode_json({"minimum": limit, "type": "number"}))
    assert (found.fault(value, "body") is None) is (value >= limit)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ('{"multipleOf": 0.01}', Decimal("1234567890123456.78"), None),
        ('{"multipleOf": 0.01}', Decimal("0.29"), None),
        ('{"multipleOf": 0.01}', Decimal("0.291"), "body: it is not a multiple of 0.01"),
        ('{"type": "integer"}', Decimal("2.0"), None),
        ('{"type": "integer"}', Decimal("2.5"), 'body: it is not of type "integer"'),
        ('{"enum": [0.1]}', Decimal("0.10"), None),
        ('{"minimum": 0.1}', Decimal("0.09999999999999999999"), "body: it is less than the minimum of 0.1"),
        ('{"required": ["a"]}', {}, 'body: "a" is a required property'),
        ('{"items": {"type": "string"}}', ["x", 1], 'body[1]: it is not of type "string"'),
        ('{"maxLength": 2}', "北京出差", "body: it is longer than 2 characters"),
    ],
)
def test_a_fault_names_its_place_and_not_the_value(text: str, value: Any, expected: str | None, tmp_path: Path) -> None:
    assert schema(tmp_path, text).fault(value, "body") == expected


def test_of_many_faults_five_are_told_and_the_others_counted(tmp_path: Path) -> None:
    told = schema(tmp_path, '{"items": {"type": "string"}}').fault([1] * 8, "body")
    assert told
    assert (told.count("it is not of type"), told.endswith("; and 3 more")) == (5, True)


def test_a_schema_may_be_yaml_and_refer_to_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "line.yaml").write_text("properties: {amount: {type: number}}\n")
    found = schema(tmp_path, "items: {$ref: lines/line.yaml}\n", "s.yaml")
    assert found.fault([{"amount": "1"}], "body") == 'body[0].amount: it is not of type "number"'


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("s.json", '{"type": "strin"}', "can't be used: .type: "),
        ("s.json", '{"properties": {"a": {"minimum": "x"}}}', "can't be used: .properties.a.minimum: "),
        ("s.json", '{"$ref": "https://schemas.example.com/s.json"}', "it isn't a file beside routes.yaml"),
        ("s.json", '{"$ref": "other.json"}', "the file other.json can't be read"),
        ("s.json", '{"$ref": "../../other.json"}', "retrieving it failed"),
        ("s.json", '{"$ref": "#/nowhere"}', "can't be used"),
        ("s.json", '{"pattern": "("}', "can't be used: .pattern: "),
        ("s.json", "[1]", "is no object"),
        ("s.json", "{", "can't be read: not JSON"),
        ("s.yaml", "a: [", "can't be read: s.yaml:"),
    ],
)
def test_a_schema_that_cannot_be_used_is_a_fault_at_its_key(name: str, text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "routes.yaml").write_text(ROUTES % f", schema: {name}")
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "routes.yaml", {})
    assert str(refused.value).startswith("routes.yaml:2:53: ")
    assert why in str(refused.value)


@pytest.mark.parametrize(("said", "expected"), [("", "False"), (", schema: s.json", "True")])
def test_who_has_no_schema_does_not_load_the_library(said: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text("{}")
    (tmp_path / "routes.yaml").write_text(ROUTES % said)
    program = (
        "import sys; from pathlib import Path; import relay.wiring.web; from relay.config import load;"
        "config = load(Path('routes.yaml'), {}); print('jsonschema_rs' in sys.modules, len(config.files))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [expected, "2" if said else "1"]
