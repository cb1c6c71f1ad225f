"""A source whose keys are fetched, from outside: what it answers, and that no other source waits for it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from redis.asyncio import Redis
from servers import Exchange, Server, answer, answering, hang, serving

from relay.config.load import load
from relay.configuration import Config
from relay.ingest import Ingest
from relay.published import MOST_BYTES, Keys
from relay.publishers.spelled import SpelledPublisher
from relay.refusing import Refusing
from relay.sessions import moment
from relay.signatures import catalogue
from relay.signatures.vocabulary import Vocabulary
from relay.source import Source
from relay.stores.redis import RedisStore
from relay.stores.refused import RedisRefused
from relay.transport.client import Transport
from relay.web.inbox import Inbox
from relay.web.listening import listen
from relay.web.server import make_server

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ROUTES = """
version: 1
sources:
  other: {verify: {algorithm: token, header: X-Token}, secret: a-token-of-many-characters}
"""
OTHERS = 50


def keyed(platform: Server, **more: Any) -> Source:
    keys = {"by": {"header": "X-Key"}, "url": platform.url + "/{{ key.name }}", "hosts": ["127.0.0.1"], "form": "pem"}
    words = {"algorithm": "rsa-sha256", "header": "X-Signature", "encoding": "base64", "keys": {**keys, **more}}
    verify = msgspec.convert(words, Vocabulary)
    assert verify.keys
    return Source(name="keyed", scheme=catalogue.spelled(verify), publisher=SpelledPublisher(verify.keys, {}, ""))


@asynccontextmanager
async def receiving(redis: Redis, folder: Path, source: Source) -> AsyncIterator[str]:
    """The address of /in, with this source beside the other one."""
    file = folder / "routes.yaml"
    file.write_text(ROUTES)
    loaded = load(file, {})
    config = msgspec.structs.replace(loaded, sources={**loaded.sources, "keyed": source})

    def current() -> Config:
        return config

    socket = listen("127.0.0.1", 0)
    async with Transport(most=MOST_BYTES) as transport:
        keys = Keys(transport, moment)
        inbox = Inbox(
            Ingest(RedisStore(redis, lambda _: None), current, keys), current, Refusing(RedisRefused(redis), current)
        )
        server = make_server(_with_lifespan(inbox), grace_s=1)
        running = asyncio.create_task(server.serve([socket]))
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}/in"
        finally:
            await keys.close()
            server.stop()
            await running


def _with_lifespan(inbox: Inbox) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            return await inbox(scope, receive, send)
        for said in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{said}.complete"})
        return None

    return app


def signed(body: bytes, name: str = "k1") -> dict[str, str]:
    return {"X-Key": name, "X-Signature": base64.b64encode(KEY.sign(body, PKCS1v15(), SHA256())).decode()}


async def post(client: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> int:
    async with client.post(url, data=body, headers=headers) as response:
        if response.status == 503:
            assert int(response.headers["Retry-After"]) > 0
        return response.status


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what another task does
            await asyncio.sleep(0.001)


async def test_a_request_is_taken_when_the_key_it_names_was_fetched_and_fits(redis: Redis, tmp_path: Path) -> None:
    async with (
        serving(answering(200, PEM)) as platform,
        receiving(redis, tmp_path, keyed(platform)) as url,
        aiohttp.ClientSession() as client,
    ):
        sent = [post(client, f"{url}/keyed", body, signed(body)) for body in (b"[%d]" % n for n in range(20))]
        assert await asyncio.gather(*sent) == [202] * 20
        assert await post(client, f"{url}/keyed", b"[0] ", signed(b"[0]")) == 401
        assert await post(client, f"{url}/keyed", b"[0]", {"X-Key": "k1"}) == 401
        assert await post(client, f"{url}/keyed", b"[0]", {}) == 401
        assert len(platform.got) == 1


async def test_a_key_that_cannot_be_had_is_503_and_one_that_is_not_there_401(redis: Redis, tmp_path: Path) -> None:
    async def play(exchange: Exchange) -> None:
        got = await exchange.read()
        await exchange.write(answer(500 if got.target == "/broken" else 404))

    async with (
        serving(play) as platform,
        receiving(redis, tmp_path, keyed(platform)) as url,
        aiohttp.ClientSession() as client,
    ):
        assert await post(client, f"{url}/keyed", b"[]", signed(b"[]", "broken")) == 503
        assert await post(client, f"{url}/keyed", b"[]", signed(b"[]", "invented")) == 401


async def test_a_key_at_another_host_is_401_and_nothing_connects_there(redis: Redis, tmp_path: Path) -> None:
    async with (
        serving(answering(200, PEM)) as platform,
        receiving(redis, tmp_path, keyed(platform, url="{{ key.name }}", hosts=["keys.example.com"])) as url,
        aiohttp.ClientSession() as client,
    ):
        assert await post(client, f"{url}/keyed", b"[]", signed(b"[]", platform.url)) == 401
        assert platform.connections == 0


async def test_no_other_source_waits_for_a_key(redis: Redis, tmp_path: Path) -> None:
    token = {"X-Token": "a-token-of-many-characters"}
    async with (
        serving(hang) as platform,
        receiving(redis, tmp_path, keyed(platform)) as url,
        aiohttp.ClientSession() as client,
    ):
        waiting = [
            asyncio.create_task(post(client, f"{url}/keyed", b"[]", signed(b"[]", f"k{n % 2}"))) for n in range(9)
        ]
        await until(lambda: platform.connections == 2)
        sent = [post(client, f"{url}/other", b"[%d]" % n, token) for n in range(OTHERS)]
        assert await asyncio.gather(*sent) == [202] * OTHERS
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
