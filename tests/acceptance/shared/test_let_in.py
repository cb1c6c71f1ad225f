"""Refused requests are seen with their reason, and let in once the secret is mended; bodies go when their time ends."""

import json
from typing import Any

import pytest
from running import until
from signing import SECRET, standard_webhooks
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRONG = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"
TOKEN_IN_PATH = "a-token-that-stands-in-the-path"
ROUTES = """
version: 1
defaults: {retention: {bodies: 1ms}}
sources:
  expenses: {verify: standard-webhooks, secret: "%s"}
  hesi: {verify: {algorithm: token, path: true}, secret: %s}
destinations: {erp: {url: "${ERP}/erp"}}
routes: [{name: booked, from: [expenses, hesi], to: erp}]
"""
MENDED = ROUTES % (SECRET, TOKEN_IN_PATH)
ROUTES = ROUTES % (WRONG, "another-token-in-the-path")


async def refused(world: World, query: str, count: int) -> list[Any]:
    """Once they are written."""
    found: list[Any] = []

    async def there() -> bool:
        found[:] = (await world.relay.get(f"/api/refused?{query}"))["refused"]
        return len(found) >= count

    await until(there)
    assert len(found) == count
    return found


async def test_what_was_refused_is_let_in_once_with_who_and_why_after_the_secret_was_mended(world: World) -> None:
    relay = world.relay
    body = json.dumps({"number": "B1", "traveller": "王芳"}).encode()
    signed = standard_webhooks(body, SECRET, "m1")
    for headers in (signed, {**signed, "webhook-id": "m2"}):
        assert (await relay.ask("POST", "/in/expenses", body, headers, token=None)).status == 401
    assert (await relay.ask("POST", f"/in/hesi/{TOKEN_IN_PATH}", b"{}", token=None)).status == 401
    assert (await relay.ask("POST", "/in/nobody", b"{}", token=None)).status == 404
    second, first = await refused(world, "source=expenses&reason=signature", 2)
    (by_path,) = await refused(world, "source=hesi", 1)
    (nobody,) = await refused(world, "reason=unknown_source", 1)
    assert (first["size"], first["kept"], nobody["kept"]) == (len(body), True, False)
    shown = json.dumps(await relay.get("/api/refused"))
    assert "王芳" not in shown
    stored = b"".join([await redis_dump(world, key) for key in (f"x:{by_path['id'][4:]}", "refused")])
    assert TOKEN_IN_PATH.encode() not in stored
    early = await relay.run("readmit", first["id"])
    assert (early.code, "refused" in early.out, "see the reasons above" in early.err) == (1, True, True)

    version = (await relay.get("/api/status"))["config"]
    relay.write(MENDED)

    async def mended() -> bool:
        return (await relay.get("/api/status"))["config"] != version

    await until(mended)
    let = await relay.run(
        "readmit", "--source", "expenses", "--since", "1h", "--reason", "signature", "--note", "密钥已换"
    )
    assert let.code == 1, let
    assert "1 accepted, 0 duplicate, 1 refused" in let.out
    assert [one["id"] for one in await refused(world, "source=expenses", 1)] == [second["id"]]
    event = next(word for word in let.out.split() if word.startswith("evt_"))
    found = await relay.event_in(event, "delivered")
    assert (found["let_in"]["by"], found["let_in"]["note"]) == ("operator", "密钥已换")
    assert found["let_in"]["refused_at"] == first["at"]
    assert (await relay.ask("POST", "/in/expenses", body, signed, token=None)).json["duplicate"]

    said = await relay.ask("POST", f"/api/refused/{by_path['id']}/readmit", {})
    assert (said.status, said.json["outcome"]) == (200, "accepted")
    assert (await relay.ask("POST", f"/api/refused/{by_path['id']}/readmit", {})).status == 404
    assert (await relay.ask("POST", f"/api/refused/{nobody['id']}/readmit", {})).status == 409
    table = (await relay.run("refused", "--source", "expenses")).out
    assert second["id"] in table
    assert "signature" in table

    removed = f"/api/events/{event}/body"

    async def gone() -> bool:
        return (await relay.ask("GET", removed)).status == 410

    await until(gone)
    told = (await relay.run("show", event)).out
    assert "its body was removed" in told
    assert "let in" in told
    again = await relay.run("replay", event)
    assert again.code == 1, again
    assert "have the source send it again" in again.err


async def redis_dump(world: World, key: str) -> bytes:
    """A key's value, whatever it is."""
    async with world.relay.redis() as redis:
        if key == "refused":
            return repr(await redis.xrange(key)).encode()
        return (await redis.execute_command("GET", key, NEVER_DECODE=True)) or b""
