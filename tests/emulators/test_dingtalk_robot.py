"""DingTalk's robot: its signature, and errcodes inside HTTP 200."""

from staged import Scene

SYSTEM = "dingtalk-robot"
MESSAGE = {"msgtype": "markdown", "markdown": {"title": "Dead letters", "text": "3 vouchers are dead"}}


async def test_a_message_is_taken_with_its_text(named: Scene) -> None:
    assert (await named.speaks.send(MESSAGE)).json() == {"errcode": 0, "errmsg": "ok"}
    assert named.played.books.entries[0].key == "3 vouchers are dead"


async def test_a_wrong_signature_and_an_old_one_are_310000_in_a_200(named: Scene) -> None:
    for wrong, text in (
        (await named.speaks.send(MESSAGE, sign="wrong"), "sign not match"),
        (await named.speaks.send(MESSAGE, timestamp="soon"), "invalid timestamp"),
        (await named.speaks.send(MESSAGE, ahead_ms=-3_700_000), "invalid timestamp"),
    ):
        assert (wrong.status, wrong.json()) == (200, {"errcode": 310000, "errmsg": text})
    assert named.played.books.entries == []
