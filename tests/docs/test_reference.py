"""docs/routes.md and docs/operations.md are whole: every key, scheme, preset and address that there is; no other."""

import importlib
import pkgutil
import re

import pytest
from documents import ROOT, prose

from relay import destinations
from relay.cli import schemes
from relay.cli.commands import presets
from relay.config import reference, settings
from relay.outcome import Outcome
from relay.signatures import catalogue
from relay.texts import speaking
from relay.web import api
from relay.web.api.calls import Call, calls_of

ROUTES, OPERATIONS = (prose(ROOT / "docs" / name) for name in ("routes.md", "operations.md"))
MOST_USED = (
    "standard-webhooks",
    "stripe",
    "xero",
    "quickbooks",
    "concur",
    "ramp",
    "ekuaibao",
    "feishu",
    "dingtalk",
    "wecom",
)
PAGES = {"routes.md": "en", "routes.zh-CN.md": "zh"}


def section(page: str, title: str) -> str:
    """Up to the next heading."""
    return page.partition(f"\n{title}\n")[2].partition("\n#")[0]


def rows(text: str) -> set[str]:
    """What stands in backticks in the first column."""
    return {
        name for cell in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", cell)
    }


@pytest.mark.parametrize(("name", "language"), PAGES.items())
def test_every_key_is_on_the_page_as_the_settings_declare_it(name: str, language: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    with speaking(language):
        assert page == reference.brought_up_to_date(page), f"RELAY_LANG={language} relay schema --page docs/{name}"
    assert set(re.findall(r"^<!-- keys: (\w+) -->$", page, re.MULTILINE)) == {*reference.TABLES, reference.AUTH}


def test_every_key_of_a_request_is_named() -> None:
    named = set(re.findall(r"`(\w+)`", section(ROUTES, "## request")))
    assert set(settings.RequestSettings.__struct_encode_fields__) <= named


def test_the_page_of_sources_is_what_the_records_of_schemes_say() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert page == schemes.markdown(schemes.facts()), "relay check --schemes --markdown > docs/sources.md"
    assert len(re.findall(r"^\| (?:\[)?`", page.partition("\n## ")[0], re.MULTILINE)) == len(catalogue.names())


def test_the_platforms_that_are_used_most_say_in_five_lines_how_they_are_set_up() -> None:
    for name in MOST_USED:
        assert 0 < len(catalogue.record(name).setup) <= 5, name


def test_the_page_of_presets_is_what_their_records_say() -> None:
    told = presets.markdown([presets.Known(name, destinations.preset(name)) for name in destinations.names()])
    page = (ROOT / "docs" / "destinations.md").read_text(encoding="utf-8")
    assert page == told, "relay presets --markdown > docs/destinations.md"


def test_every_outcome_has_a_row() -> None:
    told = section(ROUTES, "### result").partition("Keys of a rule:")[0]
    assert rows(told) == {str(outcome) for outcome in Outcome}


def test_every_address_of_the_api_has_a_row() -> None:
    assert rows(section(OPERATIONS, "## HTTP")) == {one.request for one in declared()}


def declared() -> list[Call]:
    """What the files of relay/web/api declare."""
    files = [importlib.import_module(f"{api.__name__}.{each.name}") for each in pkgutil.iter_modules(api.__path__)]
    return [one for file in files for kind in vars(file).values() if isinstance(kind, type) for one in calls_of(kind)]
