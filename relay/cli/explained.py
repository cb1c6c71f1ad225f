"""A rehearsal as plain data, secrets masked: what `relay explain --json` prints, and what is shown of it to people."""

from collections.abc import Iterator
from typing import Any

import msgspec

from relay import callback
from relay.callback import Told
from relay.charset import readable
from relay.configuration import Config
from relay.delivery import FETCH, State, event_state
from relay.destination import Request
from relay.masking import Mask
from relay.outgoing import Send, callback_of
from relay.rehearsal import Rehearsed
from relay.texts import _


def explained(found: Rehearsed, config: Config) -> dict[str, Any]:
    """One event: what it is, and what it leads to."""
    event, mask = found.event, config.mask
    return {
        "type": event.type,
        "external_id": event.external_id,
        **({"part": event.part} if event.part else {}),
        "noted": [mask.text(one) for one in found.noted],
        "fetches": [_fetch(send, found, mask) for send in found.fetches],
        "waits_for": found.waits_for,
        "routes": [
            {
                "name": route.name,
                "taken": route.taken,
                "why": mask.text(route.why),
                "error": _masked(route.error, mask),
                "follows": list(route.follows),
            }
            for route in found.routes
        ],
        "sends": [{**_send(send, mask), "then": _then(send, config)} for send in found.sends],
        "callbacks": [_told(send, end, mask) for send, end in callbacks(found, config)],
    }


def callbacks(found: Rehearsed, config: Config) -> Iterator[tuple[Send, State]]:
    """What the source would be told of each delivery, and of which end: of one that is sent that it is delivered."""
    wanted, states = config.callback_of(found.event.source), [_end(send) for send in found.sends]
    for send, end in zip(found.sends, states, strict=True):
        for draft in callback.drafts(wanted, _ended(send, end)):
            made = callback_of(draft, send.draft.id, found.known, config, str(event_state(states)))
            guessed = send.state is State.PENDING and made.state is State.DEAD
            yield (msgspec.structs.replace(made, state=end, reason=None, open=made.reason) if guessed else made), end


def _end(send: Send) -> State:
    return State.DELIVERED if send.state is State.PENDING else send.state


def _ended(send: Send, state: State) -> Told:
    draft, was_sent = send.draft, send.state is State.PENDING
    return Told(
        id=draft.id,
        route=draft.route,
        destination=draft.lane,
        state=state,
        attempts=1 if was_sent else 0,
        document=_("(the document's number)") if was_sent else None,
        reason=send.reason,
        order_key=draft.order_key,
    )


def _fetch(send: Send, found: Rehearsed, mask: Mask) -> dict[str, Any]:
    name = send.draft.route.removeprefix(FETCH)
    return {"name": name, "answered": name in found.known.fetched, **_send(send, mask)}


def _send(send: Send, mask: Mask) -> dict[str, Any]:
    draft = send.draft
    return {
        "route": draft.route,
        "destination": draft.lane,
        "state": str(send.state),
        "reason": _masked(send.reason, mask),
        "order_key": _masked(draft.order_key, mask),
        "once": _masked(draft.once, mask),
        **({"reverses": mask.text(draft.reverses)} if draft.reverses else {}),
        "files": [mask.text(url) for url in send.files],
        "open": _masked(send.open, mask),
        "request": _request(send.request, mask) if send.request else None,
    }


def _then(send: Send, config: Config) -> list[str]:
    """The names of the requests that follow it, which are made of what is answered."""
    return [step.name for step in config.destination_of(send.claimed).then] if send.claimed else []


def _told(send: Send, end: State, mask: Mask) -> dict[str, Any]:
    request = _request(send.request, mask) if send.request else None
    names = {"of": send.draft.route, "destination": send.draft.lane, "when": str(end)}
    return {**names, "reason": _masked(send.reason, mask), "open": _masked(send.open, mask), "request": request}


def _request(request: Request, mask: Mask) -> dict[str, Any]:
    kind = next((value for name, value in request.headers.items() if name.lower() == "content-type"), "")
    return {
        "method": request.method,
        "url": mask.text(request.url),
        "headers": mask.headers(request.headers),
        "body": mask.text(readable(request.body, kind).decode("utf-8", "replace")),
    }


def _masked(text: str | None, mask: Mask) -> str | None:
    return None if text is None else mask.text(text)
