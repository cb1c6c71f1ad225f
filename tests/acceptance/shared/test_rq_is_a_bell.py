"""RQ only wakes workers: whatever happens to its keys, nothing is lost, and nothing that stands in them is run."""

import asyncio
import json
import sys
import zlib
from pathlib import Path

import pytest
from played import Answer, Got, booked
from running import until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKERS = 2
ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: origin}
destinations:
  one: {url: "${ERP}/one", ambiguous: resend, concurrency: 4}
  two: {url: "${ERP}/two", ambiguous: resend, concurrency: 4}
  fresh: {url: "${ERP}/fresh"}
  origin: {url: "${ERP}/origin"}
routes:
  - {name: both, from: expenses, when: body.fresh is not defined, to: [one, two]}
  - {name: fresh, from: expenses, when: body.fresh is defined, to: fresh}
"""


async def test_deleting_every_key_of_rq_in_the_middle_of_a_run_loses_nothing(world: World) -> None:
    async def answer(_got: Got) -> Answer:
        await asyncio.sleep(0.01)
        return booked("V")

    world.erp.answers |= {"/one": answer, "/two": answer}
    running = True

    async def deletes() -> None:
        async with world.relay.redis() as redis:
            while running:
                async for key in redis.scan_iter("rq:*"):
                    await redis.delete(key)
                await asyncio.sleep(0.05)

    deleting = asyncio.create_task(deletes())
    events = [await world.relay.accepted("expenses", {"n": n}) for n in range(200)]
    for path in ("/one", "/two"):
        await world.erp.count(path, 200)
    running = False
    await deleting
    for event in events:
        await world.relay.event_in(event, "delivered")
    await world.erp.count("/origin", 400)
    assert [len(world.erp.at(path)) for path in ("/one", "/two", "/origin")] == [200, 200, 400]


async def rq_script(world: World, script: str, *words: str) -> str:
    """What a program with rq's own API prints, run beside the relay."""
    given = (sys.executable, "-c", script, f"unix://{world.relay.data}/redis.sock", *words)
    process = await asyncio.create_subprocess_exec(*given, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


ENQUEUE = """
import sys
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
queue = Queue("relay", connection=Redis.from_url(sys.argv[1]), serializer=JSONSerializer)
print(queue.enqueue(sys.argv[2], *sys.argv[3:], failure_ttl=600).id)
"""


async def test_a_job_that_names_another_function_is_not_run_ends_failed_and_stops_nobody(
    world: World, tmp_path: Path
) -> None:
    mark = tmp_path / "was-run"
    job = (await rq_script(world, ENQUEUE, "os.system", f"touch {mark}")).strip()
    event = await world.relay.accepted("expenses", {"n": "after"})
    await world.relay.event_in(event, "delivered")
    async with world.relay.redis() as redis:

        async def failed() -> bool:
            return await redis.hget(f"rq:job:{job}", "status") == "failed"

        await until(failed)
    assert not mark.exists()


async def test_a_job_that_is_no_job_at_all_stops_nobody(world: World) -> None:
    async with world.relay.redis() as redis:
        bad = {"data": b"cos\nsystem\n(S'false'\ntR.", "status": "queued", "created_at": "?", "origin": "relay"}
        await redis.hset("rq:job:junk", mapping=bad)
        packed = zlib.compress(json.dumps(["relay.jobs.drain", None, [{"no": 1}], {}]).encode())
        await redis.hset("rq:job:odd", mapping={"data": packed, "status": "queued", "origin": "relay"})
        await redis.rpush("rq:queue:relay", "junk", "missing", "odd")
    event = await world.relay.accepted("expenses", {"n": "after junk"})
    await world.relay.event_in(event, "delivered")
    assert world.relay.process.returncode is None
    assert "starts again" not in world.relay.log


LISTED = """
import sys
from redis import Redis
from rq import Queue, Worker
redis = Redis.from_url(sys.argv[1])
print(*[name for worker in Worker.all(connection=redis) for name in worker.queue_names()])
print(*[queue.name for queue in Queue.all(connection=redis)])
"""


async def test_rqs_own_tools_list_the_workers_and_the_queue_even_after_its_keys_were_deleted(world: World) -> None:
    await world.relay.event_in(await world.relay.accepted("expenses", {"fresh": True}), "delivered")

    async def listed() -> bool:
        return (await rq_script(world, LISTED)).split("\n")[:2] == ["relay relay", "relay"]

    await until(listed)
