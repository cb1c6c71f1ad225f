"""Every YAML example loads, every request renders to the body beside it, every expression gives its stated result."""

import json
import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest
from documents import ROOT, Block, blocks, everywhere, prose
from loading import AROUND, loaded, whole

from relay import destinations
from relay.config import Config
from relay.config.reserved import _KEYS
from relay.destinations import example
from relay.errors import RelayError
from relay.language.filters import filters_of
from relay.money import decode_json, encode_json
from relay.trials import run_tests

ROUTES = ROOT / "docs" / "routes.md"
REQUESTS = [pair for pair in pairwise(blocks(ROUTES)) if pair[0].note == "request"]
EXPRESSIONS = [
    (block, *re.split(r"\s+→  ", line))
    for block in blocks(ROUTES, "text", "expressions")
    for line in block.text.splitlines()
]
(DATA,) = blocks(ROUTES, "json", "data")


def names() -> dict[str, Any]:
    """What an expression sees of the document's event."""
    event = {"id": "evt_1", "source": "expenses", "type": "expense.paid", "external_id": "msg_1"}
    return {
        "event": {**event, "received_at": "2026-03-31T16:30:01.000Z", "headers": {"webhook-id": "msg_1"}},
        "body": decode_json(DATA.text.encode()),
        "delivery": {"id": "dlv_1", "key": "key_1", "attempt": 1},
    }


def routed(request: str, folder: Path) -> Config:
    indented = "".join(f"      {line}\n" for line in request.splitlines())
    return loaded(
        whole(f"routes:\n  - name: example\n    from: expenses\n    to: erp\n    request:\n{indented}"), folder
    )


def body_of(request: str, folder: Path) -> str:
    """Raises RelayError where it doesn't load, and where it doesn't render."""
    plan = routed(request, folder).routes["example"].request
    assert plan
    return (plan.render(names()).body or b"").decode(plan.encoding.charset)


@pytest.mark.parametrize("block", everywhere("yaml", ""), ids=str)
def test_an_example_of_routes_yaml_loads_and_its_tests_pass(block: Block, tmp_path: Path) -> None:
    assert run_tests(loaded(whole(block.text), tmp_path)) == []


def test_the_shipped_routes_yaml_loads(tmp_path: Path) -> None:
    loaded((ROOT / "routes.yaml").read_text(encoding="utf-8"), tmp_path)


@pytest.mark.parametrize(("request_", "result"), REQUESTS, ids=str)
def test_a_request_renders_to_the_body_that_stands_below_it(request_: Block, result: Block, tmp_path: Path) -> None:
    assert result.note == "result"
    body = body_of(request_.text, tmp_path)
    if result.language == "json":
        assert encode_json(decode_json(body.encode())) == encode_json(decode_json(result.text.encode()))
    elif "$xml" in request_.text:
        assert canonicalize(body, strip_text=True) == canonicalize(result.text, strip_text=True)
    else:
        assert body.rstrip("\n") == result.text.rstrip("\n")


@pytest.mark.parametrize("name", destinations.names())
def test_what_is_pasted_for_a_preset_renders_its_event_with_a_source_alone(name: str, tmp_path: Path) -> None:
    pasted = example.part(example.asking(destinations.preset(name).example, name), name)
    (route,) = loaded(AROUND["version"] + AROUND["sources"] + pasted, tmp_path).routes.values()
    assert route.request
    assert route.request.render({**names(), "body": decode_json(example.EVENT.encode())}).body


@pytest.mark.parametrize(("block", "expression", "result"), EXPRESSIONS, ids=str)
def test_an_expression_gives_what_stands_behind_it(block: Block, expression: str, result: str, tmp_path: Path) -> None:
    body = json.dumps({"result": f"{{{{ {expression} }}}}"}, ensure_ascii=False)
    if result.startswith("error: "):
        with pytest.raises(RelayError, match=re.escape(result.removeprefix("error: "))):
            body_of(f"body: {body}", tmp_path)
    else:
        assert body_of(f"body: {body}", tmp_path) == f'{{"result":{result}}}', str(block)


def test_every_filter_has_an_example() -> None:
    shown = {name for _, expression, _ in EXPRESSIONS for name in re.findall(r"\|\s*(\w+)", expression)}
    assert set(filters_of(None)) - shown == set()


def test_what_is_not_built_yet_is_listed_whole() -> None:
    listed = prose(ROUTES).partition("## Not built yet")[2]
    for part, keys in _KEYS.items():
        (row,) = re.findall(rf"^\| `?{part or 'top'}`? \| (.*) \|$", listed, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == keys, part


def test_amounts_in_the_examples_are_decimals_and_no_floats() -> None:
    assert names()["body"]["balance"] == Decimal("1234567890123456.78")
