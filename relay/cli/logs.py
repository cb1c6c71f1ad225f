"""Logs of a process: lines for people, or JSON; never a secret, never a body."""

import logging
import sys
import time

import msgspec

from relay.times import rfc3339

_encode = msgspec.json.Encoder().encode


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": rfc3339(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return _encode(line).decode()


class Lines(logging.Formatter):
    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"
    default_time_format = "%Y-%m-%dT%H:%M:%S"


def in_one_line(record: logging.LogRecord) -> bool:
    """rq writes a traceback of sixty lines where Redis is away; its last line says it."""
    if record.exc_info:
        record.msg, record.args = f"{record.getMessage().strip()} {record.exc_info[1]}", ()
        record.exc_info = None
    return True


def set_up(form: str, process: str) -> None:
    """`form`: text or json; `process`: web, worker or up."""
    out = logging.StreamHandler(sys.stderr)
    text = Lines(f"%(asctime)s %(levelname)-7s {process} %(message)s")
    out.setFormatter(JsonLines() if form == "json" else text)
    logging.basicConfig(level=logging.INFO, handlers=[out], force=True)
    for noisy in ("rq", "rq.worker", "asyncio", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("rq.worker").addFilter(in_one_line)
