"""Logs of a process: lines for people, or JSON; never a secret, never a body."""

import logging
import re
import sys
import traceback
from types import TracebackType

import msgspec

from relay.cli.options import Options
from relay.errors import RelayError
from relay.signals import Ids, Line
from relay.texts import _
from relay.times import rfc3339

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
Fault = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
_encode = msgspec.json.Encoder().encode
_PLAIN = re.compile(r"[\w.:/@+*-]+")


class JsonLines(logging.Formatter):
    """One object a line: `at`, `level`, `process`, `what` (the signal), its ids, `text`, `trace`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: Ids = {"at": _at(record), "level": record.levelname.lower(), "process": self._process}
        if isinstance(record, Line):
            given = {name: value for name, value in record.ids.items() if value is not None}
            line |= {"what": record.signal, **given}
        else:
            line["logger"] = record.name
        if record.msg:
            line["text"] = record.getMessage()
        if record.exc_info:
            line["trace"] = _trace(record.exc_info)
        return _encode(line).decode()


class Lines(logging.Formatter):
    """`time LEVEL process signal id=… id=… text`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        parts = [_at(record), f"{record.levelname:<7}", self._process]
        if isinstance(record, Line):
            parts.append(record.signal)
            parts += [f"{name}={_word(value)}" for name, value in record.ids.items() if value is not None]
        if record.msg:
            parts.append(record.getMessage())
        if record.exc_info:
            parts.append(f"\n{_trace(record.exc_info)}")
        return " ".join(parts)


def _at(record: logging.LogRecord) -> str:
    return rfc3339(int(record.created * 1000))


def _word(value: str | int) -> str:
    """In quotes unless it is one word, so that nothing that came from outside looks like another line."""
    if isinstance(value, int) or _PLAIN.fullmatch(value):
        return str(value)
    return _encode(value).decode()


def _trace(fault: Fault) -> str:
    """Where it failed, and by what kind of error. Its text is left out unless it is ours: a parser's, say, repeats what
    it was given, which may be a body."""
    kind, error, places = fault
    said = str(error) if isinstance(error, RelayError) else "(its text is left out)"
    return "".join([*traceback.format_tb(places), f"{kind.__name__ if kind else ''} {said}"])


def in_one_line(record: logging.LogRecord) -> bool:
    """rq writes a traceback of sixty lines where Redis is away; its last line says it."""
    if record.exc_info:
        record.msg, record.args = f"{record.getMessage().strip()} {record.exc_info[1]}", ()
        record.exc_info = None
    return True


def set_up(options: Options, process: str) -> None:
    """`process`: web, worker, up; `relay up` gives those that it starts another name. Raises RelayError."""
    form, level = options.text("log"), options.text("log_level")
    name = options.env.get("RELAY_PROCESS") or process
    if level not in LEVELS:
        raise RelayError(
            _("{level} is no level", level=repr(level)),
            "RELAY_LOG_LEVEL",
            _("give one of {levels}", levels=", ".join(LEVELS)),
        )
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter((JsonLines if form == "json" else Lines)(name))
    logging.basicConfig(level=LEVELS[level], handlers=[out], force=True)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for noisy in ("rq", "rq.worker", "asyncio", "uvicorn"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, LEVELS[level]))
    logging.getLogger("rq.worker").addFilter(in_one_line)
