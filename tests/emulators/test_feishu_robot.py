"""Feishu's robot: a signature in the body, and codes inside HTTP 200."""

from staged import Scene

SYSTEM = "feishu-robot"
MESSAGE = {"msg_type": "text", "content": {"text": "3 vouchers are dead"}}


async def test_what_is_wrong_is_a_code_in_a_200(named: Scene) -> None:
    for heard, code in (
        (await named.speaks.send(MESSAGE), 0),
        (await named.speaks.send(MESSAGE, ahead_s=-3700), 19021),
        (await named.speaks.send(MESSAGE, timestamp="soon"), 19021),
        (await named.speaks.send(MESSAGE, hook="another"), 19001),
        (await named.speaks.send({"msg_type": "voucher"}), 9499),
        (await named.speaks.send({"msg_type": "post", "content": {"post": {"zh_cn": {"title": "3"}}}}), 0),
        (await named.speaks.send({"msg_type": "interactive", "card": {"elements": []}}), 0),
    ):
        assert (heard.status, heard.json()["code"]) == (200, code)
    assert named.played.books.entries[0].key == "3 vouchers are dead"
