"""A preset's worked example, as a user sees it."""

import subprocess
import sys

import pytest
import yaml

from relay.destinations import preset
from relay.destinations.example import Example, asking, filled, part

OF = Example(
    vars={"base": "${URL}/api", "app-key": "${appKey}", "form": "GL"},
    destination={"headers": {"X-Site": "${site}"}},
    request={"body": {"lines": ["{{ body.number }}"]}},
)


def test_it_asks_the_environment_for_what_differs_by_site() -> None:
    assert asking(OF, "sap-b1").vars == {"base": "${SAP_B1_BASE}", "app-key": "${SAP_B1_APP_KEY}", "form": "GL"}


def test_it_is_filled_and_what_nobody_names_stays() -> None:
    found = filled(OF, {"URL": "http://here", "site": "S1"})
    assert found.vars == {"base": "http://here/api", "app-key": "${appKey}", "form": "GL"}
    assert found.destination == {"headers": {"X-Site": "S1"}}


def test_its_part_of_routes_yaml_says_the_request_whole() -> None:
    found = yaml.safe_load(part(OF, "rest"))
    assert found["destinations"] == {"rest": {"preset": "rest", **OF.destination, "vars": OF.vars}}
    (route,) = found["routes"]
    assert route["request"] == OF.request
    assert route["once"]


@pytest.mark.parametrize("name", ["http", "yonyou-ncc"])
def test_relay_presets_prints_it_behind_what_is_known(name: str) -> None:
    command = [sys.executable, "-m", "relay", "presets", name]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert part(asking(preset(name).example, name), name) in told
