"""What goes out is what was rendered, once, with nothing added that a signature or a person would trip over."""

import asyncio
import gzip

import pytest
from servers import Exchange, answer, answering, once, saying, serving

from relay.destination import Request
from relay.errors import Unanswered, Unsendable
from relay.transport.client import BODY_LIMIT, Transport


def request(url: str, method: str = "POST", body: bytes = b"{}", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method=method, url=url, headers=named, body=body)


async def test_an_answer_comes_back_with_status_headers_and_body(transport: Transport) -> None:
    """Header names are lower-case; a header sent twice is joined; bytes that aren't UTF-8 do no harm."""
    said = b"HTTP/1.1 201 Made\r\nX-A: 1\r\nx-a: 2\r\nX-Odd: \xff\r\nContent-Length: 2\r\n\r\nok"
    async with serving(once(said)) as server:
        got = await transport.send(request(server.url), 500, fresh=True)
    assert (got.status, got.body, got.cut) == (201, b"ok", False)
    assert (got.headers["x-a"], got.headers["x-odd"]) == ("1, 2", "\ufffd")


async def test_only_the_headers_of_the_request_and_a_few_plain_ones_go_out(transport: Transport) -> None:
    async with serving(answering(200)) as server:
        await transport.send(request(f"{server.url}/a", X_Tenant="1010"), 500, fresh=True)
    host = server.url.removeprefix("http://")
    assert server.got[0].headers == {
        "host": host,
        "user-agent": "Relay/0.1.0",
        "accept": "*/*",
        "accept-encoding": "identity",
        "x-tenant": "1010",
        "content-length": "2",
        "connection": "close",
    }


@pytest.mark.parametrize(
    "target",
    ["/", "/a/../b//c", "/a%2Fb%2fc?x=%20+&y=a%26b&y", "/%E5%8D%95?q='(a)*!~$@:;,[]|", "/?url=https://a/b?c"],
)
async def test_the_url_goes_out_as_it_was_rendered(transport: Transport, target: str) -> None:
    """Signatures are made over it."""
    async with serving(answering(200)) as server:
        await transport.send(request(server.url + target), 500, fresh=True)
    assert server.got[0].target == target


async def test_the_body_goes_out_byte_for_byte(transport: Transport) -> None:
    body = bytes(range(256)) * 1000
    async with serving(answering(200)) as server:
        await transport.send(request(server.url, body=body, Content_Encoding="gzip"), 500, fresh=True)
    assert server.got[0].body == body


@pytest.mark.parametrize(("method", "length"), [("POST", "0"), ("PUT", "0"), ("GET", None)])
async def test_an_empty_body_is_said_to_be_empty(transport: Transport, method: str, length: str | None) -> None:
    async with serving(answering(200)) as server:
        await transport.send(request(server.url, method, b""), 500, fresh=True)
    assert server.got[0].headers.get("content-length") == length


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_never_followed(transport: Transport, status: int) -> None:
    async with serving(answering(200)) as other, serving(answering(status, Location=other.url)) as server:
        assert (await transport.send(request(server.url), 500, fresh=True)).status == status
    assert other.connections == 0


async def test_cookies_are_not_kept(transport: Transport) -> None:
    async with serving(answering(200, Set_Cookie="session=1")) as server:
        for _ in range(2):
            await transport.send(request(server.url), 500, fresh=False)
    assert "cookie" not in server.got[1].headers


async def test_proxies_and_passwords_of_the_environment_are_not_used(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answering(200)) as proxy, serving(answering(200)) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        await transport.send(request(server.url), 500, fresh=True)
    assert (proxy.connections, len(server.got)) == (0, 1)


async def test_kept_connections_are_used_again_and_fresh_ones_never(transport: Transport) -> None:
    async with serving(answering(200)) as server:
        for fresh, connections in ((False, 1), (False, 1), (True, 2), (True, 3), (False, 3)):
            await transport.send(request(server.url), 500, fresh=fresh)
            assert server.connections == connections


async def test_fresh_requests_never_meet_a_connection_that_the_server_has_closed(transport: Transport) -> None:
    """The server closes after each answer without saying so, as many do after a few idle seconds."""
    async with serving(once(answer(200))) as server:
        for _ in range(20):
            assert (await transport.send(request(server.url), 500, fresh=True)).status == 200
    assert len(server.got) == 20


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize("fresh", [True, False])
async def test_a_request_is_never_sent_twice(transport: Transport, method: str, fresh: bool) -> None:
    """aiohttp repeats idempotent methods by itself when a connection, kept or new, ends before the answer."""

    async def answers_once(exchange: Exchange) -> None:
        await exchange.read()
        if len(server.got) == 1:
            await exchange.write(answer(200))
            await exchange.read()

    async with serving(answers_once) as server:
        await transport.send(request(server.url, method), 500, fresh=fresh)
        with pytest.raises(Unanswered, match="closed after sending"):
            await transport.send(request(server.url, method), 500, fresh=fresh)
        assert len(server.got) == 2


async def test_hundreds_of_requests_are_under_way_at_once(transport: Transport) -> None:
    arrived = asyncio.Barrier(150)

    async def together(exchange: Exchange) -> None:
        await exchange.read()
        await arrived.wait()
        await exchange.write(answer(200))

    async with serving(together) as server:
        sent = [transport.send(request(server.url), 5000, fresh=True) for _ in range(150)]
        assert {got.status for got in await asyncio.gather(*sent)} == {200}


@pytest.mark.parametrize(("size", "cut"), [(BODY_LIMIT, False), (BODY_LIMIT + 1, True)])
async def test_a_body_is_read_up_to_the_limit(transport: Transport, size: int, cut: bool) -> None:
    async with serving(answering(200, b"x" * size)) as server:
        got = await transport.send(request(server.url), 2000, fresh=True)
    assert (len(got.body), got.cut) == (BODY_LIMIT, cut)


async def test_a_packed_answer_is_unpacked_though_none_was_asked_for(transport: Transport) -> None:
    async with serving(answering(200, gzip.compress(b'{"code": 0}'), Content_Encoding="gzip")) as server:
        got = await transport.send(request(server.url), 500, fresh=True)
    assert (got.body, got.cut) == (b'{"code": 0}', False)


async def test_an_interim_answer_is_passed_over(transport: Transport) -> None:
    async with serving(saying(b"HTTP/1.1 100 Continue\r\n\r\n" + answer(200, b"{}"))) as server:
        assert (await transport.send(request(server.url), 500, fresh=False)).status == 200


UNSENDABLE = {
    "no URL": {"url": "erp"},
    "another scheme": {"url": "ftp://erp/"},
    "a space": {"url": "http://erp/a b"},
    "a second request": {"url": "http://erp/ HTTP/1.1\r\nX: 1\r\n\r\n"},
    "not ASCII": {"url": "http://erp/单"},
    "full-width digits": {"url": "http://１２７.0.0.1/"},
    "a broken host": {"url": "http://[::1/"},
    "a port out of range": {"url": "http://erp:99999/"},
    "no host": {"url": "http://:80/"},
    "an address as one number": {"url": "http://2130706433/"},
    "an empty label": {"url": "http://erp..example.com/"},
    "a label too long": {"url": f"http://{'e' * 64}.example.com/"},
    "a password": {"url": "http://user:hunter2@erp/"},
    "a header's name": {"headers": {"X A": "1"}},
    "a header's value": {"headers": {"X-A": "1\r\nX-B: hunter2"}},
    "a lone surrogate": {"headers": {"X-A": "\ud800"}},
    "a length": {"headers": {"content-length": "5"}},
    "a method": {"method": "post it"},
}


@pytest.mark.parametrize("case", UNSENDABLE)
async def test_a_request_that_cannot_go_out_as_it_stands_is_refused(transport: Transport, case: str) -> None:
    plain = {"method": "POST", "url": "http://127.0.0.1/", "headers": {}, "body": b"{}"}
    with pytest.raises(Unsendable) as refused:
        await transport.send(Request(**plain | UNSENDABLE[case]), 500, fresh=True)
    assert "hunter2" not in str(refused.value)
    assert refused.value.remedy
