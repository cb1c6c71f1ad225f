"""SAP Business One: two cookies, a path whose case counts, half an hour."""

from staged import Scene

SYSTEM = "sap-b1"


async def test_each_of_its_two_cookies_is_wanted(named: Scene) -> None:
    jar = named.speaks.http.cookie_jar
    given = {cookie.key: cookie.value for cookie in jar}
    assert set(given) == {"B1SESSION", "ROUTEID"}
    for name, value in given.items():
        jar.clear()
        jar.update_cookies({name: value})
        heard = await named.speaks.post("B1", "1.00")
        assert (heard.status, heard.json()["error"]["code"]) == (401, 301)


async def test_a_path_in_the_wrong_case_says_that_the_session_is_invalid(named: Scene) -> None:
    named.speaks.http.cookie_jar.clear()
    heard = await named.speaks.say("POST", "/b1s/v1/login", json=named.speaks.account)
    assert (heard.status, heard.json()["error"]["code"]) == (401, 301)


async def test_a_session_holds_for_half_an_hour(named: Scene) -> None:
    named.played.clock.move(1790)
    assert (await named.speaks.post("B1", "1.00")).status == 201
    named.played.clock.move(20)
    assert (await named.speaks.post("B2", "1.00")).status == 401


async def test_a_refusal_is_a_400_with_a_code(named: Scene) -> None:
    heard = await named.speaks.post("B1", "1.00", "2.00")
    assert (heard.status, heard.json()["error"]["code"]) == (400, -5002)
