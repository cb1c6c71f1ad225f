"""The nearest right name, for errors about a wrong one."""

import difflib
from collections.abc import Iterable

from relay.texts import _


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy: `did you mean 'amount'?`, or all the names where they are few and none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.7)
    if near:
        return _("did you mean {name}?", name=repr(near[0]))
    return _("known are {names}", names=", ".join(names)) if 0 < len(names) <= 12 else ""
