"""A changed routes.yaml comes into force by itself; what was rendered before stays as it was sent."""

import asyncio
from typing import Any

from played import Answer, Got, Reset, booked, playing, says
from running import relay_up, until

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}"}
destinations:
  erp: {url: "${ERP}/erp", ambiguous: hold}
routes:
  - {name: paid, from: expenses, to: erp, request: {body: {total: "{{ MAPPING }}"}}}
"""
GOOD, MENDED = "body.amount", "body.amount | money('CNY')"


async def test_a_mended_mapping_is_in_force_at_once_and_a_replay_renders_anew() -> None:
    async with playing() as erp, relay_up(ROUTES.replace("MAPPING", "body.ammount"), {"ERP": erp.url}) as relay:
        event = await relay.accepted("expenses", {"amount": 5})
        dead = await relay.delivery_in(event, "dead")
        assert dead["reason"].startswith("mapping: ")
        before = (await relay.get(f"/api/events/{event}"))["config"]
        relay.write(ROUTES.replace("MAPPING", MENDED))
        await until(lambda: said_in_force(relay))
        await relay.ask("POST", f"/api/deliveries/{dead['id']}/replay")
        delivery = await relay.delivery_in(event, "delivered")
        assert [got.body for got in erp.at("/erp")] == [b'{"total":5.00}']
        assert delivery["attempts"][0]["config"] == before
        assert delivery["attempts"][-1]["config"] != before


async def test_a_routing_death_that_was_cancelled_has_its_business_key_once_it_is_replayed() -> None:
    routes = ROUTES.replace("MAPPING", "body.amount").replace("to: erp,", "to: erp, once: '{{ KEY }}',")
    async with playing() as erp, relay_up(routes.replace("KEY", "body.numbre"), {"ERP": erp.url}) as relay:
        event = await relay.accepted("expenses", {"number": "B1", "amount": 5})
        dead = await relay.delivery_in(event, "dead")
        await relay.ask("POST", f"/api/deliveries/{dead['id']}/release", {"as": "dead", "note": "given up"})
        await until(lambda: worker_is_there(relay))
        relay.write(routes.replace("KEY", "body.number"))
        await until(lambda: said_in_force(relay))
        await relay.ask("POST", f"/api/deliveries/{dead['id']}/replay")
        assert (await relay.delivery_in(event, "delivered"))["once"] == "B1"


async def worker_is_there(relay) -> bool:
    """One that starts later reads the new file at once, and says nothing of a change."""
    async with relay.redis() as redis:
        return await redis.scard("rq:workers") == 1


async def said_in_force(relay, before: int = 0) -> bool:
    """By the web process and by the worker."""
    return relay.log.count("is in force") >= before + 2


async def test_a_mended_address_reaches_what_was_tried_at_the_wrong_one() -> None:
    """Where it refused the connection, and where it answered 404."""
    quick = "retry: {first: 100ms, factor: 1}, breaker: {failures: 2, probe: 100ms, cap: 1s}"
    routes = ROUTES.replace("MAPPING", GOOD).replace("ambiguous: hold", f"ambiguous: hold, {quick}")
    async with playing() as erp, relay_up(routes, {"ERP": erp.url}) as relay:
        erp.answers["/wrong"] = lambda _got: says({}, 404)
        await relay.delivery_in(await relay.accepted("expenses", {"amount": 0}), "delivered")
        for wrong in ("http://127.0.0.1:9/erp", "${ERP}/wrong"):
            told = relay.log.count("is in force")
            relay.write(routes.replace("${ERP}/erp", wrong))
            await until(lambda told=told: said_in_force(relay, told))
            event = await relay.accepted("expenses", {"amount": wrong})
            await relay.delivery_in(event, "waiting", tried=2)
            relay.write(routes)
            await until(lambda told=told: said_in_force(relay, told + 2))
            await relay.delivery_in(event, "delivered")


async def test_a_retry_sends_the_bytes_of_the_first_attempt_whatever_routes_yaml_says_now() -> None:
    up = asyncio.Event()

    def answer(_got: Got) -> Answer:
        if not up.is_set():
            raise Reset
        return booked("V-1")

    async with playing() as erp, relay_up(ROUTES.replace("MAPPING", GOOD), {"ERP": erp.url}) as relay:
        erp.answers["/erp"] = answer
        retried, replayed = [await relay.accepted("expenses", {"amount": n}) for n in (1, 2)]
        held = [await relay.delivery_in(event, "held") for event in (retried, replayed)]
        relay.write(ROUTES.replace("MAPPING", MENDED))
        await until(lambda: said_in_force(relay))
        up.set()
        await relay.ask("POST", f"/api/deliveries/{held[0]['id']}/release", {"as": "retry", "note": "seen"})
        await relay.ask("POST", f"/api/deliveries/{held[1]['id']}/replay")
        for event in (retried, replayed):
            await relay.delivery_in(event, "delivered")
        sent = {
            event: [got.body for got in erp.at("/erp") if got.headers["relay-event-id"] == event]
            for event in (retried, replayed)
        }
        assert sent[retried] == [b'{"total":1}', b'{"total":1}']
        assert sent[replayed] == [b'{"total":2}', b'{"total":2.00}']


async def test_a_faulty_change_is_refused_with_its_place_and_the_old_one_stays() -> None:
    async with playing() as erp, relay_up(ROUTES.replace("MAPPING", GOOD), {"ERP": erp.url}) as relay:
        await relay.event_in(await relay.accepted("expenses", {"amount": 5}), "delivered")
        relay.write(ROUTES.replace("MAPPING", GOOD) + "destination: {}\n")

        async def refused() -> bool:
            return relay.log.count("routes.yaml:9:1: ") >= 2

        await until(refused)
        await relay.event_in(await relay.accepted("expenses", {"amount": 7}), "delivered")
        assert [got.body for got in erp.at("/erp")] == [b'{"total":5}', b'{"total":7}']
        assert await relay.is_ready()


async def test_what_has_lost_its_route_is_held_and_what_has_lost_its_destination_waits_in_its_lane() -> None:
    """Both go on once they are back."""
    routes = ROUTES.replace("MAPPING", GOOD)
    other = '  archive: {url: "${ERP}/archive"}\nroutes:\n'
    kept = "  - {name: kept, from: expenses, to: archive}\n"
    whole = routes.replace("routes:\n", other) + kept
    async with playing() as erp, relay_up(whole, {"ERP": erp.url}) as relay:
        for lane in ("erp", "archive"):
            await relay.ask("POST", f"/api/lanes/{lane}/pause")
        await until(lambda: worker_is_there(relay))
        event = await relay.accepted("expenses", {"amount": 5})
        relay.write(routes.replace("name: paid", "name: other"))
        await until(lambda: said_in_force(relay))
        await relay.ask("POST", "/api/lanes/erp/resume")

        async def of(destination: str) -> Any:
            found = (await relay.get(f"/api/events/{event}"))["deliveries"]
            return next(one for one in found if one["destination"] == destination)

        async def is_held() -> bool:
            return bool((await of("erp"))["state"] == "held")

        await until(is_held)
        reason = (await of("erp"))["reason"]
        assert reason == "config: the route paid is gone: put it back and replay, or release it as dead"
        gone = await relay.lane("archive")
        assert (gone["configured"], gone["ready"]) == (False, 1)
        assert gone["resumes"] == "put archive back under destinations:, or release what it has as dead"

        relay.write(whole)
        await until(lambda: said_in_force(relay, 2))
        await relay.ask("POST", f"/api/deliveries/{(await of('erp'))['id']}/replay")
        await relay.ask("POST", "/api/lanes/archive/resume")
        await relay.event_in(event, "delivered")
        assert (await relay.lane("archive"))["configured"]


async def test_what_is_left_of_a_destination_that_is_gone_can_be_released() -> None:
    whole = ROUTES.replace("MAPPING", GOOD)
    async with playing() as erp, relay_up(whole, {"ERP": erp.url}) as relay:
        await relay.ask("POST", "/api/lanes/erp/pause")
        erp.answers["/erp"] = lambda _got: says({}, 400)
        event = await relay.accepted("expenses", {"amount": 5})
        await relay.ask("POST", "/api/lanes/erp/resume")
        dead = await relay.delivery_in(event, "dead")
        relay.write(whole.replace("  erp: {", "  other: {").replace("to: erp", "to: other"))
        await until(lambda: said_in_force(relay))
        assert (await relay.lane("erp"))["dead"] == 1
        said = await relay.ask(
            "POST", f"/api/deliveries/{dead['id']}/release", {"as": "delivered", "document": "V-9", "note": "by hand"}
        )
        assert said.status == 200, said
        await relay.event_in(event, "delivered")
        assert "erp" not in {one["destination"] for one in (await relay.get("/api/lanes"))["lanes"]}
