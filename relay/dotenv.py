"""A `.env` file: KEY=VALUE a line, `export ` and comments allowed, values bare, in '…' or in "…"."""

import re
from pathlib import Path

from relay.errors import ConfigError, Fault, reason_of
from relay.texts import _

_LINE = re.compile(
    r"""\s*(?:export\s+)?(?P<key>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*
    (?:'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>(?:[^\s'"#]|(?<!\s)\#|[ \t]+(?=[^\s#])|(?<!=)['"])*))
    \s*(?:\s\#.*|\#.*)?""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def read_env(path: Path) -> dict[str, str]:
    """What the file sets; nothing if it isn't there. Raises ConfigError, which repeats no value."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else _("it isn't UTF-8")
        raise ConfigError(
            [Fault(path.name, 1, 1, _("the file can't be read: {reason}", reason=reason), _("mend or remove it"))]
        ) from None
    return dict(_pair(path.name, number, line) for number, line in enumerate(lines, 1) if _says_something(line))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _pair(file: str, number: int, line: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ConfigError(
            [Fault(file, number, 1, _("this line isn't KEY=VALUE"), _("write KEY=VALUE, # before a comment"))]
        )
    if match["double"] is not None:
        return match["key"], re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), match["double"])
    return match["key"], match["single"] if match["single"] is not None else match["bare"].rstrip()
