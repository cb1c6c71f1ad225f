"""What a destination posts about one of its deliveries, at the address that it was told: kept for a worker to judge."""

import time
from collections.abc import Callable

from relay import confirming, record
from relay.configuration import Config
from relay.confirming import Posted
from relay.errors import Refused
from relay.progress import CONFIRM
from relay.record import Record
from relay.replay import attempts
from relay.store import Blob, Store
from relay.texts import _
from relay.times import rfc3339


class Hearing:
    """`config` gives the configuration in force."""

    def __init__(self, store: Store, config: Callable[[], Config]) -> None:
        self._store, self._config = store, config

    async def knows(self, delivery: str, token: str) -> bool:
        """Whether the token is this delivery's. Raises StoreUnavailable."""
        return confirming.is_token(await self._store.confirm_key(), delivery, token)

    async def take(self, delivery: str, posted: Posted) -> bool:
        """Durable when it returns; false where there is no such delivery. What comes after the end is kept as evidence.
        Raises StoreUnavailable, and Refused where far too much is posted."""
        view = await self._store.delivery(delivery)
        if view is None:
            return False
        shown = record.shown_answer(posted.as_answer(), self._config().mask)
        kept = Record(
            n=attempts(view),
            at=rfc3339(time.time_ns() // 1_000_000),
            config=self._config().version,
            step=CONFIRM,
            reason=_("the destination posted this"),
            response=shown,
        )
        status = await self._store.told(delivery, Blob(confirming.pack(posted)), Blob(record.pack(kept)))
        if status == "many":
            raise Refused(429, "too_many", _("this was posted about too often"), 3600)
        return status != "missing"
