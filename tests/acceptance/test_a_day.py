"""A day in the life: outage, wrong mapping, closed period, secret rolled wrongly, upgrade; and the account of it all.

A person sees and decides everything by the command line alone, as docs/operations.md says it.
"""

import asyncio
import re
from decimal import Decimal

from a_day import ANNA, ROUTES, Day, a_day, followed
from office import PASSWORD, STATUS_SECRET, expense
from running import until
from signing import OLD_SECRET, SECRET

MEALS, TRAVEL = "'meals': '6601.05'", "'travel': '6601.03'"


async def morning(day: Day) -> None:
    """Expenses come and are booked; one is told twice."""
    await day.comes("B-01", "travel", "0.10", "0.20")
    await day.comes("B-02", "meals", "1234567.89")
    await day.booked("B-01", "B-02")
    again = await day.relay.send("expenses", expense("B-01", "paid", "travel", "0.10", "0.20"), event="msg_B-01_paid")
    assert (again.status, again.json["duplicate"]) == (200, True)


async def outage(day: Day) -> None:
    """Nobody has to do anything. Who looks is told why the lane stands still, since when, and what would help."""
    await day.erp.down()
    for number in ("B-11", "B-12", "B-13"):
        await day.comes(number, "travel", "88.00", "0.07")
    await day.stands(breaker="open")
    await day.told("destination.down", "erp")
    status = await day.types("status")
    assert re.search(r"^erp  (half-)?open since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", status, re.MULTILINE), status
    assert re.search(r"^  why +connection refused$", status, re.MULTILINE), status
    assert re.search(r"^  resumes +.*probe.*; or relay resume erp$", status, re.MULTILINE), status
    before = len(day.erp.ledger)
    await day.erp.up()
    await day.booked("B-11", "B-12", "B-13")
    for number in ("B-11", "B-12", "B-13"):
        steps = [one.step for one in day.erp.ledger[before:] if one.reference == number]
        assert steps == ["accrual", "payment"]


async def wrong_mapping(day: Day) -> None:
    """Three vouchers stand in a wrong account, and three were refused, when somebody sees it."""
    meals, travel = [f"B-2{n}" for n in (1, 2, 3)], [f"B-2{n}" for n in (4, 5, 6)]
    await day.changes(ROUTES.replace(MEALS, "'meals': '6601.50'").replace(TRAVEL, "'travel': '6602.03'"))
    for number in (*meals, *travel):
        await day.comes(number, "meals" if number in meals else "travel", "36.50", "1.05")
    await day.booked(*travel)
    await day.stands(dead=3)
    dead, paused = await asyncio.gather(day.types("dead"), day.types("pause", "erp", "--note", "科目映射错误"))
    assert paused == "erp is paused\n"
    assert re.search(r"^erp +3 .*rejected: 科目 6601\.50 不存在$", dead, re.MULTILINE), dead
    await day.comes("B-27", "meals", "20.00")
    status = await day.types("status")
    assert re.search(r"^  why +paused by anna: 科目映射错误$", status, re.MULTILINE), status

    await day.changes(ROUTES)
    assert "routes.yaml" in await day.types("check", "routes.yaml")
    accruals = ("--route", "approved-to-accrual", "--state", "dead", "--since", "1h")
    assert "3 dead: 1 reason, 1 destination" in await day.types("replay", *accruals, "--dry-run")
    assert "3 are tried again" in await day.types("replay", *accruals, "--note", "科目映射已修正", "--yes")
    wrong = [one for one in await day.deliveries("state=delivered") if one["order_key"] in travel]
    for one in wrong:
        day.erp.void(one["document"])
    note = "映射错误，原凭证已作废"
    again = await day.types("replay", *(one["id"] for one in wrong), "--again", "--note", note)
    assert again.count("approved-to-accrual → erp") == 3
    assert await day.types("resume", "erp", "--note", "已修正") == "erp goes on\n"
    await day.booked(*meals, *travel, "B-27")
    assert f"by anna: {note}" in await day.types("show", wrong[0]["id"])


async def period_closed(day: Day) -> None:
    """What is held waits for a decision, and its payment behind it."""
    day.erp.closed = True
    await day.comes("B-31", "travel", "412.00")
    await day.comes("B-32", "meals", "99.99")
    await day.stands(held=2)
    held = await day.types("held")
    assert re.search(r"^erp +2 .*hold: 2026 年 3 月已结账$", held, re.MULTILINE), held

    day.erp.closed = False
    ids = {one["order_key"]: one["id"] for one in await day.deliveries("state=held")}
    by_hand = day.erp.books("B-32", "accrual", "by hand", Decimal("99.99"), ("6601.05", "2241.01")).number
    entered = ("--as", "delivered", "--document", by_hand, "--note", "手工入账")
    _, told = await asyncio.gather(
        day.types("release", ids["B-31"], "--as", "retry", "--note", "期间已打开"),
        day.types("release", ids["B-32"], *entered),
    )
    assert told == f"{ids['B-32']}  erp  delivered as {by_hand}\n"
    await day.booked("B-31", "B-32")


async def secret_rolled_wrongly(day: Day) -> None:
    """The new one stands alone before the platform signs by it: what it sends is refused, and let in afterwards."""
    await day.changes(ROUTES.replace('["${SECRET}"]', "${NEXT_SECRET}"))
    body = {step: expense("B-41", step, "meals", "58.30") for step in ("approved", "paid")}
    for step, content in body.items():
        assert (await day.relay.send("expenses", content, event=f"msg_B-41_{step}")).status == 401
    assert (await day.relay.send("expenses", body["paid"], secret=OLD_SECRET, event="msg_forged")).status == 401
    day.amounts["B-41"] = Decimal("58.30")
    await day.kept(3)
    refused = await day.types("refused", "--since", "1h")
    assert len(re.findall(r" expenses +signature +127\.0\.0\.1 .* yes$", refused, re.MULTILINE)) == 3, refused

    await day.changes(ROUTES.replace('["${SECRET}"]', '["${SECRET}", "${NEXT_SECRET}"]'))
    readmit = ("readmit", "--since", "1h", "--reason", "signature", "--note", "密钥更换期间")
    ran = await day.relay.run(*readmit, env={"RELAY_API_TOKEN": ANNA})
    assert "2 accepted, 0 duplicate, 1 refused" in ran.out
    assert (ran.code, ran.err) == (1, "error: 1 request refused again, see the reasons above\n")
    sent_again = await day.relay.send("expenses", body["paid"], event="msg_B-41_paid")
    assert (sent_again.status, sent_again.json["duplicate"]) == (200, True)
    await day.booked("B-41")


async def upgrade(day: Day) -> None:
    """`relay up` is exchanged for a new one. Webhooks come all the while, and none is refused."""
    numbers = [f"B-5{n}" for n in range(10)]

    async def keep_coming() -> None:
        for number in numbers:
            await day.comes(number, "travel", "7.77")

    coming = asyncio.create_task(keep_coming())
    try:
        assert await day.relay.stop() == 0
        await day.relay.start(day.listener)
        await coming
    finally:
        coming.cancel()
    await day.booked(*numbers)


async def evening(day: Day) -> None:
    """The account: all is booked once, with its amount, in its accounts; the platform knows it; nothing is left."""
    alerts = {
        "destination.up": "erp",
        "delivery.dead": "科目 6601.50 不存在",
        "delivery.held": "已结账",
        "source.refused": "",
    }
    for alert, words in alerts.items():
        await day.told(alert, words)
    await day.stands(ready=0, waiting=0, in_flight=0, parked=0, held=0, dead=0)
    dead, held, status = await asyncio.gather(*map(day.types, ("dead", "held", "status")))
    assert (dead, held) == ("nothing is dead there\n", "nothing is held there\n")
    assert re.findall(r"^(\S+) .* runs$", status, re.MULTILINE) == ["erp", "expenses-status", "robot"], status
    assert "accepts events" in status
    assert "why" not in status

    ledger = day.erp.ledger
    assert {(one.reference, one.step): one.total for one in ledger} == {
        (number, step): amount for number, amount in day.amounts.items() for step in ("accrual", "payment")
    }
    assert len(ledger) == 2 * len(day.amounts)
    assert not any({"6601.50", "6602.03"} & set(one.accounts) for one in ledger)
    assert len(day.erp.voided) == 3

    async def knows_all() -> bool:
        ends = [told[-1]["delivery"] for told in day.platform.heard.values()]
        return {one["document"] for one in ends if one["state"] == "delivered"} == {one.number for one in ledger}

    await until(knows_all)
    assert day.platform.doubted == 0
    for secret in (SECRET, PASSWORD, STATUS_SECRET, ANNA):
        assert secret not in day.relay.log


async def test_a_day() -> None:
    async with a_day() as day:
        async with followed(day):
            for chapter in (morning, outage, wrong_mapping, period_closed):
                await chapter(day)
        await secret_rolled_wrongly(day)
        await upgrade(day)
        await evening(day)
