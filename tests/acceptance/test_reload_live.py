"""A changed routes.yaml comes into force by itself; what was rendered before stays as it was sent."""

import asyncio

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
