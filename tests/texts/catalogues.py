"""Makes the catalogues anew from the code: `python tests/texts/catalogues.py`, after each change of a text.

New texts enter relay.po without a translation, texts that are gone leave it, what is translated stays. Sorted by text
and without line numbers, so that two people's changes seldom meet; where they do, run this again."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from relay import destinations, texts
from relay.signatures import catalogue as schemes

ROOT = Path(__file__).parents[2]
OTHERS = tuple(language for language in texts.LANGUAGES if language != texts.ENGLISH)
KEYWORDS = {"_": None, "N_": None, "_n": (1, 2), "says": (1,), "unless": (1,)}  # the last two: relay/described.py
_IDLE = "POT-.*|PO-.*|Generated-By|Project-Id-Version|Report-Msgid-Bugs-To|Last-Translator|Language-Team"
_IDLE_LINES = re.compile(rf'^"({_IDLE}):.*\n', re.MULTILINE)
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)  # the same texts make the same bytes


def po(language: str) -> Path:
    return texts.FOLDER / language / "LC_MESSAGES" / "relay.po"


def mo(language: str) -> Path:
    return po(language).with_suffix(".mo")


def found() -> list[str | tuple[str, ...]]:
    """What the code says, each once."""
    methods = [("**.py", "python")]
    rows = extract_from_dir(ROOT / "relay", methods, keywords=KEYWORDS, comment_tags=())
    said = [text if isinstance(text, str) else tuple(text) for _, _, text, _, _ in rows]
    return list(dict.fromkeys([*said, *recorded()]))


def recorded() -> Iterator[str]:
    """What the records of presets and schemes say of their values, and how a scheme is set up at its platform."""
    for name in destinations.names():
        yield from destinations.preset(name).needs.values()
    for name in schemes.names():
        yield from (*schemes.record(name).needs.values(), *schemes.record(name).setup)


def catalogue(language: str) -> Catalog:
    """What stands in relay.po."""
    with po(language).open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str) -> Catalog:
    """What the code says, with the translations that there are."""
    old = catalogue(language)
    new = _empty(language)
    for text in found():
        known = old.get(text if isinstance(text, str) else text[0])
        new.add(text, known.string if known and known.id == text else "")
    return new


def written(catalog: Catalog) -> str:
    file = io.BytesIO()
    write_po(file, catalog, width=100, no_location=True, sort_output=True)
    lines = re.sub(r"^#, python.*\n", "", file.getvalue().decode(), flags=re.MULTILINE)
    return _IDLE_LINES.sub("", lines)


def compiled(catalog: Catalog) -> bytes:
    catalog.creation_date = catalog.revision_date = _NEVER
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def untranslated(catalog: Catalog) -> list[Message]:
    return [each for each in catalog if each.id and not all(_strings(each))]


def _strings(each: Message) -> tuple[str, ...]:
    return (each.string,) if isinstance(each.string, str) else tuple(each.string)


def _empty(language: str) -> Catalog:
    comment = f"# What Relay says, in {language}. Words: docs/words.md. Made anew by tests/texts/catalogues.py."
    empty = Catalog(locale=language, header_comment=comment, fuzzy=False, creation_date=_NEVER, revision_date=_NEVER)
    empty.mime_headers = [("Language", language), ("Content-Type", "text/plain; charset=utf-8")]
    return empty


def main() -> None:
    for language in OTHERS:
        new = renewed(language)
        po(language).write_text(written(new), encoding="utf-8")
        mo(language).write_bytes(compiled(catalogue(language)))
        print(f"{language}: {len(new)} texts, {len(untranslated(new))} of them not translated yet")


if __name__ == "__main__":
    main()
