"""Whatever stands in routes.yaml: it loads, or it has faults that stand in it. Never anything else."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from relay.config import load
from relay.differing import changes
from relay.errors import ConfigError, Fault

ROOT = Path(__file__).parents[2]
SHIPPED = [ROOT / "routes.yaml", *sorted((ROOT / "docs" / "examples").glob("*/routes.yaml"))]
BROKEN = sorted(Path(__file__).parent.glob("broken/*.yaml"))
GOOD = [yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in SHIPPED]
FILES = [file.read_bytes() for file in (*SHIPPED, *BROKEN) if file.stat().st_size < 20_000]
ENV = {
    "EXPENSES_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "ERP_PASSWORD": "correct horse",
    "ERP_URL": "https://e",
}


def known_words(schema: Any) -> Iterator[str]:
    """All keys and words that the schema of routes.yaml names."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield from value if key in ("properties", "enum") else ()
            yield from known_words(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from known_words(value)


WORDS = sorted({str(word) for word in known_words(json.loads((ROOT / "docs" / "routes.schema.json").read_text()))})
LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
SPELLED = [
    *(
        "erp",
        "expenses",
        "accounts",
        "accounts.csv",
        "routes.yaml",
        "..",
        "*",
        "none",
        "relay",
        "1",
        "30s",
        "5m",
        "1MiB",
    ),
    *("10/s", "https://erp.example.com", "http://", "${ERP_URL}", "${NOT_SET}", "${file:/none}", "{{ body.number }}"),
    *("{{", "{{ 1 / 0 }}", "{% for a in body %}{{ a }}{% endfor %}", "event.type == 'a' and event.type == 'b'"),
    *(
        "body.a.b[0] | sum(attribute='x') | money('CNY')",
        "lookup('accounts', body.x)",
        "a" * 300,
        "\u0000",
        "é：“”",
        "",
    ),
]
scalars = st.one_of(
    st.sampled_from(SPELLED),
    st.sampled_from(WORDS),
    st.sampled_from([True, False, None, 0, 1, -1, 10**30, 1.5]),
    st.text(max_size=12),
)
keys = st.one_of(st.sampled_from(WORDS), st.sampled_from(SPELLED[:8]), st.text(max_size=6))
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
named = st.dictionaries(
    st.sampled_from(["erp", "oa", "expenses", "a b"]), st.dictionaries(keys, trees, max_size=5), max_size=3
)
files = st.fixed_dictionaries(
    {"version": st.just(1) | scalars},
    optional={
        "defaults": trees,
        "server": trees,
        "sources": named | trees,
        "destinations": named | trees,
        "tables": named | trees,
        "routes": st.lists(st.dictionaries(keys, trees, max_size=6), max_size=3) | trees,
        "tests": st.lists(st.dictionaries(keys, trees, max_size=5), max_size=2) | trees,
        "x-any": trees,
    },
)


@st.composite
def mended(draw: st.DrawFn, good: Any) -> Any:
    """A good file of which some values are others."""
    tree = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        holder = tree
        while True:
            steps = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            step = draw(st.sampled_from(steps))
            inner = holder[step]
            if not isinstance(inner, dict | list) or not inner or draw(st.integers(0, 5)) == 0:
                break
            holder = inner
        match draw(st.sampled_from(["other", "gone", "more"])):
            case "other":
                holder[step] = draw(trees)
            case "gone":
                del holder[step]
                if not tree:
                    break
            case "more" if isinstance(holder, dict):
                holder[draw(keys)] = draw(trees)
    return tree


@st.composite
def scratched(draw: st.DrawFn) -> bytes:
    """The bytes of a file with some taken out, put in or moved."""
    data = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(data)))
        end = draw(st.integers(begin, min(len(data), begin + 40)))
        data = data[:begin] + draw(st.sampled_from(PIECES) | st.binary(max_size=4)) + data[end:]
    return data


PIECES = [
    b"",
    b"\n",
    b"  ",
    b"\t",
    b": ",
    b"- ",
    b"{{",
    b"}}",
    b"'",
    b'"',
    b"#",
    b"|\n",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!x ",
    b"\xef\xbc\x9a",
]


def told(folder: Path, data: bytes) -> tuple[Fault, ...]:
    """What is told of it: faults, or warnings. Raises nothing but what it finds wrong with that."""
    file = folder / "routes.yaml"
    file.write_bytes(data)
    try:
        config = load(file, ENV, placeholders=len(data) % 2 == 0)
    except ConfigError as error:
        return error.faults or (Fault("nothing is told", 0, 0, ""),)
    assert changes(config, config) == []
    return config.warnings


def check(folder: Path, data: bytes) -> None:
    for fault in told(folder, data):
        assert stands_in(folder, fault.file, fault.line, fault.column), str(fault)


def check_tree(folder: Path, tree: Any) -> None:
    check(folder, yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass"))


def stands_in(folder: Path, name: str, line: int, column: int) -> bool:
    """A place at the end of a line, or of the file, stands in it too. Lines are those of YAML."""
    lines = LINE_BREAK.split((folder / name).read_bytes().decode("utf-8-sig", "replace"))
    return 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("any")
    (made / "accounts.csv").write_text("fee,account\ntravel,6601\n", encoding="utf-8")
    return made


SECOND = b"version: 1\nsources: {a: {verify: none, fetch: {b: {destination: c}, d: {estination: c}}}}\n"
SHORT = settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(max_examples=3000, suppress_health_check=[HealthCheck.too_slow])


@SHORT
@given(tree=files)
def test_a_tree_of_known_words_loads_or_has_faults(folder: Path, tree: Any) -> None:
    check_tree(folder, tree)


@SHORT
@given(tree=mended(GOOD[0]))
def test_a_good_file_with_other_values_loads_or_has_faults(folder: Path, tree: Any) -> None:
    check_tree(folder, tree)


@SHORT
@example(data=b"a: {")  # its fault stands at the end, in a line that isn't there
@example(data=SECOND)
@example(data="金额: ".encode() + b"\xbd\xf0")  # what isn't UTF-8 stands behind what is
@given(data=scratched())
def test_a_scratched_file_loads_or_has_faults(folder: Path, data: bytes) -> None:
    check(folder, data)


@SHORT
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_bytes_load_or_have_faults(folder: Path, data: bytes) -> None:
    check(folder, data)


@pytest.mark.long
@LONG
@given(tree=files)
def test_many_trees_load_or_have_faults(folder: Path, tree: Any) -> None:
    check_tree(folder, tree)


@pytest.mark.long
@LONG
@given(tree=st.sampled_from(GOOD).flatmap(mended))
def test_many_good_files_with_other_values_load_or_have_faults(folder: Path, tree: Any) -> None:
    check_tree(folder, tree)


@pytest.mark.long
@LONG
@given(data=scratched())
def test_many_scratched_files_load_or_have_faults(folder: Path, data: bytes) -> None:
    check(folder, data)
