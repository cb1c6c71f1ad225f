"""The first example: paid flows of three entities become vouchers in two systems, written back and archived."""

from decimal import Decimal
from typing import Any

from example import Example, example_up

NAME = "ekuaibao-to-kingdee-and-nc"


def paid(flow: str, action: str = "flow.paid") -> dict[str, Any]:
    """The body that 出站消息 shows (outbound-new.md of ekuaibao/open-platform-docs)."""
    who = {"id": "corp-1:staff-1", "name": "李雷", "cellphone": "", "email": ""}
    return {"action": action, "actionName": "已支付", "userInfo": who, "flowId": flow, "nodeId": "FLOW:1:2"}


def lines(model: Any) -> list[tuple[str, str, Decimal]]:
    return [
        (line["FACCOUNTID"]["FNumber"], side, line[side])
        for line in model["FEntity"]
        for side in ("FDEBIT", "FCREDIT")
        if side in line
    ]


async def told(example: Example, *flows: str) -> None:
    """Each is delivered, with all that follows."""
    path = f"hesi/{example.env['HESI_PATH_SECRET']}"
    events = [await example.posted(path, paid(flow)) for flow in flows]
    for event in events:
        await example.relay.event_in(event, "delivered")


async def test_each_entity_is_booked_in_its_system_once_written_back_and_archived() -> None:
    async with example_up(NAME) as example:
        assert (await example.relay.ask("POST", "/in/hesi/guessed", paid("1010-1"), token=None)).status == 401
        await told(example, "1010-1", "1020-1", "2010-1")
        again = await example.posted(f"hesi/{example.env['HESI_PATH_SECRET']}", paid("1010-1", "flow.archived"))
        unpaid = await example.posted(f"hesi/{example.env['HESI_PATH_SECRET']}", paid("unpaid-1"))
        await example.relay.event_in(again, "delivered")
        await example.relay.event_in(unpaid, "unrouted")
        kingdee, nc = await example.booked("kingdee-k3cloud", 2), await example.booked("yonyou-nc", 1)
        assert [(one.key, one.state, one.amount) for one in kingdee] == [
            ("B-1010-1", "C", Decimal("21950.00")),
            ("B-1020-1", "C", Decimal("21950.00")),
        ]
        assert [one.document["FAccountBookID"]["FNumber"] for one in kingdee] == ["001", "002"]
        assert lines(kingdee[0].document) == [
            ("6602.03", "FDEBIT", Decimal("11009.17")),
            ("6602.04", "FDEBIT", Decimal("9245.28")),
            ("6602.05", "FDEBIT", Decimal("150.00")),
            ("2221.01.01", "FDEBIT", Decimal("990.83")),
            ("2221.01.01", "FDEBIT", Decimal("554.72")),
            ("2241.01", "FCREDIT", Decimal("21950.00")),
        ]
        assert [(one.key, one.amount) for one in nc] == [("B-2010-1", Decimal("21950.00"))]
        written = {one.key: one.document["voucherNo"] for one in await example.booked("ekuaibao", 3)}
        numbers = {"1010-1": kingdee[0].number, "1020-1": kingdee[1].number, "2010-1": "2026.04-记账凭证-1"}
        assert written == numbers
        archived = await example.booked("rest", 3)
        assert {one.document["flowId"]: one.document["voucher"] for one in archived} == numbers
