"""A person reads their own language: which one, what is filled in, and that a block may speak another."""

import pytest

from relay.config.kinds import Rate
from relay.texts import LANGUAGES, _, _n, heard, language_of, speaking

ZONE = "{text} is no time zone: write one such as Asia/Shanghai or UTC"


@pytest.mark.parametrize(
    ("env", "language"),
    [
        ({}, "en"),
        ({"RELAY_LANG": "zh"}, "zh"),
        ({"RELAY_LANG": "zh_CN.UTF-8"}, "zh"),
        ({"RELAY_LANG": "zh-Hans"}, "zh"),
        ({"RELAY_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"RELAY_LANG": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_CN", "LANG": "de_DE"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"RELAY_LANG": "tlh", "LANG": "zh_CN"}, "en"),
    ],
)
def test_relay_lang_chooses_else_the_locale_else_english(env: dict[str, str], language: str) -> None:
    assert language_of(env) == language


def test_only_the_names_that_are_given_are_filled_in() -> None:
    assert (
        _("set ${NAME}, or {{ body.{key} }}: {0} {name}", key="total") == "set ${NAME}, or {{ body.total }}: {0} {name}"
    )


def test_a_value_that_looks_like_a_name_stays_as_it_is() -> None:
    assert _("{first} {second}", first="{second}", second="b") == "{second} b"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_said_where_the_text_is_empty(language: str) -> None:
    with speaking(language):
        assert _("") == ""


def test_a_number_bends_its_noun() -> None:
    assert [_n("{n} fault", "{n} faults", number) for number in (0, 1, 2)] == ["0 faults", "1 fault", "2 faults"]


def test_a_block_speaks_another_language_and_what_follows_does_not() -> None:
    with speaking("zh"), pytest.raises(ValueError, match="不是速率"):
        Rate("often")
    with pytest.raises(ValueError, match="is no rate"):
        Rate("often")


def test_what_a_library_said_is_known_again_by_its_shape() -> None:
    with speaking("zh"):
        assert heard("often is no rate: (sic)", ["nothing", "{text} is no rate: (sic)"]) == "often is no rate: (sic)"
        assert "Mars 不是" in heard(f"Mars{ZONE.removeprefix('{text}')}", [ZONE])
    assert heard("unheard of", [ZONE]) == "unheard of"
