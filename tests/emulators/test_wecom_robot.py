"""WeCom's robot: errcodes inside HTTP 200."""

from staged import Scene

SYSTEM = "wecom-robot"


async def test_what_is_wrong_is_an_errcode_in_a_200(named: Scene) -> None:
    for message, code in (
        ({"msgtype": "voucher"}, 40008),
        ({"msgtype": "markdown", "markdown": {"content": ""}}, 44004),
        ({"msgtype": "markdown", "markdown": {"content": "3 vouchers are dead"}}, 0),
    ):
        heard = await named.speaks.send(message)
        assert (heard.status, heard.json()["errcode"]) == (200, code)
