"""Secrets and bodies: planted in every place that has one, and looked for in every place that people see."""

import json
from pathlib import Path
from typing import Any

import pytest
from played import Answer, Got, Reset, says
from running import TOKEN
from signing import SECRET
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLANTED = {
    "path": "planted-path-7781",
    "header": "planted-header-7781",
    "query": "planted-query-7781",
    "basic": "planted-basic-7781",
    "bearer": "planted-bearer-7781",
    "written": "planted-written-7781",
    "url": "planted&url/7781",
    "signing": "planted-signing-7781",
    "client": "planted-client-7781",
    "session": "planted-session-7781",
}
BODY_MARK = "the-body-mark-5512"
TO = ("basic", "bearer", "written", "url", "echoing", "by-login")
ROUTES = f"""
version: 1
sources:
  standard: {{verify: standard-webhooks, secret: "${{SECRET}}", callback: origin}}
  by-path: {{verify: {{algorithm: token, path: true}}, secret: {PLANTED["path"]}}}
  by-header: {{verify: {{algorithm: token, header: X-Token}}, secret: {PLANTED["header"]}}}
  by-query: {{verify: {{algorithm: token, query: key}}, secret: {PLANTED["query"]}}}
destinations:
  basic: {{url: "${{ERP}}/basic", auth: {{type: basic, username: u, password: {PLANTED["basic"]}}}}}
  bearer: {{url: "${{ERP}}/bearer", auth: {{type: bearer, token: {PLANTED["bearer"]}}}}}
  written: {{url: "${{ERP}}/written", headers: {{Authorization: "Bearer {PLANTED["written"]}"}}}}
  url: {{url: "${{ERP}}/url", auth: {{type: query, name: k, value: "{PLANTED["url"]}"}}}}
  by-login:
    url: ${{ERP}}/by-login
    auth:
      type: oauth2
      token_url: ${{ERP}}/token
      client_id: relay
      client_secret: {PLANTED["client"]}
  origin:
    url: ${{ERP}}/origin
    sign: {{scheme: {{algorithm: hmac-sha256, header: X-Signature, encoding: hex}}, secret: {PLANTED["signing"]}}}
  echoing:
    url: ${{ERP}}/echoing
    auth: {{type: header, name: X-Key, value: {PLANTED["bearer"]}}}
    result:
      - {{when: "status == 422", outcome: rejected, reason: "{{{{ body.message }}}}"}}
routes:
  - {{name: each, from: "*", when: "body.to is defined", to: "{{{{ body.to }}}}"}}
  - name: broken
    from: "*"
    when: body.broken is defined
    to: basic
    request: {{body: {{x: "{{{{ body.broken | date('%Y') }}}}"}}}}
"""


def echo(got: Got) -> Answer:
    """An ERP that says everything back that it was told."""
    said = {"message": f"refused: {got.target} {json.dumps(dict(got.headers))}", "body": got.body.decode()}
    return says(said, 422, X_Said=got.headers.get("x-key", "-"), Set_Cookie=PLANTED["bearer"])


def kept(data: Path) -> bytes:
    """All that Redis writes to its disk: the changes as they came, and what it has packed."""
    return b"".join(file.read_bytes() for file in data.rglob("*") if file.suffix in (".aof", ".rdb"))


async def stored_without_secrets(world: World) -> None:
    """But what a login brought, which all workers need, and a credential that somebody wrote into `headers:`, which is
    a part of the request: that is kept as rendered, to be sent again unchanged."""
    file = kept(world.relay.data)
    assert BODY_MARK.encode() in file, "an event is kept as it came"
    for name, secret in PLANTED.items():
        assert (secret.encode() in file) == (name in ("session", "written")), name
    assert SECRET.encode() not in file
    assert TOKEN.encode() not in file


def reset(_got: Got) -> Answer:
    raise Reset


async def shown(world: World) -> str:
    """All that the API tells of all events and lanes."""
    listed = (await world.relay.get("/api/events?limit=500"))["events"]
    each = [await world.relay.get(f"/api/events/{one['id']}") for one in listed]
    return json.dumps([listed, each, await world.relay.get("/api/lanes")], ensure_ascii=False)


async def settled(world: World, body: dict[str, Any]) -> None:
    event = await world.relay.accepted("standard", body | {"note": BODY_MARK})
    await world.relay.event_in(event, "delivered", "dead", "held")


async def test_no_planted_secret_is_ever_shown_and_no_body_is_logged(world: World) -> None:
    world.erp.answers |= {f"/{path}": echo for path in TO}
    world.erp.answers["/token"] = lambda _got: says({"access_token": PLANTED["session"], "token_type": "bearer"})
    for to in TO:
        await settled(world, {"to": to})
        world.erp.answers[f"/{to}"] = reset
        await settled(world, {"to": to, "again": True})
    await settled(world, {"broken": BODY_MARK})
    await settled(world, {"to": BODY_MARK})
    sent = f'{{"note": "{BODY_MARK}"}}'.encode()
    kind = {"Content-Type": "application/json"}
    for path, headers in [
        ("by-path/" + PLANTED["path"], {}),
        ("by-path/" + PLANTED["path"] + "x", {}),
        ("by-header", {"X-Token": PLANTED["header"]}),
        ("by-header", {"X-Token": PLANTED["header"] + "x"}),
        ("by-query?key=" + PLANTED["query"], {}),
        ("nobody/" + PLANTED["path"], {}),
        ("nobody?key=" + PLANTED["query"], {"Authorization": "Bearer " + PLANTED["bearer"]}),
        ("by-path/" + PLANTED["path"] + "/more", {}),
    ]:
        said = await world.relay.ask("POST", f"/in/{path}", sent, {**kind, **headers}, token=None)
        assert said.status in (202, 401, 404)
        assert "planted" not in said.body.decode()
    told = [got.body.decode() for got in await world.erp.count("/origin", 8)]
    log, api = world.relay.log, await shown(world)
    figures = (await world.relay.ask("GET", "/metrics", token=None)).body.decode()
    assert "relay_requests_refused_total" in figures
    assert world.erp.at("/by-login")[0].headers["authorization"].endswith(PLANTED["session"])
    for secret in (*PLANTED.values(), "planted%26url%2F7781", SECRET, SECRET.removeprefix("whsec_"), TOKEN):
        assert secret not in log
        assert secret not in api
        assert secret not in figures
        assert not any(secret in body for body in told)
    assert BODY_MARK not in log
    assert BODY_MARK not in figures
    assert "***" in api
    await stored_without_secrets(world)


async def test_what_is_kept_of_attempts_and_events_holds_no_credential(world: World) -> None:
    event = await world.relay.ask(
        "POST",
        "/in/by-header",
        b'{"to": "echoing"}',
        {"X-Token": PLANTED["header"], "Content-Type": "application/json", "Authorization": "Bearer of-somebody"},
        token=None,
    )
    await world.relay.event_in(event.json["id"], "dead", "held")
    async with world.relay.redis() as redis:
        redis.connection_pool.connection_kwargs["decode_responses"] = False
        kept = b"".join([await redis.get(key) for key in await redis.keys("e:*")])
        records = b"".join([b"".join(await redis.lrange(key, 0, -1)) for key in await redis.keys("a:*")])
    assert b"planted" not in records
    assert b"echoing" in kept
    assert PLANTED["header"].encode() not in kept
    assert b"of-somebody" not in kept


async def test_a_faulty_change_that_shows_a_secret_in_its_place_is_reported_without_it(world: World) -> None:
    broken = ROUTES.replace(f"secret: {PLANTED['path']}}}", f"secret: {PLANTED['path']}, unknown: 1}}")
    (world.relay.folder / "broken.yaml").write_text(broken.replace("type: basic,", f"type: {PLANTED['basic']},"))
    ran = await world.relay.run("check", "broken.yaml", env={"ERP": "http://127.0.0.1:9"})
    assert ran.code == 1
    assert "unknown" in ran.err
    assert PLANTED["path"] not in ran.err + ran.out
