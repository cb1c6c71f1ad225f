"""Dates whose pattern prints something else than was meant: a document of the wrong day or period."""

import re
from collections.abc import Iterator

from relay.config.document import Path
from relay.config.suspicions.seen import Seen, Suspicion, Suspicions, texts
from relay.texts import _

_PATTERN = re.compile(r"""\|\s*date\(\s*(?:pattern\s*=\s*)?(?:'([^']*)'|"([^"]*)")""")
_HOURS = ("%H", "%I", "%X", "%T", "%c")


def dates_misprinted(seen: Seen) -> Suspicions:
    for path, pattern in _patterns(seen):
        if "%" not in pattern:
            what = _("date({pattern}) prints that text, and no date", pattern=repr(pattern))
            yield Suspicion(path, what, _("write one such as date('%Y-%m-%d'), date('%Y%m%d'), date('%Y-%m')"))
        elif "%M" in pattern and not any(hour in pattern for hour in _HOURS):
            what = _("%M in {pattern} is the minute", pattern=repr(pattern))
            yield Suspicion(path, what, _("the month is %m"))


def _patterns(seen: Seen) -> Iterator[tuple[Path, str]]:
    for section in ("sources", "destinations", "routes"):
        for path, text in texts(seen.loading.document.tree.get(section), (section,)):
            for found in _PATTERN.finditer(text) if "{{" in text or path[-1] == "when" else ():
                yield path, found[1] or found[2] or ""
