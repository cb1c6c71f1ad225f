"""What Yonyou YonBIP has beyond the others: a gateway for each tenant, platform codes, and a memory that fades."""

from staged import Scene

SYSTEM = "yonbip"
HOUR, DAY = 3600, 86400


async def test_a_tenants_gateway_is_this_server(named: Scene) -> None:
    heard = await named.speaks.say("GET", "/open-auth/dataCenter/getGatewayAddress?tenantId=relay-tenant")
    assert heard.json()["data"] == {
        "tokenUrl": f"{named.url}/iuap-api-auth",
        "gatewayUrl": f"{named.url}/iuap-api-gateway",
    }


async def test_the_platform_says_what_it_lacks_by_code(named: Scene) -> None:
    assert (await named.speaks._log_in("relay-app-secret", "another")).json()["code"] == "10018"
    assert (await named.speaks.voucher("addVoucher", "{}", access_token="")).json()["code"] == "310001"
    nowhere = await named.speaks.voucher("audit", "{}")
    assert (nowhere.status, nowhere.json()["code"]) == (404, "310404")


async def test_a_business_id_is_known_wholly_for_an_hour_by_id_for_a_month_and_then_new(named: Scene) -> None:
    first = (await named.speaks.post("B1", "1.00")).json()["data"]
    assert (await named.speaks.post("B1", "1.00")).json()["data"] == first
    named.played.clock.move(HOUR + 60)
    assert (await named.speaks.post("B1", "1.00")).json()["data"] == {"voucherId": first["voucherId"]}
    named.played.clock.move(30 * DAY)
    await named.speaks.log_in()
    assert (await named.speaks.post("B1", "1.00")).json()["data"]["billCode"] == 2
    assert named.played.books.doubled() == ["B1"]


async def test_pages_of_the_ledger(named: Scene) -> None:
    for key in ("B1", "B2", "B3"):
        await named.speaks.post(key, "1.00")
    body = '{"accbookCode": "book003", "periodStart": "2019-03", "pager": {"pageIndex": 2, "pageSize": 2}}'
    data = (await named.speaks.voucher("queryVouchers", body)).json()["data"]
    assert data["recordCount"] == 3
    assert [row["header"]["billcode"] for row in data["recordList"]] == [3]


async def test_a_ledger_asked_without_periods_shows_this_month_alone(named: Scene) -> None:
    await named.speaks.post("B1", "1.00")
    data = (await named.speaks.voucher("queryVouchers", '{"accbookCode": "book003"}')).json()["data"]
    assert data["recordCount"] == 0
