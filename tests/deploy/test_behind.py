"""A worker that can't load the version in force sends nothing by the one before it, and goes on once it can."""

from fleet import fleet_of
from played import playing
from redis.asyncio import Redis
from running import folder_of, until

ROUTES = """
version: 1
sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: none}}
destinations: {erp: {url: "${ERP}/erp"}}
routes: [{name: all, from: expenses, to: erp, request: {body: {number: "{{ body.number }}", company: COMPANY}}}]
"""
MENDED = ROUTES.replace("/erp", "/${COMPANY_CODE}").replace("COMPANY}", "'1010'}")


async def test_a_worker_that_lacks_a_variable_claims_nothing_until_it_may(redis: Redis, redis_url: str) -> None:
    env = {"RELAY_REDIS_URL": redis_url}
    async with playing() as erp, folder_of(ROUTES, {**env, "ERP": erp.url}) as lacking:
        known = {**env, "ERP": erp.url, "COMPANY_CODE": "1010"}
        async with folder_of(ROUTES, known) as web, fleet_of(web) as here, fleet_of(lacking) as there:
            await here.starts("web")
            await there.starts("worker")
            await web.event_in(await web.accepted("expenses", {"number": 1}), "delivered")
            version = (await web.get("/api/config"))["version"]
            change = {"files": {"routes.yaml": MENDED}, "expected": version}
            said = await web.ask("POST", "/api/config", change)
            assert said.status == 200, said

            async def is_refused() -> bool:
                told = (await web.get("/api/config"))["processes"]
                return any("COMPANY_CODE" in (one["refused"] or "") for one in told)

            await until(is_refused)
            event = await web.accepted("expenses", {"number": 2})
            assert (await web.get(f"/api/events/{event}"))["state"] == "pending"
            await here.starts("worker")
            await web.event_in(event, "delivered")
    assert [got.json for got in erp.at("/erp")] == [{"number": 1, "company": "COMPANY"}]
    assert [got.json for got in erp.at("/1010")] == [{"number": 2, "company": "1010"}]
