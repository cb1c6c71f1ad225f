"""YAML's own traps: what people mean where YAML reads something else, said in words that YAML's errors don't have."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from relay.config.places import Place
from relay.texts import N_, _

_KEY = r"^[ \t]*(?:- +)*[\w.$-]+"
_BEFORE = 2  # lines above, in which what is wrong there may have begun


class Trap(NamedTuple):
    """What is wrong, at a place, and what would be right."""

    place: Place
    what: str
    remedy: str


_TRAPS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), what, remedy)
    for pattern, what, remedy in (
        (rf"{_KEY}(?P<at>：)", N_("a full-width colon stands here"), N_("type ': ' without the Chinese keyboard")),
        (
            rf"(?:^[ \t]*|{_KEY}:)(?P<at>[\u00a0\u3000\u2002-\u200b\ufeff])",
            N_("a blank stands here that is no space"),
            N_("replace it by a space"),
        ),
        (r"^ *(?P<at>\t)", N_("a tab stands in the indentation"), N_("indent with spaces")),
        (
            rf"(?:{_KEY}:|^[ \t]*-) +(?P<at>\{{\{{)",
            N_("a value begins with {{ and isn't quoted"),
            N_('quote all of it: "{{ … }}"'),
        ),
        (
            rf"(?:{_KEY}:|^[ \t]*-) +(?P<at>[@`%])",
            N_("a text can't begin with this letter"),
            N_("put the text in quotes"),
        ),
        (
            rf"{_KEY}: +(?:'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\")[ \t]*(?P<at>[^\s#,}}\]:])",
            N_("more follows behind the closing quote"),
            N_("quote all of it by the other quotes: \"event.type == 'x'\""),
        ),
        (
            rf"{_KEY}: +[^\s'\"\[{{|>#&*!-][^#]*?(?P<at>:)[ \t]",
            N_("': ' stands in a text that isn't quoted"),
            N_("quote a text that holds ': '"),
        ),
        (
            r"^[ \t]*(?:- +)*[A-Za-z_][\w-]*(?P<at>:)(?!//)[^\s:]",
            N_("no space stands behind this colon"),
            N_("write key: value"),
        ),
    )
)


def trap(lines: Sequence[str], place: Place) -> Trap | None:
    """The trap near the place where YAML gave up; None where there is none that is known."""
    for index in range(min(place.line, len(lines)) - 1, max(-1, place.line - 2 - _BEFORE), -1):
        for pattern, what, remedy in _TRAPS:
            if found := pattern.search(lines[index]):
                return Trap(Place(index + 1, found.start("at") + 1), _(what), _(remedy))
    return None
