"""A stored event as a test of routes.yaml: its request without a proof, the routes it takes and what it sends. Pure.

What it must become is found by a rehearsal of the test itself, so that the test holds today."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from relay.configuration import Config
from relay.contents import AS_IT_CAME
from relay.delivery import State
from relay.destination import Request
from relay.disguise import disguised, others, personal
from relay.errors import Forged, RelayError
from relay.event import Event
from relay.money import BadJson, decode_json
from relay.outgoing import Send
from relay.rehearsal import Rehearsed, rehearse
from relay.texts import _
from relay.times import rfc3339
from relay.trial import Trial
from relay.trials.arriving import received_of

Entry = dict[str, Any]
_JSON = "application/json"


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """`entry`: as `tests:` has it. `takes`: the routes that it takes today. `kept`: what was to be masked, and isn't,
    because routes or mappings depend on it."""

    entry: Entry
    takes: tuple[str, ...]
    kept: tuple[str, ...] = ()


class Capturing:
    """One event of a source that the configuration has. `documents`: what was read for it."""

    def __init__(self, config: Config, event: Event, received_ms: int, documents: Mapping[str, Any]) -> None:
        self._config, self._event, self._received_ms, self._documents = config, event, received_ms, documents

    def captured(self, name: str) -> Captured:
        """Raises RelayError where its body can't be read."""
        return self._whole(self._lean(self._request(name)))

    def masked(self, name: str, salt: bytes) -> Captured:
        """The same with people taken out of it. `salt`: a chance, up to 64 bytes."""
        entry = self._lean(self._request(name))
        instead, wanted = others(personal([entry["body"], entry.get("documents")]), salt), self._shape(entry)
        kept = [value for value in instead if self._shape(_masked(entry, {value: instead[value]})) != wanted]
        entry = _masked(entry, {value: other for value, other in instead.items() if value not in kept})
        return msgspec.structs.replace(self._whole(entry), kept=tuple(kept))

    def _request(self, name: str) -> Entry:
        """Its request, with all its headers."""
        event = self._event
        said: Entry = {"name": name, "source": event.source, "body": self._body(), "headers": dict(event.headers)}
        if isinstance(said["body"], dict | list):
            said["headers"].pop("content-type", None)
        if self._documents:
            said["documents"] = dict(self._documents)
        return {**said, "at": rfc3339(self._received_ms)}

    def _body(self) -> Any:
        """What was sealed is opened, and an item stands in the POST that it came in."""
        event = self._event
        whole = event.body if event.whole is None else event.whole
        try:
            return decode_json(whole) if event.whole is not None else self._opened(whole)
        except (Forged, BadJson) as error:
            raise RelayError(_("its body can't be read: {why}", why=error.what), event.id) from None

    def _opened(self, data: bytes) -> Any:
        kind = self._event.headers.get("content-type", "")
        contents = self._config.opening_of(self._event.source).opened(data, kind)
        if contents.plain is not None:
            return contents.body
        try:
            return decode_json(data)
        except BadJson:
            return data.decode() if _is_text(data) else AS_IT_CAME.opened(data, kind).body

    def _lean(self, entry: Entry) -> Entry:
        """With those headers alone without which something else would become of it."""
        wanted, headers = self._told(entry), dict(entry["headers"])
        for name in list(headers):
            fewer = {key: value for key, value in headers.items() if key != name}
            if self._told({**entry, "headers": fewer}) == wanted:
                headers = fewer
        return {key: value for key, value in {**entry, "headers": headers}.items() if key != "headers" or headers}

    def _whole(self, entry: Entry) -> Captured:
        """With what becomes of it."""
        found = self._rehearsed(entry)
        takes = tuple(dict.fromkeys(name for one in found for name in one.takes))
        sends = [_sent(send) for one in found for send in one.sends]
        return Captured(entry={**entry, "takes": list(takes), "sends": sends}, takes=takes)

    def _shape(self, entry: Entry) -> Any:
        """What must stay when values change: the routes, and which requests go out."""
        found = self._rehearsed(entry)
        return [(one.takes, [(each.draft.lane, each.state, each.open is None) for each in one.sends]) for one in found]

    def _told(self, entry: Entry) -> Any:
        """All that becomes of it; None where it is no event any more."""
        try:
            found = self._rehearsed(entry)
        except RelayError:
            return None
        return [(one.event.type, one.event.external_id, one.takes, list(map(_sent, one.sends))) for one in found]

    def _rehearsed(self, entry: Entry) -> list[Rehearsed]:
        """Raises RelayError."""
        trial = msgspec.convert(entry, Trial)
        received = received_of(trial, self._config.sources[trial.source])
        return rehearse(self._config, trial.source, received, trial.documents, self._received_ms)


def _masked(entry: Entry, instead: Mapping[str, str]) -> Entry:
    return {key: disguised(value, instead) if key in ("body", "documents") else value for key, value in entry.items()}


def _sent(send: Send) -> Entry:
    """As a test says it."""
    draft, state = send.draft, send.state
    said: Entry = {"to": draft.lane, "route": draft.route}
    if draft.once is not None:
        said["once"] = draft.once
    if state in (State.HELD, State.DEAD):
        return {**said, str(state): send.reason}
    return {**said, **dict(_content(send.request))} if send.request else said


def _content(request: Request) -> Iterator[tuple[str, Any]]:
    try:
        yield "body", decode_json(request.body)
    except BadJson:
        if request.body and _is_text(request.body):
            yield "body", request.body.decode()


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
