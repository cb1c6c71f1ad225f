"""What Yonyou U8 OpenAPI has beyond the others: trade ids, results that are asked for, and JSON called HTML."""

from staged import Scene

SYSTEM = "yonyou-u8"


async def test_its_json_is_called_html(named: Scene) -> None:
    heard = await named.speaks.post("B1", "1.00")
    assert heard.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_one_trade_id_makes_one_voucher(named: Scene) -> None:
    heard = await named.speaks.say("GET", "/system/tradeid", params=named.speaks.caller())
    trade = heard.json()["trade"]["id"]
    answers = [await named.speaks.post("", "1.00", tradeid=trade, sync="1") for _ in range(2)]
    assert [answer.json()["id"] for answer in answers] == ["1", "1"]
    assert [entry.key for entry in named.played.books.entries] == [trade]


async def test_a_trade_id_that_it_didnt_give_is_refused(named: Scene) -> None:
    assert "tradeid" in (await named.speaks.post("", "1.00", tradeid="made-up", sync="1")).json()["errmsg"]


async def test_without_a_key_the_same_voucher_is_booked_twice(named: Scene) -> None:
    for _ in range(2):
        await named.speaks.post("", "1.00", sync="1")
    assert len(named.played.books.entries) == 2


async def test_unless_told_to_wait_it_answers_with_an_address_that_has_the_result_after_some_polls(
    named: Scene,
) -> None:
    url = (await named.speaks.post("B1", "1.00", biz_id="B1")).json()["url"]
    polls = [(await named.speaks.say("GET", url.removeprefix(named.url))).json() for _ in range(3)]
    assert [poll.get("id") for poll in polls] == [None, None, "1"]
    assert "正在处理" in polls[0]["errmsg"]
