"""A request whose body was still coming when another version came into force is taken under that one alone."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from relay.config import Config, load
from relay.errors import Refused
from relay.ingest import Ingest
from relay.published import Keys
from relay.sessions import moment
from relay.signature import Received
from relay.stores.redis import RedisStore
from relay.transport.client import Transport

ROUTES = """version: 1
sources: {SOURCE: {verify: none, allow: [10.0.0.0/8], type: NAME, id: "{{ body.id }}"}}
destinations: {erp: {url: "https://erp.example.com/"}}
routes: [{name: NAME, from: SOURCE, to: erp}]
"""
RECEIVED = Received(method="POST", url="/in/s", headers={}, query={}, body=b'{"id": "1"}')


def loaded(folder: Path, name: str, source: str = "s") -> Config:
    (folder / "routes.yaml").write_text(ROUTES.replace("NAME", name).replace("SOURCE", source))
    return load(folder / "routes.yaml", {})


async def test_its_type_its_routes_and_its_version_are_of_the_same_configuration(redis: Redis, tmp_path: Path) -> None:
    before, after = loaded(tmp_path, "before"), loaded(tmp_path, "after")
    in_force = [before]
    store = RedisStore(redis, lambda _: None)
    ingest = Ingest(store, lambda: in_force[-1], Keys(Transport(), moment))
    source = ingest.source("s")
    in_force.append(after)
    taken = await ingest.receive(source, RECEIVED)
    event = (await store.event(taken.id)).event
    assert (event.type, event.routes, event.config) == ("after", ("after",), after.version)
    source = ingest.source("s")
    in_force.append(loaded(tmp_path, "gone", "another"))
    with pytest.raises(Refused, match="there is no source 's'"):
        await ingest.receive(source, RECEIVED)
