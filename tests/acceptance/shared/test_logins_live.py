"""Logins in a running relay with two workers: how often, what waits, and what is shown."""

import json

import pytest
from played import Answer, Got, says
from running import until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKERS = 2
PASSWORD = "planted-password-3391"
ROUTES = f"""
version: 1
sources:
  expenses: {{verify: standard-webhooks, secret: "${{SECRET}}"}}
destinations:
  base:
    abstract: true
    concurrency: 16
    retry: {{first: 100ms}}
    breaker: {{failures: 5, probe: 200ms, cap: 200ms}}
    result:
      - {{when: "body.code == 'SESSION'", outcome: unauthorised}}
      - {{when: "body.code == '0'", outcome: delivered, document: "{{{{ body.document }}}}"}}
  open:
    extends: base
    url: ${{ERP}}/open
    vars: {{url: "${{ERP}}/login", password: {PASSWORD}}}
    auth:
      type: login
      requests:
        - url: "{{{{ vars.url }}}}"
          body: {{user: relay, password: "{{{{ vars.password }}}}"}}
          take: {{token: "{{{{ body.token }}}}"}}
      cookies: [SESSION]
      headers: {{X-Token: "{{{{ session.token }}}}"}}
  shut:
    extends: base
    url: ${{ERP}}/shut
    auth:
      type: oauth2
      token_url: ${{ERP}}/token
      client_id: relay
      client_secret: {PASSWORD}
routes:
  - {{name: each, from: expenses, to: "{{{{ body.to }}}}"}}
"""


class System:
    """A played ERP whose sessions can be ended."""

    def __init__(self) -> None:
        self.ended: set[str] = set()
        self.logins = 0

    def login(self, got: Got) -> Answer:
        assert got.json == {"user": "relay", "password": PASSWORD}
        self.logins += 1
        cookie = f"SESSION=planted-cookie-{self.logins}; Path=/"
        return says({"token": f"planted-token-{self.logins}"}, Set_Cookie=cookie)

    def document(self, got: Got) -> Answer:
        token = got.headers.get("x-token", "")
        if token != f"planted-token-{self.logins}" or token in self.ended:
            return says({"code": "SESSION"})
        assert got.headers["cookie"] == f"SESSION=planted-cookie-{self.logins}"
        return says({"code": "0", "document": "V-1", "echo": dict(got.headers)})


async def test_a_burst_logs_in_once_and_again_where_the_session_is_lost(world: World) -> None:
    system = System()
    world.erp.answers |= {"/login": system.login, "/open": system.document}
    events = [await world.relay.accepted("expenses", {"to": "open", "n": number}) for number in range(40)]
    for event in events:
        await world.relay.event_in(event, "delivered")
    assert system.logins == 1
    system.ended.add("planted-token-1")
    more = [await world.relay.accepted("expenses", {"to": "open", "again": number}) for number in range(40)]
    for event in more:
        shown = await world.relay.event_in(event, "delivered")
        (attempt,) = shown["deliveries"][0]["attempts"]
        assert attempt["outcome"] == "delivered"
    assert system.logins == 2
    bodies = {(got.headers["relay-event-id"], got.body) for got in world.erp.at("/open")}
    assert len(bodies) == len(events) + len(more)


async def test_nothing_that_a_login_brought_or_needed_is_shown(world: World) -> None:
    system = System()
    world.erp.answers |= {"/login": system.login, "/open": system.document}
    event = await world.relay.accepted("expenses", {"to": "open", "shown": True})
    shown = json.dumps(await world.relay.event_in(event, "delivered"))
    assert "X-Token" in shown
    for secret in (PASSWORD, "planted-token-", "planted-cookie-"):
        assert secret not in shown


async def test_a_refused_login_is_asked_once_and_its_documents_wait(world: World) -> None:
    world.erp.answers["/token"] = lambda _: says({"error": "invalid_client"}, 401)
    events = [await world.relay.accepted("expenses", {"to": "shut", "n": number}) for number in range(10)]

    async def probed() -> bool:
        shown = [await world.relay.get(f"/api/events/{event}") for event in events]
        return sum(len(one["deliveries"][0]["attempts"]) for one in shown) > 10 + 3

    await until(probed)
    assert (await world.relay.lane("shut"))["breaker"] != "closed"
    assert len(world.erp.at("/token")) == 1
    assert not world.erp.at("/shut")
    for event in events:
        (delivery,) = (await world.relay.get(f"/api/events/{event}"))["deliveries"]
        assert delivery["state"] in {"pending", "waiting", "in_flight"}
    world.erp.answers["/token"] = lambda _: says({"access_token": "t-1", "token_type": "Bearer", "expires_in": 3600})
    await world.relay.ask("POST", "/api/lanes/shut/resume")
    for event in events:
        await world.relay.event_in(event, "delivered")
