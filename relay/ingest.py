"""From a request to stored events: admit, verify, parse, route, accept. Nothing is answered before it is durable."""

import asyncio
import ipaddress
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from relay import proving
from relay.configuration import Config
from relay.contents import Contents
from relay.decryption import RANDOM_BYTES
from relay.entries import Coming, Piece, coming, entry, pieces, single, told_id
from relay.errors import ExpressionError, Forged, KeyLater, Refused, StoreUnavailable
from relay.event import LetIn, event_id, post_id
from relay.noted import entered
from relay.points import Point, reached
from relay.proving import Moment
from relay.published import Keys
from relay.rate import Rate, Seldom
from relay.reply import Reply, ReplyPlan
from relay.signature import Received
from relay.source import Source
from relay.store import Accepted, Batch, Blob, Entry, Store
from relay.texts import _

RETRY_AFTER_S = 5
TOLD_EVERY_S = 10.0
MOST_DELIVERIES = 5_000  # of one POST, as MOST_EVENTS
AT_A_TIME = 50
T = TypeVar("T")
Taken = Accepted | list[Accepted]

log = logging.getLogger("relay.ingest")


class Ingest:
    """The way in. `config` gives the configuration in force."""

    def __init__(self, store: Store, config: Callable[[], Config], keys: Keys) -> None:
        self._store, self._config, self._keys = store, config, keys
        self._rates: dict[str, Rate] = {}
        self._refusals = Seldom(TOLD_EVERY_S)
        self._oddities: dict[str, Seldom] = {}

    def source(self, name: str) -> Source:
        """Raises Refused (404)."""
        source = self._config().sources.get(name)
        if source is None:
            raise Refused(404, "unknown_source", _("there is no source {name}", name=repr(name[:60])))
        return source

    def admit(self, source: Source, sender: str, headers: Mapping[str, str]) -> None:
        """What can be told before the body is read. Raises Refused."""
        if source.allow and not _inside(sender, source):
            raise Refused(401, "unauthorised", _("this sender isn't among the source's networks"))
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Refused(415, "unsupported_encoding", _("send the body as it is, without Content-Encoding"))

    def _count(self, source: Source) -> None:
        """Only what is proven counts, so that a stranger can't use up a source's allowance."""
        if source.rate:
            wait_s = self._rates.setdefault(source.name, Rate()).wait_s(source.rate, time.monotonic())
            if wait_s > 0:
                raise Refused(
                    429,
                    "too_many_requests",
                    _("more than {rate} a second", rate=f"{source.rate:g}"),
                    max(1, round(wait_s)),
                )

    async def receive(self, source: Source, received: Received) -> Taken | Reply:
        """Verifies and stores; a handshake is only answered. Raises Refused with what the sender is told."""
        try:
            if source.publisher:
                received = await self._keys.put(source.publisher, received)
            source = self.source(source.name)  # another version may be in force since: from here on it is one step
            proven = self._proven(source, received, time.time())
        except Forged as fault:
            if source.refused:
                return source.refused
            raise Refused(401, "unauthorised", str(fault)) from None
        except KeyLater as fault:
            raise Refused(503, "key_unavailable", _("{fault}; send it again", fault=fault), RETRY_AFTER_S) from None
        return proven if isinstance(proven, Reply) else await self._take(source, received, *proven)

    async def readmit(self, source: Source, received: Received, let_in: LetIn) -> Taken | None:
        """One that was refused, verified again as of the moment when it came; None where it is a handshake, which
        nobody waits for any more. Raises Refused, and Forged."""
        try:
            if source.publisher:
                received = await self._keys.put(source.publisher, received)
            source = self.source(source.name)
            proven = self._proven(source, received, let_in.came_ms / 1000)
        except KeyLater as fault:
            raise Refused(503, "key_unavailable", _("{fault}; ask again", fault=fault), RETRY_AFTER_S) from None
        if isinstance(proven, Reply):
            return None
        return await self._stored(source, received, proving.names(source, received, proven[0]), proven[0], let_in)

    def _proven(self, source: Source, received: Received, now: float) -> tuple[Contents, str] | Reply:
        """What it holds and the secret that proved it, or the answer to a handshake. `now`: seconds since 1970.
        Raises Refused, and Forged, the same whatever was wrong."""
        if source.scheme.reads_body or source.scheme.each:
            received = proving.prepared(source, received)
        try:
            secret = source.scheme.verify(received, source.secrets, now)
        except Forged:
            if source.handshakes:
                return proving.stranger(source, received, _moment())
            raise
        self._count(source)
        contents = self._contents(source, received)
        greeting = self._greeting(source, received, contents, secret) if source.handshakes else None
        return greeting or (contents, secret)

    def _contents(self, source: Source, received: Received) -> Contents:
        """Raises Refused and Forged."""
        try:
            return proving.contents_of(source, received)
        except Forged:
            self._warn(source, "what is signed can't be opened: look at the key and the owner of its decrypt")
            raise

    def _greeting(self, source: Source, received: Received, contents: Contents, secret: str) -> Reply | None:
        """The answer to a handshake; a GET can be nothing else. Raises Refused and Forged."""
        try:
            reply = proving.greeted(source, received, contents, secret, _moment())
        except ExpressionError as fault:
            self._warn(source, f"a handshake can't be answered: {fault}")
            raise Refused(400, "bad_handshake", _("this handshake lacks what it is answered with")) from None
        if reply is None and received.method == "GET":
            raise Forged
        return reply

    async def _take(self, source: Source, received: Received, contents: Contents, secret: str) -> Taken | Reply:
        """An event, or several. Raises Refused."""
        seen = proving.names(source, received, contents)
        accepted = await self._stored(source, received, seen, contents, None)
        return self._confirmed(source.ack, source, {**seen, "secret": secret}, accepted) if source.ack else accepted

    async def _stored(
        self, source: Source, received: Received, seen: dict[str, Any], contents: Contents, let_in: LetIn | None
    ) -> Taken:
        """Raises Refused."""
        items = None if source.split is None else self._items(source, seen)
        came = coming(source, received, self._config(), time.time_ns() // 1_000_000, let_in)
        if items is None:
            entry = self._entry(came, single(received, contents, seen))
            accepted: Taken = await self._accepted(lambda: self._store.accept(entry))
            entered(source.name, accepted, (entry,))
        else:
            batch = await self._batch(came, items, seen, received.body)
            accepted = await self._accepted(lambda: self._store.accept_all(batch))
            entered(source.name, accepted, batch.entries)
        return accepted

    def _items(self, source: Source, seen: Mapping[str, Any]) -> list[Any] | None:
        """None where the POST can't be split as its source says: it is one event then, so that it isn't lost. Raises
        Refused where there are too many."""
        try:
            return proving.items(source, seen)
        except ExpressionError as fault:
            self._warn(source, f"a POST can't be split, and is kept as one event: {fault}")
            return None

    async def _batch(self, came: Coming, items: Sequence[Any], seen: Mapping[str, Any], whole: bytes) -> Batch:
        """Others are let in between, so that many events of one POST keep nobody waiting."""
        post, entries = post_id(came.now_ms, secrets.token_bytes(8)), []
        for piece in pieces(post, items, seen):
            entries.append(self._entry(came, piece))
            if len(entries) % AT_A_TIME == 0:
                await asyncio.sleep(0)
        if sum(len(entry.deliveries) for entry in entries) > MOST_DELIVERIES:
            what = _(
                "a POST may make {most} deliveries: send its events in several",
                most=MOST_DELIVERIES,
            )
            raise Refused(413, "too_many_deliveries", what)
        return Batch(post=post, whole=Blob(whole), entries=entries)

    def _entry(self, came: Coming, piece: Piece) -> Entry:
        return entry(came, piece, event_id(came.now_ms, secrets.token_bytes(8)), self._id(came.source, piece.seen))

    async def _accepted(self, step: Callable[[], Awaitable[T]]) -> T:
        """Raises Refused."""
        reached(Point.WEB_ACCEPTING)
        try:
            accepted = await step()
        except StoreUnavailable as fault:
            self._tell(fault)
            raise Refused(503, "not_durable", _("it can't be stored now; send it again"), RETRY_AFTER_S) from fault
        reached(Point.WEB_ACCEPTED)
        return accepted

    def _id(self, source: Source, seen: Mapping[str, Any]) -> str | None:
        """What makes it the same event; None where nothing says it. One that can't be told is told of: the event is
        known by the hash of its body then, so that it isn't lost, and another body with the same id is another."""
        try:
            return told_id(source, seen)
        except ExpressionError as fault:
            self._warn(source, f"an id can't be told: {fault}")
            return None

    def _confirmed(self, plan: ReplyPlan, source: Source, seen: dict[str, Any], accepted: Taken) -> Taken | Reply:
        """As the platform wants it; the event is stored, so that nothing here may refuse it."""
        ids = [one.id for one in accepted] if isinstance(accepted, list) else [accepted.id]
        try:
            return proving.answered(plan, {**seen, "ids": ids}, _moment(), source.opening.sealed)
        except ExpressionError as fault:
            self._warn(source, f"an answer can't be made: {fault}")
            return accepted

    def _warn(self, source: Source, what: str) -> None:
        """Seldom, and how often it was."""
        if count := self._oddities.setdefault(source.name, Seldom(TOLD_EVERY_S)).count(time.monotonic()):
            log.warning("source %s, %s times: %s", source.name, count, what)

    def _tell(self, fault: StoreUnavailable) -> None:
        if count := self._refusals.count(time.monotonic()):
            log.warning("%s refused, not durable: %s", count, fault)


def _inside(sender: str, source: Source) -> bool:
    try:
        address = ipaddress.ip_address(sender)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in source.allow)


def _moment() -> Moment:
    return Moment(time.time(), secrets.token_bytes(RANDOM_BYTES))
