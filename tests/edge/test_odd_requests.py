"""What is too much, malformed or unusual at the level of HTTP."""

import asyncio

import pytest
from raw_http import Site

from relay.errors import RelayError
from relay.web.listening import listen

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


async def said(site: Site, request: bytes) -> bytes:
    async with site.connect() as wire:
        wire.send(request)
        return await wire.rest()


async def test_five_thousand_headers_are_answered_431(site: Site) -> None:
    headers = b"".join(b"X-%d: y\r\n" % n for n in range(5000))
    assert (await said(site, POST + headers + b"\r\n")).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("head", [POST + b"X: %s", b"GET /%s HTTP/1.1"])
async def test_a_long_head_is_answered_431(site: Site, head: bytes) -> None:
    assert (await said(site, head % (b"x" * 70_000) + b"\r\n\r\n")).startswith(b"HTTP/1.1 431 ")


async def test_a_header_that_never_ends_is_closed_before_its_deadline(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(POST + b"X: ")
        assert (await wire.drip(b"x" * 40_000)).startswith(b"HTTP/1.1 431 ")


async def test_endless_chunk_extensions_are_closed(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(CHUNKED + b"1")
        assert (await wire.drip(b";x=" + b"y" * 40_000)).startswith(b"HTTP/1.1 400 ")


async def test_chunks_of_one_byte_are_taken(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(CHUNKED + b"1\r\nx\r\n" * 5_000 + b"0\r\n\r\n")
        assert (await wire.answer()).endswith(b"5000 bytes")


async def test_trailers_are_no_headers(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(CHUNKED + b"2\r\nab\r\n0\r\nX-Trailer: 1\r\n\r\n")
        assert (await wire.answer()).endswith(b"2 bytes")
        assert site.trailers == []


async def test_endless_trailers_are_closed(site: Site) -> None:
    trailers = b"".join(b"X-Trailer-%d: %s\r\n" % (n, b"y" * 100) for n in range(1000))
    assert (await said(site, CHUNKED + b"0\r\n" + trailers + b"\r\n")).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00 not HTTP\r\n\r\n",
        POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: +4\r\n\r\nabcd",
        POST + b"Content-Length: 99999999999999999999\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        POST + b"X : y\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_answered_400_or_closed(site: Site, request_: bytes) -> None:
    answer = await said(site, request_)
    assert not answer or (answer.startswith(b"HTTP/1.1 400 ") and b'"error": "bad_request"' in answer)


async def test_a_malformed_request_behind_a_good_one_is_not_answered_in_its_stead(site: Site) -> None:
    request = POST.replace(b"/", b"/slow", 1) + b"Content-Length: 0\r\n\r\n"
    assert await said(site, request + b"not HTTP at all\r\n\r\n") == b""


@pytest.mark.parametrize("cut", [0, 40, 90, 104, 108])
async def test_an_offered_upgrade_is_ignored_and_the_body_is_read(site: Site, cut: int) -> None:
    request = POST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab"
    async with site.connect() as wire:
        for _ in range(2):
            wire.send(request[:cut])
            await wire.writer.drain()
            wire.send(request[cut:])
            assert (await wire.answer()).endswith(b"2 bytes")


async def test_a_websocket_offer_is_ignored(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert (await wire.answer()).endswith(b"0 bytes")


async def test_a_long_row_of_requests_on_one_connection_is_quick(site: Site) -> None:
    """An answer that waits for the client's delayed acknowledgement would take 40 ms."""
    async with site.connect() as wire, asyncio.timeout(10):
        for n in range(500):
            wire.send(POST + b"Content-Length: %d\r\n\r\n" % n + b"x" * n)
            assert (await wire.answer()).endswith(b"%d bytes" % n)


async def test_a_large_body_comes_through(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(POST + b"Expect: 100-continue\r\nContent-Length: 3000000\r\n\r\n")
        assert await wire.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(bytes(3_000_000))
        assert (await wire.answer()).endswith(b"3000000 bytes")


async def test_connections_beyond_the_bound_are_closed(small_site: Site) -> None:
    async with small_site.connect() as first, small_site.connect() as second:
        first.send(POST.replace(b"/", b"/slow", 1) + b"Content-Length: 0\r\n\r\n")
        await small_site.entered.wait()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await second.answer()
        small_site.go.set()
        assert (await first.answer()).endswith(b"0 bytes")


def test_an_address_in_use_is_an_error_that_says_so() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RelayError, match=rf"can't listen: .*, 127.0.0.1:{port}, choose another"):
            listen("127.0.0.1", port)
