"""What Kingdee Cosmic has beyond the others: an older login in two steps, rows that fail one by one, and updates."""

from staged import Scene

SYSTEM = "kingdee-cosmic"


def app(scene: Scene, secret: str = "cosmic-app-secret") -> dict[str, str]:
    return {"appId": "relay-app", "appSecuret": secret, "accountId": scene.speaks.account["accountId"]}


async def test_the_older_login_takes_two_steps(named: Scene) -> None:
    token = (await named.speaks.classic("getAppToken", **app(named)))["data"]["app_token"]
    asked = {"user": "relay", "apptoken": token, "accountId": named.speaks.account["accountId"]}
    named.speaks.token = (await named.speaks.classic("login", **asked))["data"]["access_token"]
    assert named.speaks.number(await named.speaks.post("B1", "1.00")) == "B1"


async def test_wrong_secrets_in_a_row_shut_the_app_out(named: Scene) -> None:
    for _ in range(5):
        assert (await named.speaks.classic("getAppToken", **app(named, "wrong")))["state"] == "error"
    assert (await named.speaks.classic("getAppToken", **app(named)))["errorCode"] == "login.loginLimit"


async def test_a_token_costs_right_time_and_account(named: Scene) -> None:
    for more in ({"timestamp": 1}, {"accountId": "another"}, {"nonce": ""}):
        assert (await named.speaks._log_in("cosmic-client-secret", **more)).json()["errorCode"] == "603"


async def test_more_than_thirty_tokens_in_a_minute_are_too_many(named: Scene) -> None:
    codes = [(await named.speaks._log_in("cosmic-client-secret")).json()["errorCode"] for _ in range(30)]
    assert codes == ["0"] * 29 + ["604"]


async def test_a_row_that_fails_hides_under_a_status_that_is_true(named: Scene) -> None:
    good, bad = '{"billno": "B1", "entries": [{"debitlocal": 1}, {"creditlocal": 1}]}', '{"billno": "B2"}'
    said = (await named.speaks.save(good, bad)).json()
    assert (said["status"], said["data"]["failCount"]) == (True, "1")
    assert [row["billStatus"] for row in said["data"]["result"]] == [True, False]
    assert [entry.key for entry in named.played.books.entries] == ["B1"]


async def test_a_bill_number_that_is_there_is_updated(named: Scene) -> None:
    types = [(await named.speaks.post("B1", amount)).json()["data"]["result"][0]["type"] for amount in ("1", "2")]
    assert types == ["Add", "Update"]
    assert [entry.amount for entry in named.played.books.entries] == [2]
