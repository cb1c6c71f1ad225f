"""`server.admin`: what people and programs ask has a socket of its own, and senders can't reach it."""

import pytest
from running import Relay, folder_of, free_port, until

ROUTES = """
version: 1
server: {admin: "127.0.0.1:ADMIN"}
sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}"}}
destinations: {erp: {url: "http://127.0.0.1:9"}}
routes: []
"""


@pytest.mark.usefixtures("redis")
async def test_api_and_metrics_are_at_their_own_address_alone_which_two_webs_share(redis_url: str) -> None:
    port = free_port()
    async with folder_of(ROUTES.replace("ADMIN", str(port)), {"RELAY_REDIS_URL": redis_url}) as relay:
        inside, outside = f"http://127.0.0.1:{port}", relay.url
        async with relay.up_with("web", "--port", str(relay.port)):
            await until(relay.is_ready)
            event = await relay.accepted("expenses", {"n": 1})
            claims_it = {"Host": f"127.0.0.1:{port}", "X-Forwarded-Host": f"127.0.0.1:{port}"}
            for path in ("/api/lanes", "/metrics", "/api", f"/api/events/{event}"):
                assert await status(relay, outside, path) == await status(relay, outside, path, **claims_it) == 404
            assert [await status(relay, inside, path) for path in ("/api/lanes", "/metrics", "/api")] == [200, 200, 404]
            assert [await status(relay, at, "/health/ready") for at in (inside, outside)] == [200, 200]
            shown = await relay.run("show", event, env={"RELAY_URL": ""})
            assert (shown.code, event in shown.out) == (0, True), "it is found by the file"
            async with relay.up_with("web", "--port", str(second := free_port())):
                relay.url = f"http://127.0.0.1:{second}"
                await until(relay.is_ready)
            assert await status(relay, inside, f"/api/events/{event}") == 200


async def status(relay: Relay, at: str, path: str, **headers: str) -> int:
    relay.url = at
    return (await relay.ask("GET", path, headers=headers)).status
