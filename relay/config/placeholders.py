"""What stands in for variables that aren't set, where a file is only looked at: `relay check --no-env`.

Nothing knows beforehand what suits a place: what is refused there is tried again as something else.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from relay.config import made_up
from relay.config.document import Path
from relay.errors import ConfigError, Fault

T = TypeVar("T")
Maker = Callable[[str], str]
At = tuple[str, int, int]  # file, line, column
_WORD = re.compile(r"\w+")
_PLAIN: tuple[Maker, ...] = (
    made_up.text,
    made_up.address,
    made_up.host,
    *(
        lambda _, word=word: word
        for word in ("30s", "1MiB", "10/s", "10.0.0.0/8", "127.0.0.1:8081", "UTC", "UTF-8", "1", "true")
    ),
)
_SECRETS: tuple[Maker, ...] = (made_up.whsec, made_up.hexadecimal, made_up.pair, made_up.aes, *made_up.KEYS)
_GUESSES: tuple[tuple[str, tuple[Maker, ...]], ...] = (
    (r"(url|uri|base|address|server)$", (made_up.address,)),
    (r"(public_?key|spk)$", made_up.PUBLIC),
    (r"(private|merchant)_?key$", made_up.PRIVATE),
    (r"aes_?key$", (made_up.aes,)),
    (r"apiv3_key$", (made_up.hexadecimal,)),
    (r"secret|token|key|sign|password", _SECRETS),
)


class Placeholders:
    """Those of one file, over as many loads as it takes. A value is told by its path. `chosen`: by variable."""

    def __init__(self) -> None:
        self.chosen: dict[str, str] = {}
        self._tried: dict[Path, int] = {}
        self._most: dict[Path, int] = {}
        self._at: dict[At, Path] = {}
        self._near: defaultdict[At, set[Path]] = defaultdict(set)

    def until(self, load: Callable[["Placeholders"], T]) -> T:
        """What `load` gives once all of them suit. Raises ConfigError as it does, when there is nothing left to try."""
        while True:
            try:
                return load(self)
            except ConfigError as error:
                if not self._others(error.faults):
                    raise

    def value(self, name: str, path: Path, at: At, around: tuple[str, str]) -> str:
        """For the variable `name` in the value of `path`, which stands `at` a place. `around`: the text before and
        after it in that value."""
        makers = _makers(path, *around)
        tried = self._tried.setdefault(path, 0)
        self._most[path] = max(self._most.get(path, 0), len(makers) - 1)
        self._at[at] = path
        self.chosen[name] = makers[min(tried, len(makers) - 1)](name)
        return self.chosen[name]

    def near(self, path: Path, at: At) -> None:
        """What the value of a path was used for may have its fault there too."""
        self._near[at].add(path)

    def _others(self, faults: Iterable[Fault]) -> bool:
        """Whether some that were refused have something else to be."""
        again = {path for fault in faults for path in self._refused(fault)}
        for path in again:
            self._tried[path] += 1
        return bool(again)

    def _refused(self, fault: Fault) -> set[Path]:
        """What stands where the fault is; else what is used there, that which it names first."""
        at = fault.file, fault.line, fault.column
        here = {self._at[at]} if at in self._at else self._near[at]
        left = {path for path in here if self._tried[path] < self._most[path]}
        words = set(_WORD.findall(fault.what))
        return {path for path in left if path[-1] in words} or left


def _makers(path: Path, before: str, after: str) -> Sequence[Maker]:
    """What may suit, the likeliest first."""
    if before.endswith(("://", "@")):
        return (made_up.host,)
    if "://" in before and before.endswith(":"):
        return (lambda _: "443",)
    if not before and after.startswith("/"):
        return made_up.address, made_up.text
    if before or after:
        return made_up.text, lambda _: "1"
    words = ".".join(map(str, path))
    likely = next((makers for pattern, makers in _GUESSES if re.search(pattern, words, re.IGNORECASE)), ())
    return tuple(dict.fromkeys((*likely, *_PLAIN, *_SECRETS)))
