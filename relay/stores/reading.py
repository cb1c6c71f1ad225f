"""What people ask of the store: events and deliveries as they stand. Reads only, in bounded steps."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from relay.delivery import State
from relay.event import Event, unpack
from relay.sieve import EventSieve, Sieve
from relay.stores.sifting import event_fits
from relay.stores.trouble import unavailable
from relay.views import DeliveryView, EventView, Page

LOOKED_AT = 10_000
STEP = 50
DUE = frozenset({b"waiting", b"confirming"})
PUT_ASIDE_TOLD = 100

Parts = ParamSpec("Parts")
View = TypeVar("View")


class Reading:
    """The queries of relay.store.Store."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def _pipe(self, commands: Callable[[Any], object]) -> list[Any]:
        """The replies to the commands, sent as one; {} for a key that holds another type than it should. Raises
        StoreUnavailable."""
        pipe = self._redis.pipeline(transaction=False)
        commands(pipe)
        try:
            replies = await pipe.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            raise unavailable(error) from error
        return [_known(reply) for reply in replies]

    async def event(self, event_id: str) -> EventView | None:
        """None where there is no such event. Read again while deliveries and callbacks are being added: what is shown
        as ended has all that its end made, since none came between two looks."""
        before: EventView | None = None
        while found := await self._events([event_id]):
            if before and _members(before) == _members(found[0]):
                return await self._with_parts(before)
            before = found[0]
        return None

    async def _with_parts(self, view: EventView) -> EventView:
        post = view.event.post
        if post is None:
            return view
        (ids,) = await self._pipe(lambda pipe: pipe.hget(f"w:{post}", "events"))
        return msgspec.structs.replace(view, parts=ids.decode().split() if ids else ())

    async def with_whole(self, event: Event) -> Event:
        """With the POST that it came in, where that held several events and is still kept."""
        if event.post is None:
            return event
        (body,) = await self._pipe(lambda pipe: pipe.hget(f"w:{event.post}", "body"))
        return msgspec.structs.replace(event, whole=body or None)

    async def events(self, cursor: str | None, limit: int, sieve: EventSieve) -> Page:
        """Newest first, from a cursor that an earlier page gave; looks at 10,000 at the most."""
        return await self._sought(lambda below: self._log(f"({below}" if below else None, sieve), cursor, limit, sieve)

    async def oldest(self, cursor: str | None, limit: int, sieve: EventSieve) -> Page:
        """The same, oldest first, and none that came after the first page, so that there is an end."""
        last, _, after = (cursor or "").partition("/")
        last = last or await self._latest()
        page = await self._sought(lambda above: self._rising(above, last, sieve), after or None, limit, sieve)
        return Page(events=page.events, next=page.next and f"{last}/{page.next}")

    async def _sought(
        self,
        step_after: Callable[[str | None], Awaitable[list[tuple[str, str]]]],
        cursor: str | None,
        limit: int,
        sieve: EventSieve,
    ) -> Page:
        found: list[EventView] = []
        at, looked = cursor, 0
        while looked < LOOKED_AT:
            step = await step_after(at)
            views = {view.event.id: view for view in await self._events([evt for _, evt in step])}
            for place, evt in step:
                at, looked = place, looked + 1
                if evt in views and event_fits(views[evt], sieve):
                    found.append(views[evt])
                    if len(found) == limit:
                        return Page(events=found, next=at)
            if len(step) < STEP:
                return Page(events=found, next=None)
        return Page(events=found, next=at)

    async def _log(self, top: str | None, sieve: Sieve) -> list[tuple[str, str]]:
        """Some of the events' places and ids, newest first, within the sieve's time."""
        first, last = _span(sieve)
        (step,) = await self._pipe(lambda pipe: pipe.xrevrange("log", top or last, first, STEP))
        return [(place.decode(), fields[b"e"].decode()) for place, fields in step]

    async def _rising(self, above: str | None, last: str, sieve: Sieve) -> list[tuple[str, str]]:
        """The same, oldest first, up to a place."""
        first, until = _span(sieve)
        if until != "+" and int(until) < int(last.partition("-")[0]):
            last = until
        (step,) = await self._pipe(lambda pipe: pipe.xrange("log", f"({above}" if above else first, last, STEP))
        return [(place.decode(), fields[b"e"].decode()) for place, fields in step]

    async def _latest(self) -> str:
        """The place of the event that came last."""
        (step,) = await self._pipe(lambda pipe: pipe.xrevrange("log", count=1))
        return str(step[0][0].decode()) if step else "0-0"

    async def _events(self, ids: Sequence[str]) -> list[EventView]:
        def ask(pipe: Any) -> None:
            for evt in ids:
                pipe.get(f"e:{evt}")
                pipe.hgetall(f"s:{evt}")

        replies = await self._pipe(ask)
        rows = zip(ids, replies[::2], replies[1::2], strict=True)
        read = [(_readable(unpack, evt, packed), status) for evt, packed, status in rows if packed]
        stored = [(event, status) for event, status in read if event]
        names = [name for event, status in stored for name in _names(event, status)]
        views = {view.id: view for view in await self._deliveries(names)}
        found = [_readable(_event_view, event, status, views) for event, status in stored]
        return [view for view in found if view]

    async def put_aside(self, after_ms: int | None) -> tuple[int, list[str]]:
        """When the latest was found that couldn't be read, and each since then as `id reason`; none for None."""
        low, most = ("-inf", 0) if after_ms is None else (f"({after_ms}", PUT_ASIDE_TOLD)
        told, last = await self._pipe(
            lambda pipe: pipe.zrangebyscore("poison", low, "+inf", 0, most, withscores=True).zrange(
                "poison", -1, -1, withscores=True
            )
        )
        latest = (told or last or [(b"", after_ms or 0)])[-1][1]
        return int(latest), [name.decode(errors="replace") for name, _ in told]

    async def delivery(self, delivery_id: str) -> DeliveryView | None:
        """None where there is no such delivery."""
        found = await self._deliveries([delivery_id])
        return found[0] if found else None

    async def prior(self, delivery_id: str) -> bytes | None:
        """What a delivery that follows another keeps of that one; None of any other."""
        (snapshot,) = await self._pipe(lambda pipe: pipe.get(f"c:{delivery_id}"))
        return snapshot or None

    async def fetched(self, event_id: str) -> dict[str, bytes]:
        """The documents that were read for an event, as JSON, by name."""
        (documents,) = await self._pipe(lambda pipe: pipe.hgetall(f"f:{event_id}"))
        return {name.decode(): document for name, document in documents.items()}

    async def _deliveries(self, ids: Sequence[str]) -> list[DeliveryView]:
        def ask(pipe: Any) -> None:
            for dlv in ids:
                pipe.hgetall(f"d:{dlv}")
                pipe.lrange(f"a:{dlv}", 0, -1)

        replies = await self._pipe(ask)
        pairs = list(zip(ids, replies[::2], replies[1::2], strict=True))
        due = await self._due([(dlv, fields) for dlv, fields, _ in pairs if fields.get(b"state") in DUE])
        found = [_readable(_delivery_view, dlv, fields, records, due.get(dlv)) for dlv, fields, records in pairs]
        return [view for view in found if view]

    async def _due(self, waiting: list[tuple[str, dict[bytes, bytes]]]) -> dict[str, int]:
        def ask(pipe: Any) -> None:
            for dlv, fields in waiting:
                pipe.zscore(f"l:{fields.get(b'lane', b'').decode()}:wait", dlv)

        scores = await self._pipe(ask)
        return {dlv: int(score) for (dlv, _), score in zip(waiting, scores, strict=True) if score is not None}


def _span(sieve: Sieve) -> tuple[str, str]:
    """The first and the last place of the log within its time."""
    first = "-" if sieve.since_ms is None else str(max(0, sieve.since_ms))
    return first, "+" if sieve.until_ms is None else str(max(0, sieve.until_ms - 1))


def _known(reply: Any) -> Any:
    if not isinstance(reply, RedisError):
        return reply
    if str(reply).startswith("WRONGTYPE"):
        return {}
    raise unavailable(reply) from reply


def _readable(view: Callable[Parts, View], *parts: Parts.args, **more: Parts.kwargs) -> View | None:
    """None for what can't be read: it is left out, and what can be is still shown."""
    try:
        return view(*parts, **more)
    except (msgspec.DecodeError, KeyError, ValueError):
        return None


def text(value: bytes | None) -> str | None:
    return value.decode(errors="replace") if value else None


def instant(value: bytes | None) -> int | None:
    return int(value) if value and value.isdigit() else None


def _names(event: Event, status: dict[bytes, bytes]) -> Sequence[str]:
    """The ids of an event's deliveries and callbacks; one that is alone and open stands in the event only."""
    return list(dict.fromkeys([*event.deliveries, *(name.decode() for name in status if name.startswith(b"dlv_"))]))


def _members(view: EventView) -> set[str]:
    return {one.id for one in (*view.deliveries, *view.callbacks)}


def _event_view(event: Event, status: dict[bytes, bytes], views: dict[str, DeliveryView]) -> EventView:
    mine = [views[name] for name in _names(event, status) if name in views]
    return EventView(
        event=event,
        received_ms=int(status.get(b"@", 0)) or max((view.received_ms for view in mine), default=0),
        deliveries=[view for view in mine if view.callback_of is None],
        callbacks=[view for view in mine if view.callback_of is not None],
    )


def _delivery_view(dlv: str, fields: dict[bytes, bytes], records: list[bytes], due_ms: int | None) -> DeliveryView:
    return DeliveryView(
        id=dlv,
        event=fields[b"evt"].decode(),
        lane=fields[b"lane"].decode(),
        route=fields[b"route"].decode(errors="replace"),
        state=State(fields[b"state"].decode()),
        order_key=text(fields.get(b"key")),
        once=text(fields.get(b"once")),
        document=text(fields.get(b"doc")),
        reason=text(fields.get(b"why")),
        due_ms=due_ms,
        attempts=records or [],
        callback_of=text(fields.get(b"of")),
        received_ms=instant(fields.get(b"came")) or 0,
        after=text(fields.get(b"after")),
    )
