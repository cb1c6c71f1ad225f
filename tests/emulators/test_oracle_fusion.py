"""Oracle Fusion: what makes an invoice the same, and how an import of journals goes on and ends."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from speakers.oracle_fusion import line
from staged import Scene

from relay.money import decode_json

SYSTEM = "oracle-fusion"
BALANCED = (line(debit="100.10"), line(credit="100.10"))


async def test_an_invoice_of_another_supplier_is_another_one(named: Scene) -> None:
    for supplier, status in (("Supplies & Co", 201), ("Another", 201), ("Another", 400)):
        heard = await named.speaks.invoice(InvoiceNumber="INV-1", InvoiceAmount=1, Supplier=supplier)
        assert heard.status == status


async def test_errors_are_json_only_for_a_later_framework(named: Scene) -> None:
    assert (await named.speaks.invoice(version="1")).text == "InvoiceNumber is required"
    heard = await named.speaks.invoice(version="4")
    assert heard.json()["o:errorDetails"][0]["detail"] == "InvoiceNumber is required"


async def test_a_file_becomes_a_job_that_goes_on_with_each_question(named: Scene) -> None:
    heard = await named.speaks.journals(*BALANCED)
    assert (heard.status, heard.json()["ReqstId"], heard.json()["RequestStatus"]) == (201, "1452735", None)
    states = await named.speaks.states("1452735", 5)
    assert states == ["WAIT", "READY", "RUNNING", "SUCCEEDED", "SUCCEEDED"]
    booked = named.played.books.entries[0]
    assert (booked.key, booked.amount) == ("B1", Decimal("100.10"))


@pytest.mark.parametrize(
    ("lines", "end", "amount"),
    [
        ((*BALANCED, line(debit="5", segment="")), "WARNING", Decimal("100.10")),
        ((line(debit="1"), line(credit="2")), "ERROR", None),
        ((line(debit="1", segment=""),), "ERROR", None),
        (("short",), "ERROR", None),
    ],
)
async def test_a_file_that_is_not_all_right_ends_otherwise(
    named: Scene, lines: tuple[str, ...], end: str, amount: Decimal | None
) -> None:
    job = (await named.speaks.journals(*lines)).json()["ReqstId"]
    assert (await named.speaks.states(job, 4))[-1] == end
    assert named.played.books.entries[0].amount == amount


@pytest.mark.parametrize("changed", [{"DocumentContent": "PK"}, {"FileName": ""}, {"OperationName": "exportBulkData"}])
async def test_no_job_is_made_of_what_is_no_import(named: Scene, changed: dict[str, str]) -> None:
    assert (await named.speaks.journals(*BALANCED, **changed)).status == 400
    assert named.played.books.entries == []


async def test_the_same_file_is_imported_twice(named: Scene) -> None:
    await named.speaks.journals(*BALANCED)
    await named.speaks.journals(*BALANCED)
    assert named.played.books.doubled() == ["B1"]


async def test_a_callback_tells_the_end(named: Scene) -> None:
    told: asyncio.Queue[Any] = asyncio.Queue()

    async def listen(request: web.Request) -> web.Response:
        told.put_nowait(decode_json(await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/done", listen)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await named.speaks.journals(*BALANCED, CallbackURL=f"http://127.0.0.1:{runner.addresses[0][1]}/done")
        end = await asyncio.wait_for(told.get(), 30)
        assert (end["SUMMARYSTATUS"], end["JOBS"][0]["REQUESTID"]) == ("SUCCEEDED", "1452735")
    finally:
        await runner.cleanup()
