"""Slow senders are let go; slow answers aren't."""

from raw_http import Site

CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
SHORT = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"


async def test_who_says_nothing_is_let_go_without_a_word(site: Site) -> None:
    async with site.connect() as wire:
        assert await wire.rest() == b""


async def test_half_a_head_is_answered_408(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(b"POST / HTTP/1.1\r\nHo")
        said = await wire.rest()
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b'"error": "too_slow"' in said


async def test_a_dripping_head_is_answered_408(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(b"POST / HTTP/1.1\r\nX: ")
        assert (await wire.drip(b"x")).startswith(b"HTTP/1.1 408 ")


async def test_a_dripping_body_is_answered_408_and_the_application_hears_a_disconnect(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(LONG)
        assert (await wire.drip(b"x")).startswith(b"HTTP/1.1 408 ")
    await site.disconnected.wait()


async def test_a_dripping_chunked_body_is_answered_408(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(CHUNKED)
        assert (await wire.drip(b"1\r\nx\r\n")).startswith(b"HTTP/1.1 408 ")


async def test_the_second_request_of_a_connection_has_a_deadline_too(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(SHORT)
        assert (await wire.answer()).endswith(b"2 bytes")
        wire.send(LONG)
        assert (await wire.drip(b"x")).startswith(b"HTTP/1.1 408 ")


async def test_a_second_head_that_came_with_the_first_request_has_a_deadline_too(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(SHORT + b"POST / HT")
        assert (await wire.answer()).endswith(b"2 bytes")
        assert (await wire.rest()).startswith(b"HTTP/1.1 408 ")


async def test_stray_line_ends_keep_no_connection_open(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(SHORT)
        await wire.answer()
        assert await wire.drip(b"\r\n") == b""


async def test_a_body_that_goes_on_after_the_answer_is_let_go(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(LONG.replace(b"/", b"/no", 1))
        assert (await wire.answer()).startswith(b"HTTP/1.1 413 ")
        assert await wire.drip(b"x") == b""


async def test_a_body_that_ends_after_the_answer_leaves_no_connection_open(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(SHORT.replace(b"/", b"/no", 1)[:-1])
        await wire.answer()
        wire.send(b"b")
        assert await wire.rest() == b""


async def test_a_slow_answer_is_not_cut(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(SHORT.replace(b"/", b"/slow", 1))
        await site.entered.wait()
        await site.outlast()
        site.go.set()
        assert (await wire.answer()).endswith(b"2 bytes")


async def test_a_slow_answer_is_not_cut_for_the_next_request_that_follows_it_at_once(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(SHORT.replace(b"/", b"/slow", 1) + SHORT + b"POST /")
        await site.entered.wait()
        await site.outlast()
        site.go.set()
        assert (await wire.answer()).endswith(b"2 bytes")
        assert (await wire.answer()).endswith(b"2 bytes")
        assert (await wire.rest()).startswith(b"HTTP/1.1 408 ")


async def test_a_sender_who_waits_for_a_slow_reader_is_not_cut(site: Site) -> None:
    async with site.connect() as wire:
        wire.send(LONG.replace(b"/", b"/slow", 1) + bytes(500_000))
        await site.entered.wait()
        await site.outlast()
        wire.send(bytes(500_000))
        site.go.set()
        assert (await wire.answer()).endswith(b"1000000 bytes")
