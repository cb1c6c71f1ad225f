"""What happens in the demo, scene by scene; each ends when all of its events have."""

import time
from typing import Any

from relay.demo.documents import expense, invoice
from relay.demo.erp import Erp
from relay.demo.show import Show
from relay.demo.timeline import Tone, to_erp

FORGER = "whsec_Zm9yZ2VyLWZvcmdlci1mb3JnZXItZm9yZ2VyLTEyMzQ="
HOUR_S = 3600


async def good(show: Show, _erp: Erp) -> None:
    """Paid expenses and an approved invoice become vouchers 付款单、发票生成凭证"""
    sent = [
        await show.send(expense("B26000101", "差旅费 travel", "12.30")),
        await show.send(expense("B26000102", "招待费 two items", "350.00", "48.50")),
        await show.send(expense("B26000103", "设备采购 a large amount", "1234567890123456.78")),
        await show.send(invoice("26117000001", "服务器租赁 an invoice", "1000.00", "60.00")),
    ]
    await show.ends(*sent)


async def refused(show: Show, _erp: Erp) -> None:
    """Who can't prove itself stays outside 伪造、篡改、过期的请求"""
    forged = expense("B26000104", "差旅费", "88.00")
    raised = expense("B26000104", "差旅费", "8800.00")
    await show.send(forged, "by another secret 伪造", show.sign(forged, secret=FORGER), want=401)
    await show.send(raised, "amount raised 篡改", show.sign(forged), want=401)
    await show.send(forged, "signed an hour ago 过期", show.sign(forged, at=time.time() - HOUR_S), want=401)


async def again(show: Show, _erp: Erp) -> None:
    """The same again books nothing again 重复推送不重复记账"""
    known = expense("B26000101", "差旅费 travel", "12.30")
    await show.send(known, "the same webhook again", want=200)
    told_anew = await show.send(
        expense("B26000101", "差旅费 travel", "12.30", id_="msg_anew"), "the same in a new event"
    )
    await show.ends(told_anew)
    changed = await show.send(expense("B26000101", "差旅费 travel", "99.30", id_="msg_changed"), "with another amount")
    await show.ends(changed, state="held")


async def answers(show: Show, erp: Erp) -> None:
    """The ERP says no, or not now, with HTTP 200 财务系统拒绝或暂忙"""
    erp.busy.add("B26000106")
    no = await show.send(expense("B26000105", "市场费 unknown CC-999", "500.00", cost_centre="CC-999"))
    not_now = await show.send(expense("B26000106", "培训费 ERP is busy", "1200.00"))
    await show.ends(no, state="partial")
    await show.ends(not_now)


async def doubt(show: Show, erp: Erp) -> None:
    """The ERP's answer is cut: was it booked? A person decides 应答中断，人工核对"""
    erp.cuts.add("B26000107")
    sent = await show.send(expense("B26000107", "交通费 answer is cut", "36.00"))
    (event,) = await show.ends(sent, state="held")
    await show.talk.send_again(to_erp(event)["id"], "the ERP knows the key, so send it again")
    await show.ends(sent)


async def outage(show: Show, erp: Erp) -> None:
    """The ERP is down: everything waits, and goes when it is back 财务系统停机，恢复后补送"""
    await erp.down()
    show.say("", "erp", "is shut down: connections are refused", Tone.BAD)
    sent = tuple(
        [await show.send(expense(f"B2600011{number}", "办公费 ERP is down", f"{number}0.05")) for number in (1, 2, 3)]
    )

    async def open_breaker(_events: list[dict[str, Any]]) -> bool:
        return bool((await show.talk.lane("erp"))["breaker"] == "open")

    await show.follow(sent, open_breaker)
    show.say("", "erp", "breaker open: 3 deliveries wait, and a probe looks every 5 s", Tone.WAITS)
    await erp.up()
    show.say("", "erp", "is up again", Tone.GOOD)
    await show.ends(*sent)


SCENES = (good, refused, again, answers, doubt, outage)
