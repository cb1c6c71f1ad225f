"""The questions that Oracle's REST resources are asked in `q` and in a finder: fields that are equal to something."""

import re

_TERM = r"\s*(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.:-]+))\s*"
_ALL = re.compile(rf"{_TERM}(?:(?:;|,|\sand\s){_TERM})*")
_ONE = re.compile(_TERM)


def fields(asked: str) -> dict[str, str] | None:
    """Each field with its value, empty for no question; None where it says anything else."""
    if not asked:
        return {}
    if not _ALL.fullmatch(asked):
        return None
    return {name: single or double or bare for name, single, double, bare in _ONE.findall(asked)}
