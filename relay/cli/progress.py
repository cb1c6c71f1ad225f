"""How far a long command is: one line on the terminal's stderr that is written over, and nothing elsewhere."""

import sys
from types import TracebackType
from typing import Self

from relay.texts import _


class Progress:
    def __init__(self, of: int, what: str) -> None:
        self._of, self._what, self._shows = of, what, sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def at(self, done: int) -> None:
        if self._shows:
            whole = _(" of {all}", all=self._of) if self._of else ""
            sys.stderr.write(f"\r{done}{whole} {self._what} \033[K")
            sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shows:
            sys.stderr.write("\r\033[K")
