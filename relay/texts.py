"""What a person reads, in the person's language: gettext's catalogue, with the English text as the key.

The English stands where it is said, `relay/locales/` has the other languages. Codes (reason codes, states, keys, names
of the log's lines) are no texts. How a text is added: docs/architecture.md, "Texts and languages"."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh")
FOLDER = Path(__file__).with_name("locales")
_SAYING = ("RELAY_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_NAME = re.compile(r"\{(\w+)\}")


class _Process:
    """What the whole process speaks, unless a block of code speaks another (`speaking`)."""

    catalogue = NullTranslations()


_spoken: ContextVar[NullTranslations | None] = ContextVar("spoken", default=None)


def _(text: str, /, **values: object) -> str:
    """The text in the language that is spoken, each {name} in it filled with the value that is given for it."""
    return _filled(_catalogue().gettext(text) if text else text, values)


def _n(one: str, many: str, number: int, /, **values: object) -> str:
    """The text for this many; {n} is the number."""
    return _filled(_catalogue().ngettext(one, many, number), {"n": number, **values})


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Marks a constant for the catalogue and leaves it in English: `_` of it says it in the language of the moment."""
    return text


def heard(said: str, shapes: Iterable[str]) -> str:
    """What a library said in English, by the first of the marked texts that it may be; as it is, where it is none."""
    for shape in shapes:
        if match := _pattern(shape).fullmatch(said):
            return _(shape, **match.groupdict())
    return said


def speak(language: str) -> None:
    """What this process speaks from now on; English where the language isn't known."""
    _Process.catalogue = _catalogue_of(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Another language than the process's, in this block and this context alone."""
    token = _spoken.set(_catalogue_of(language))
    try:
        yield
    finally:
        _spoken.reset(token)


def language_of(env: Mapping[str, str]) -> str:
    """What RELAY_LANG says, else the locale (zh, zh_CN, zh-Hans-CN, zh_CN.UTF-8); English where that isn't known."""
    said = next((env[name] for name in _SAYING if env.get(name)), ENGLISH)
    language = re.split(r"[-_.@]", said.lower())[0]
    return language if language in LANGUAGES else ENGLISH


@cache
def _pattern(shape: str) -> re.Pattern[str]:
    pieces = _NAME.split(shape)
    return re.compile("".join(f"(?P<{each}>.+)" if at % 2 else re.escape(each) for at, each in enumerate(pieces)))


def _catalogue() -> NullTranslations:
    return _spoken.get() or _Process.catalogue


def _catalogue_of(language: str) -> NullTranslations:
    if language == ENGLISH or language not in LANGUAGES:
        return NullTranslations()
    return translation("relay", FOLDER, [language])


def _filled(text: str, values: Mapping[str, object]) -> str:
    """Only names that are given are filled in: `${NAME}` and `{{ … }}` in a text stay as they are."""
    return _NAME.sub(lambda name: str(values.get(name[1], name[0])), text) if values else text
