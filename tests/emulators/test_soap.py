"""The plain SOAP system: faults under HTTP 500, with a code in their detail."""

from staged import Scene

SYSTEM = "soap"
PATH = "/services/documents"


async def test_a_double_is_a_fault_that_holds_the_first_number(named: Scene) -> None:
    number = named.speaks.number(await named.speaks.post("A & B", "1.00"))
    heard = await named.speaks.post("A & B", "1.00")
    assert heard.status == 500
    assert "<code>EXISTS</code>" in heard.text
    assert f"<number>{number}</number>" in heard.text


async def test_what_is_no_call_is_a_fault(named: Scene) -> None:
    for path, body in ((PATH, "<other/>"), (PATH, "<half"), (f"{PATH}/find", "<post/>")):
        heard = await named.speaks.call(path, body)
        assert heard.status == 500
        assert "faultstring" in heard.text


async def test_a_call_without_its_user_is_401(named: Scene) -> None:
    assert (await named.speaks.say("POST", f"{PATH}/find", data=b"")).status == 401
