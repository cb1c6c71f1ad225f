"""The API is as its own description says: every call is asked what that allows, and what it doesn't."""

import asyncio
import os
import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from played import says
from running import TOKEN, until
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
  open: {verify: none, allow: [127.0.0.0/8]}
destinations:
  erp: {url: "${ERP}/erp", stop_after: 0, result: [{when: status == 422, outcome: rejected, reason: no}]}
routes: [{name: booked, from: expenses, to: erp}]
"""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = int(os.environ.get("RELAY_EXAMPLES", "3"))  # of each kind for each call; a long run takes 200


async def test_every_call_answers_as_it_is_described(world: World) -> None:
    world.erp.answers["/erp"] = lambda _got: says({}, 422)
    event = await world.relay.accepted("expenses", {"n": 1})
    dead = await world.relay.delivery_in(event, "dead")
    there = {"events": event, "deliveries": dead["id"], "refused": await refused(world), "in": "open"}
    schema = schemathesis.openapi.from_dict(await world.relay.get("/api/openapi.json"))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 12
    for operation in operations:
        for mode in modes(operation.path):
            cases = operation.as_strategy(generation_mode=mode)
            await asyncio.to_thread(ask, cases, world.relay.url, there)


def modes(path: str) -> list[GenerationMode]:
    """What is open to all describes no body and no parameter that could be wrong."""
    wrong = [GenerationMode.NEGATIVE] if path.startswith("/api") else []
    return [GenerationMode.POSITIVE, *wrong]


async def refused(world: World) -> str:
    """The id of a request that was refused."""
    assert (await world.relay.ask("POST", "/in/expenses", {}, token=None)).status == 401
    found: list[Any] = []

    async def kept() -> bool:
        found[:] = (await world.relay.get("/api/refused"))["refused"]
        return bool(found)

    await until(kept)
    return found[0]["id"]


def ask(cases: Any, url: str, there: dict[str, str]) -> None:
    """Each case as it is, and of a thing that there is."""

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def each(case: Case) -> None:
        parameters = case.path_parameters or {}
        for name in {"id", "source"} & parameters.keys() if len(case.query or {}) % 2 == 0 else ():
            parameters[name] = next(one for kind, one in there.items() if kind in case.path.split("/"))
        case.call_and_validate(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, checks=CHECKS)

    each()


async def test_all_that_is_served_is_described_and_says_who_may_ask(world: World) -> None:
    described = await world.relay.get("/api/openapi.json")
    assert described["security"] == [{"token": []}]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            filled = re.sub("{[a-z]+}", "none", path)
            without = await world.relay.ask(method.upper(), filled, token=None)
            assert (without.status == 401) is path.startswith("/api") is ("security" not in operation)
            assert (await world.relay.ask(method.upper(), filled)).status != 405


async def test_what_the_contract_says_of_a_sender_is_described_and_is_what_a_sender_gets(world: World) -> None:
    posted = (await world.relay.get("/api/openapi.json"))["paths"]["/in/{source}"]["post"]["responses"]
    assert set(posted) == {"200", "202", "400", "401", "404", "413", "415", "429", "503"}
    new, known = [await world.relay.send("expenses", {"n": 2}, event="msg_described") for _ in range(2)]
    assert (new.status, set(new.json), known.status, set(known.json)) == (
        *(202, {"id", "deliveries"}),
        *(200, {"id", "duplicate"}),
    )
    paths = (await world.relay.get("/api/openapi.json"))["paths"]
    assert {"/health/live", "/health/ready", "/metrics", "/confirm/{delivery}/{token}"} <= paths.keys()
