"""Servers that refuse, hang, reset and lie: what can't have left is Unsent, everything else Unanswered; none hurts."""

import asyncio
import resource
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import servers
from certificates import certified
from servers import Exchange, answering, bomb, cut_body, drip, nobody, once, serving

from relay.destination import Answer, Request
from relay.errors import TlsFault, Unanswered, Unsendable, Unsent
from relay.transport.client import BODY_LIMIT, Transport

BODY = b'{"number": "B26000123"}'
TIMEOUT_MS = 300
BROKEN = {
    "hangs": (servers.hang, "timed out after sending"),
    "reads nothing": (servers.deaf, "timed out after sending"),
    "resets before reading": (servers.reset_at_once, "connection reset after sending"),
    "resets after reading": (servers.reset_after_reading, "connection reset after sending"),
    "closes after reading": (servers.close_after_reading, "connection closed after sending"),
    "resets in its answer": (servers.reset_in_answer, "the answer broke off"),
    "promises more than it sends": (cut_body(), "the answer broke off"),
    "breaks its chunks off": (
        once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
        "the answer broke off",
    ),
    "breaks off in its headers": (once(b"HTTP/1.1 200 OK\r\nContent-"), "connection closed after sending"),
    "speaks no HTTP": (once(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "the answer is no readable HTTP"),
    "says two lengths": (
        once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
        "the answer is no readable HTTP",
    ),
    "drips": (drip(0.01), "timed out after sending"),
    "floods with 100 Continue": (servers.flood_interim, "timed out after sending"),
    "floods with headers": (servers.flood_headers, "the answer is no readable HTTP"),
    "packs in an unknown way": (
        answering(200, b"{}", Content_Encoding="br"),
        "the answer's body is packed in an unknown way",
    ),
    "says gzip and isn't": (
        answering(200, b"{}", Content_Encoding="gzip"),
        "the answer's body is not packed as it says",
    ),
}


async def post(transport: Transport, url: str, timeout_ms: int = TIMEOUT_MS) -> Answer:
    return await transport.send(Request(method="POST", url=url, headers={}, body=BODY), timeout_ms, fresh=True)


@pytest.mark.parametrize("case", BROKEN)
async def test_what_happens_after_sending_is_in_doubt(transport: Transport, case: str) -> None:
    play, reason = BROKEN[case]
    began, memory = time.monotonic(), _peak_kib()
    async with serving(play) as server:
        with pytest.raises(Unanswered) as doubt:
            await post(transport, server.url)
    assert str(doubt.value) == reason
    assert server.connections == 1
    assert time.monotonic() - began < 30
    assert _peak_kib() - memory < 16_384


@pytest.mark.parametrize("made", [lambda: servers.endless, lambda: bomb(100)], ids=["endless", "a gzip bomb"])
async def test_what_is_too_large_is_cut(transport: Transport, made: Callable[[], servers.Play]) -> None:
    play, memory = made(), _peak_kib()
    async with serving(play) as server:
        got = await post(transport, server.url, 2000)
        assert (len(got.body), got.cut) == (BODY_LIMIT, True)
        assert server.written < 16 << 20
    assert _peak_kib() - memory < 32_768


async def test_other_lanes_go_on_while_a_server_floods(transport: Transport) -> None:
    """The loop is never held for long, so a ten-millisecond timer comes round again and again."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    async with serving(servers.flood_interim) as server:
        counting = asyncio.create_task(count())
        with pytest.raises(Unanswered):
            await post(transport, server.url, 2000)
        counting.cancel()
    assert turns


async def test_a_body_that_the_server_does_not_take_ends_with_the_timeout(transport: Transport) -> None:
    async with serving(servers.deaf) as server:
        large = Request(method="POST", url=server.url, headers={}, body=bytes(32 << 20))
        with pytest.raises(Unanswered, match="timed out after sending"):
            await transport.send(large, TIMEOUT_MS, fresh=True)


async def test_an_early_answer_counts_though_the_body_was_not_read(transport: Transport) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.reader.readuntil(b"\r\n\r\n")
        await exchange.write(servers.answer(413))
        await exchange.reader.read()

    async with serving(refuse) as server:
        large = Request(method="POST", url=server.url, headers={}, body=bytes(32 << 20))
        assert (await transport.send(large, 2000, fresh=True)).status == 413


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_refused_connection_sent_nothing(transport: Transport, method: str) -> None:
    with nobody() as url, pytest.raises(Unsent, match=r"^connection refused$"):
        await transport.send(Request(method=method, url=url, headers={}, body=b""), TIMEOUT_MS, fresh=True)


async def test_an_unknown_name_sent_nothing(transport: Transport) -> None:
    with pytest.raises(Unsent, match=r"^name (not found|lookup failed)$"):
        await post(transport, "http://erp.invalid/", 5000)


async def test_a_connection_that_never_stands_sent_nothing(transport: Transport) -> None:
    """A TLS greeting that is never answered is part of connecting."""
    async with serving(servers.hang) as server:
        with pytest.raises(Unsent, match=r"^timed out while connecting$"):
            await post(transport, server.url.replace("http:", "https:"), 2000)
    assert server.got == []


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "100.100.100.200"]
)
async def test_metadata_services_are_never_connected_to(transport: Transport, host: str) -> None:
    with pytest.raises(Unsent, match="metadata"):
        await post(transport, f"http://{host}/latest/meta-data/")


class TestTls:
    async def test_a_certificate_of_a_trusted_issuer_is_taken(self, tmp_path: Path) -> None:
        tls, file = certified(tmp_path, "127.0.0.1")
        async with (
            serving(answering(200), tls) as server,
            _trusting(file) as trusting,
        ):
            assert (await post(trusting, server.url, 2000)).status == 200

    async def test_an_unknown_issuer_is_a_tls_fault(self, transport: Transport, tmp_path: Path) -> None:
        tls, _ = certified(tmp_path, "127.0.0.1")
        async with serving(answering(200), tls) as server:
            with pytest.raises(TlsFault, match=r"^TLS: certificate verify failed: self.signed certificate$"):
                await post(transport, server.url, 2000)
        assert server.got == []

    async def test_a_certificate_for_another_host_is_a_tls_fault(self, tmp_path: Path) -> None:
        tls, file = certified(tmp_path, "127.0.0.2")
        async with (
            serving(answering(200), tls) as server,
            _trusting(file) as trusting,
        ):
            with pytest.raises(TlsFault, match="IP address mismatch"):
                await post(trusting, server.url, 2000)

    async def test_a_server_without_tls_is_a_tls_fault(self, transport: Transport) -> None:
        async def plain(exchange: Exchange) -> None:
            await exchange.reader.read(100)
            await exchange.write(servers.answer(400))
            await exchange.reader.read()

        async with serving(plain) as server:
            with pytest.raises(TlsFault, match=r"^TLS: "):
                await post(transport, server.url.replace("http:", "https:"), 2000)

    @pytest.mark.parametrize("play", [servers.reset_at_once, servers.close_at_once])
    async def test_a_server_that_goes_away_during_tls_is_only_down(
        self, transport: Transport, play: servers.Play
    ) -> None:
        async with serving(play) as server:
            with pytest.raises(Unsent) as down:
                await post(transport, server.url.replace("http:", "https:"), 2000)
        assert not isinstance(down.value, TlsFault | Unsendable)


def _trusting(file: Path) -> Transport:
    return Transport(ssl.create_default_context(cafile=file))


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
