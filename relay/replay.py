"""A person's decisions on deliveries: replay, release. Each is kept among the attempts with who and why."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from relay import callback, following, record, thin
from relay.callback import Told
from relay.configuration import Config
from relay.delivery import Draft, State, is_fetch
from relay.errors import ExpressionError, Refused, StoreUnavailable
from relay.following import Ended
from relay.known import Known
from relay.signals import Signal, tell
from relay.store import Blob, CallbackDraft, Decision, Follower, Keys, Refetch, Store
from relay.texts import _
from relay.times import rfc3339
from relay.views import DeliveryView, EventView

Verb = Literal["delivered", "retry", "dead", "replay", "again"]
TRIES, AGAIN_S = 3, 0.5
ENDS = {"delivered": State.DELIVERED, "dead": State.DEAD}


class Decisions:
    """Raises Refused: 404 where there is no such delivery, 409 where its state forbids it, 422 on what is missing."""

    def __init__(self, store: Store, config: Callable[[], Config]) -> None:
        self._store, self._config = store, config

    async def replay(self, delivery_id: str, by: str, note: str = "", again: bool = False) -> None:
        """Tried again, rendered anew. A delivered one only with `again`, which needs a note."""
        if again and not note:
            raise Refused(422, "note_missing", _("say in a note why a delivered one is sent again"))
        await self._decide(delivery_id, "again" if again else "replay", by, note)

    async def release(self, delivery_id: str, to: str, by: str, note: str, document: str | None = None) -> None:
        """Decides a held or dead one: `to` is delivered (with its document), retry or dead. Needs a note."""
        if to not in ("delivered", "retry", "dead"):
            raise Refused(422, "unknown_decision", _("{to} isn't delivered, retry or dead", to=repr(to)))
        if not note:
            raise Refused(422, "note_missing", _("say in a note why: whoever looks at it later has nothing else"))
        if to == "delivered" and not document:
            raise Refused(422, "document_missing", _("say which document it was booked as"))
        await self._decide(delivery_id, to, by, note, document)  # type: ignore[arg-type]

    async def cancel(self, delivery_id: str, reversal: str) -> bool:
        """One that isn't posted is ended in a reversal's stead; false where it is on its way by now."""
        view = await self._store.delivery(delivery_id)
        if view is None:
            return False
        reason = _("cancelled: taken back by {reversal}", reversal=reversal)
        callbacks, follow = await self._led_on(view, "dead", None, reason)
        now = rfc3339(time.time_ns() // 1_000_000)
        seen = record.Record(n=attempts(view), at=now, config=self._config().version, decided="dead", reason=reason)
        decision = Decision(
            dlv=view.id,
            request=reversal,
            record=Blob(record.pack(seen)),
            decide="dead",
            reason=reason,
            callbacks=callbacks,
            follow=follow,
            undoes=reversal,
        )
        return await self._store.decide(decision) in ("done", "again")

    async def _view(self, delivery_id: str) -> DeliveryView:
        view = await self._store.delivery(delivery_id)
        if view is None:
            raise Refused(404, "unknown_delivery", _("there is no delivery {name}", name=repr(delivery_id[:60])))
        return view

    async def refetch(self, delivery_id: str, by: str, note: str = "") -> None:
        """The documents of its event are read anew; then it is tried again by the routes of then, which make what is
        missing too."""
        view = await self._view(delivery_id)
        known = await self._known(view)
        if known and known.event.bare_ms:
            raise without_body()
        draft = None if view.callback_of or known is None else thin.first(known, self._config())
        if draft is None:
            raise Refused(
                409, "nothing_to_fetch", _("its source fetches nothing for its event: replay it without fetch")
            )
        if draft.state is State.DEAD:
            raise Refused(409, "not_routed", draft.reason or _("the fetch still fails"))
        asked = Refetch(
            evt=view.event,
            request=secrets.token_hex(8),
            record=Blob(record.pack(_record(view, "replay", by, note, self._config().version))),
            draft=draft,
            named=view.id,
        )
        status = await _asked(lambda: self._store.refetch(asked))
        if status == "bare":
            raise without_body()
        if status not in ("done", "again"):
            raise Refused(
                409, "not_possible", _("it is {status}; {possible}", status=status, possible=_possible("replay"))
            )
        _tell(view, "replay", by)

    async def _known(self, view: DeliveryView) -> Known | None:
        """The event of a delivery with its documents; None where it is gone."""
        found = await self._store.event(view.event)
        return await known_of(found, self._store, self._config()) if found else None

    async def _decide(self, delivery_id: str, verb: Verb, by: str, note: str, document: str | None = None) -> None:
        view = await self._view(delivery_id)
        if verb == "retry" and unrouted(view):
            raise Refused(409, "not_routed", _("it never had a request: mend its route and replay it"))
        if verb == "delivered" and is_fetch(view.route):
            raise Refused(
                409, "not_possible", _("nothing was read, so nothing can follow: replay it, or release it as dead")
            )
        reason = _("cancelled: {note}", note=note or _("by {by}", by=by)) if verb == "dead" else None
        callbacks, follow = await self._led_on(view, verb, document, reason)
        decision = Decision(
            dlv=view.id,
            request=secrets.token_hex(8),
            record=Blob(record.pack(_record(view, verb, by, note, self._config().version))),
            decide=verb,
            document=document,
            reason=reason,
            keys=await self._keys(view) if verb == "replay" and unrouted(view) else None,
            callbacks=callbacks,
            follow=follow,
        )
        status = await _asked(lambda: self._store.decide(decision))
        if status == "bare":
            raise without_body()
        if status == "posted":
            raise Refused(
                409, "posted", _("it is booked, and a later step failed: release it as retry, which goes on there")
            )
        if status not in ("done", "again"):
            raise Refused(409, "not_possible", _("it is {status}; {possible}", status=status, possible=_possible(verb)))
        _tell(view, verb, by)

    async def _keys(self, view: DeliveryView) -> Keys:
        """What the route says of it today: it was born dead because that couldn't be told."""
        known = await self._known(view)
        if known is None:
            raise Refused(409, "not_possible", _("its event is gone"))
        if known.event.bare_ms:
            raise without_body()
        drafts = await self._routed(view, known)
        draft = next((draft for draft in drafts if draft.id == view.id), None)
        if draft is None:
            raise Refused(
                409, "not_routed", _("the route {route} doesn't bring its event here any more", route=repr(view.route))
            )
        if draft.state is State.DEAD:
            raise Refused(409, "not_routed", draft.reason or _("its route still fails"))
        return Keys(order_key=draft.order_key, once=draft.once, blocks=draft.blocks)

    async def _routed(self, view: DeliveryView, known: Known) -> list[Draft]:
        """What today's routes make of its event, or of the end that it follows. Raises Refused."""
        config = self._config()
        prior = await self._store.prior(view.id) if view.after else None
        try:
            if is_fetch(view.route):
                return thin.again(view.route, known, config)
            if view.after:
                return following.again(prior, known, config) if prior else []
            return config.router.route(known.event, known.names())
        except ExpressionError as fault:
            raise Refused(409, "not_routed", fault.what) from None

    async def _led_on(
        self, view: DeliveryView, verb: str, document: str | None, reason: str | None
    ) -> tuple[list[CallbackDraft], list[Follower]]:
        """The callbacks and the followers of an end that wasn't an attempt's."""
        known = None if verb not in ENDS or view.callback_of else await self._known(view)
        if known is None:
            return [], []
        config, state = self._config(), ENDS[verb]
        same: dict[str, Any] = {
            "id": view.id,
            "route": view.route,
            "destination": view.lane,
            "state": state,
            "document": document,
        }
        told = Told(**same, attempts=attempts(view), reason=reason, order_key=view.order_key)
        ended = Ended(**same, data=None, at_ms=time.time_ns() // 1_000_000)
        callbacks = callback.drafts(config.callback_of(known.event.source), told)
        return callbacks, following.followers(ended, known, config)


async def known_of(found: EventView, store: Store, config: Config) -> Known:
    """A stored event with its documents."""
    fetched, opening = await store.fetched(found.event.id), config.opening_of(found.event.source)
    event = await store.with_whole(found.event) if config.reads_whole else found.event
    return Known(event=event, received_ms=found.received_ms, fetched=fetched, opening=opening)


async def _asked(step: Callable[[], Awaitable[str]]) -> str:
    """Asked again under the same request where the answer is lost: it acts once. Raises StoreUnavailable."""
    for _again in range(TRIES - 1):
        with contextlib.suppress(StoreUnavailable):
            return await step()
        await asyncio.sleep(AGAIN_S)
    return await step()


def _tell(view: DeliveryView, verb: str, by: str) -> None:
    signal = Signal.DELIVERY_REPLAYED if verb in ("replay", "again") else Signal.DELIVERY_RELEASED
    ids = {"event": view.event, "delivery": view.id, "route": view.route, "destination": view.lane}
    tell(signal, **ids, decided=verb, by=by)


def unrouted(view: DeliveryView) -> bool:
    """Whether it was born dead and never tried, so that its keys aren't known. Its reason may have changed since."""
    told = view.order_key or view.once
    return view.state is State.DEAD and not told and not attempts(view)


def attempts(view: DeliveryView) -> int:
    """How many were made: decisions and lookups are kept among them."""
    return max((record.unpack(one).n for one in view.attempts), default=0)


def _record(view: DeliveryView, verb: str, by: str, note: str, version: str) -> record.Record:
    now = rfc3339(time.time_ns() // 1_000_000)
    return record.Record(n=attempts(view), at=now, config=version, by=by, decided=verb, note=note or None)


def without_body() -> Refused:
    """What is said where a body is asked for that retention has removed."""
    what = _("its event's body was removed after its time (retention)")
    return Refused(
        409, "body_removed", _("{what}: have the source send it again, or book it by hand and release it", what=what)
    )


def _possible(verb: str) -> str:
    if verb in ("replay", "again"):
        return _("dead and held ones can be replayed, delivered ones only with `again` and a note")
    return _("held, dead and confirming ones can be released")
