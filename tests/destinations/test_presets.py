"""Every preset is a record in the words of routes.yaml."""

import pytest

from relay import destinations
from relay.errors import RelayError


def test_the_plain_http_preset_is_there() -> None:
    assert "http" in destinations.names()


@pytest.mark.parametrize("name", destinations.names())
def test_a_preset_says_what_it_is_and_where_that_is_written(name: str) -> None:
    preset = destinations.preset(name)
    assert preset.title
    assert preset.docs.startswith("https://")
    assert destinations.load(name) == preset.settings


@pytest.mark.parametrize("name", destinations.names())
def test_a_preset_that_posts_runs_one_at_a_time(name: str) -> None:
    preset = destinations.preset(name)
    assert preset.settings.get("concurrency") == (1 if preset.posts else 8)


@pytest.mark.parametrize("name", ["htp", "../http", ""])
def test_an_unknown_preset_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(RelayError, match=r"http|relay presets"):
        destinations.load(name)
