"""The HTTP client: sends one request once, and says whether anything may have left and whether all came back.

It follows no redirect, keeps no cookie, and reads and unpacks answers up to a bound. aiohttp would send GET, PUT
and DELETE again by itself when a connection breaks; here it doesn't.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import lru_cache
from io import BytesIO
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver

from relay import __version__
from relay.destination import Answer, Identity, Request
from relay.errors import Unanswered, Unreadable
from relay.sendable import checked_url
from relay.texts import _
from relay.transport.addresses import is_public, off_limits
from relay.transport.faults import METADATA, PRIVATE, OffLimits, fault
from relay.transport.identity import context_of
from relay.transport.unpacking import unpack

BODY_LIMIT = 1 << 20
CONNECT_S = 10.0
_DNS_S = 10
_IDLE_S = 4  # many servers close an idle connection after 5 s, and a request into that moment is in doubt
_RECEIVE = 1 << 16  # uvloop takes 8 MB at one go if the system has them: a flood then stops the loop for 1.6 s
Session = aiohttp.ClientSession
_HEADERS = {"User-Agent": f"Relay/{__version__}", "Accept-Encoding": "identity"}


class Transport:
    """Opened and closed once for each process. Certificates are verified against `tls`, by default the system's;
    `resolver`: what asks for names, by default the system's too. `most`: bytes of an answer that are read."""

    def __init__(
        self, tls: ssl.SSLContext | None = None, resolver: AbstractResolver | None = None, most: int = BODY_LIMIT
    ) -> None:
        self._most = most
        self._shared = {"ssl": tls or True, "resolver": resolver}  # True: a context that aiohttp has made anyway
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._fresh = await self._opened(_allowed_socket, force_close=True)
        self._kept = await self._opened(_allowed_socket, keepalive_timeout=_IDLE_S)
        self._public = await self._opened(_public_socket, force_close=True)
        return self

    async def _opened(self, made_by: Callable[[aiohttp.AddrInfoType], socket.socket], **connections: Any) -> Session:
        return await self._stack.enter_async_context(_session(socket_factory=made_by, **self._shared, **connections))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def send(self, request: Request, timeout_ms: int, fresh: bool, identity: Identity | None = None) -> Answer:
        """One request, one answer, within `timeout_ms`; connecting has at most CONNECT_S of it.

        `fresh` gives it a connection of its own, for lanes where doubt costs a person: on a kept one the
        server may hang up just as the request leaves. `identity`: Relay's, where TLS asks for one. Raises Unsent
        (TlsFault, Unsendable) while no byte has left, Unanswered from then on."""
        url = checked_url(request)
        whole = timeout_ms / 1000
        session = self._public if request.public else self._fresh if fresh else self._kept
        tls = context_of(identity) if identity else True  # its connector's
        try:
            async with (
                asyncio.timeout(whole),
                session.request(
                    request.method,
                    url,
                    data=_payload(request.body),
                    headers=request.headers,
                    allow_redirects=False,
                    timeout=_connecting(whole),
                    ssl=tls,
                    middlewares=() if request.method == "POST" else (_once,),
                ) as response,
            ):
                return await _answer(response, self._most)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise fault(error) from None


def _payload(body: bytes) -> bytes | BytesIO | None:
    """aiohttp writes bytes at one go; large ones it is to write in pieces, lest they hold the loop."""
    return BytesIO(body) if len(body) > BODY_LIMIT else body or None


@lru_cache
def _connecting(whole: float) -> aiohttp.ClientTimeout:
    """Ends before the whole time does, so that a connection that never stood isn't taken for a silent one."""
    return aiohttp.ClientTimeout(connect=min(CONNECT_S, whole * 0.9), ceil_threshold=86_400)


def _session(**connections: Any) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=_DNS_S, **connections)
    return aiohttp.ClientSession(
        connector=connector,
        headers=_HEADERS,
        skip_auto_headers=("Content-Type",),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        raise_for_status=False,
    )


def _allowed_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Asked for the final address, after DNS and for digits alike, so that no spelling and no rebinding gets by."""
    family, kind, protocol, _, place = address
    if off_limits(str(place[0])):
        raise OffLimits(METADATA)
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE)
    return made


def _public_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """For a host that the payload chose: what it resolves to may be no private network either."""
    if not is_public(str(address[4][0])):
        raise OffLimits(PRIVATE, chosen=True)
    return _allowed_socket(address)


async def _once(request: aiohttp.ClientRequest, forward: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp sends GET, PUT and DELETE again after these two errors; as Unanswered they pass its loop."""
    try:
        return await forward(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise fault(error) from None


async def _answer(response: aiohttp.ClientResponse, most: int) -> Answer:
    headers = _headers(response.raw_headers)
    raw, cut = await _read(response, most)
    try:
        body, over = unpack(raw, headers.get("content-encoding", ""), most)
    except Unreadable as error:
        raise Unanswered(_("the answer's body is {error}", error=error)) from None
    return Answer(status=response.status, headers=headers, body=body, cut=cut or over)


def _headers(raw: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    """Lower-case names; what is sent several times is joined by commas, cookies by line breaks: their dates have
    commas."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("utf-8", "replace")
        joint = "\n" if key == "set-cookie" else ", "
        headers[key] = f"{headers[key]}{joint}{text}" if key in headers else text
    return headers


async def _read(response: aiohttp.ClientResponse, most: int) -> tuple[bytes, bool]:
    """Up to `most` bytes as they came, and whether there was more; the connection of one with more is closed."""
    content = response.content
    body = await content.readany()
    if not content.at_eof() and len(body) <= most:
        body += await _rest(content, most + 1 - len(body))
    if len(body) > most:
        response.close()
    return body[:most], len(body) > most


async def _rest(content: aiohttp.StreamReader, most: int) -> bytes:
    """What is still to come, until there are `most` bytes of it."""
    rest = bytearray()
    while len(rest) < most and not content.at_eof():
        rest += await content.readany()
    return bytes(rest)
