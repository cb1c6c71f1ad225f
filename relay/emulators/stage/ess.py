"""Oracle's scheduled imports of journals: what a file holds, how far its job is, and the callback at its end.

The file is a zip of GL_INTERFACE as CSV. One with lines that nobody can post is a WARNING, one that is unbalanced an
ERROR. With a callback a job ends by itself; else each question brings it one state further."""

import asyncio
import csv
import io
from base64 import b64decode
from contextlib import suppress
from decimal import Decimal
from typing import Any
from zipfile import BadZipFile, ZipFile

import aiohttp
import msgspec

from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, require
from relay.emulators.stage.knobs import Knobs
from relay.emulators.stage.ledger import Unbalanced, balanced
from relay.emulators.stage.progress import Progress
from relay.money import encode_json

JOURNALS = "journal import"
NO_CALLBACK = {"", "#NULL"}
SEGMENTS, DEBIT, CREDIT = slice(8, 38), 38, 39  # columns of GL_INTERFACE, from 0


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """`end`: the state in which its job will end; `amount`: the debits that are posted, None where nothing is."""

    end: str
    amount: Decimal | None


def import_of(asked: dict[str, Any]) -> Import:
    """Raises RelayError on a request that is refused at once: no job is made of it."""
    require(asked, "OperationName", "DocumentContent", "FileName", "JobName")
    if asked["OperationName"] != "importBulkData":
        raise Wrong(f"The operation {asked['OperationName']} isn't one that can be done.")
    lines = _lines(str(asked["DocumentContent"]))
    posted = [line for line in lines if any(line[SEGMENTS])]
    try:
        debit = balanced((line[DEBIT], line[CREDIT]) for line in posted)
    except (Unbalanced, IndexError):
        return Import(end="ERROR", amount=None)
    return Import(end="SUCCEEDED" if posted == lines else "WARNING", amount=debit)


def _lines(content: str) -> list[list[str]]:
    try:
        with ZipFile(io.BytesIO(b64decode(content, validate=True))) as archive:
            texts = [archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith(".csv")]
    except (ValueError, BadZipFile):
        raise Wrong("DocumentContent is no zip in base64.") from None
    return [line for text in texts for line in csv.reader(io.StringIO(text)) if line and line[0] != "END"]


class Jobs:
    def __init__(self, knobs: Knobs) -> None:
        self._knobs, self._progress = knobs, Progress()
        self._calling: set[asyncio.Task[None]] = set()

    def begin(self, entry: Entry, callback: str) -> None:
        if callback not in NO_CALLBACK:
            task = asyncio.create_task(self._call(entry, callback))
            self._calling.add(task)
            task.add_done_callback(self._calling.discard)

    def polled(self, entry: Entry) -> str:
        """The job's state at this question."""
        end = entry.document["end"]
        if entry.state != end:
            entry.state = self._progress.polled(entry.number, ("WAIT", "READY", "RUNNING", end))
        return entry.state

    async def _call(self, entry: Entry, callback: str) -> None:
        """Tells the end once. Nobody listening changes nothing."""
        await asyncio.sleep(self._knobs.late_s)
        entry.state = entry.document["end"]
        job = {
            "JOBNAME": entry.document["job"],
            "DOCUMENTNAME": entry.document["file"],
            "REQUESTID": entry.number,
            "STATUS": entry.state,
        }
        body = encode_json({"JOBS": [job], "SUMMARYSTATUS": entry.state})
        with suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
                await http.post(callback, data=body, headers={"Content-Type": "application/json"})
