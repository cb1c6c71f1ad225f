"""Requests of documented origin, and the source that takes them, loaded as from routes.yaml."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec
import yaml
from signature_cases import HERE

from relay import proving
from relay.config import load
from relay.contents import Contents
from relay.proving import Moment
from relay.reply import Reply
from relay.signature import Received
from relay.signatures import catalogue
from relay.source import Source


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: int = 200
    content_type: str = ""
    text: str = ""


class Capture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source`: where it was published; `at`: when it was sent, in seconds since 1970, 0 where that is not signed.

    `secret`: one, or those that are live; `key`: the public key that was fetched; `vars`: the source's; `settings`:
    its other words. `query`: beside what stands in `url`; `path`: behind the source's name. What may be expected
    further: `plain`, what was sealed, as text; `answer`, to a handshake, which `greets` where it proves itself in its
    own way; `ids` and `types`, of the events.
    """

    source: str
    secret: str | list[str] = ""
    at: int
    headers: dict[str, str] = {}
    body: str = ""
    expect: Literal["valid", "invalid"]
    method: str = "POST"
    url: str = ""
    query: dict[str, str] = {}
    path: str | None = None
    vars: dict[str, str] = {}
    settings: dict[str, Any] = {}
    key: str | None = None
    plain: str | None = None
    answer: Answer | None = None
    greets: bool = False
    ids: list[str] | None = None
    types: list[str] | None = None

    @property
    def reply(self) -> Reply:
        """What is expected to be answered to a handshake."""
        told = self.answer or Answer()
        return Reply(told.status, told.content_type, told.text.encode())

    def received(self, body: bytes) -> Received:
        """As it comes in."""
        return Received(
            method=self.method,
            url=self.url,
            headers={name.lower(): value for name, value in self.headers.items()},
            query={**dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True)), **self.query},
            body=body,
            secret_path=self.path,
            vars=self.vars,
            key=self.key,
        )

    def configured(self, name: str, folder: Path) -> Source:
        """The source that takes it. `name`: the scheme's."""
        source = {"verify": _verify(name), "vars": self.vars, **self.settings}
        given = {"secret": self.secret} if self.secret else {}
        address = {"public_url": "https://relay.example.com/in/it"}
        (folder / "routes.yaml").write_text(
            yaml.safe_dump({"version": 1, "sources": {"it": {**source, **given, **address}}}), encoding="utf-8"
        )
        return load(folder / "routes.yaml", {}).sources["it"]


def _verify(name: str) -> Any:
    if name in catalogue.names():
        return name
    return yaml.safe_load((HERE / "spelled" / f"{name}.yaml").read_text(encoding="utf-8"))


def captures(name: str) -> list[Capture]:
    path = HERE / "captures" / f"{name}.yaml"
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), list[Capture]) if path.exists() else []


class Taken:
    """What a source makes of a request. Making it raises Forged where nothing proves it."""

    def __init__(self, source: Source, received: Received, at: float) -> None:
        self._source, self._received = source, proving.prepared(source, received)
        self._moment = Moment(at, bytes(16))
        self._secret = source.scheme.verify(self._received, source.secrets, at)

    @property
    def contents(self) -> Contents:
        kind = self._received.headers.get("content-type", "")
        return self._source.opening.opened(self._received.body, kind)

    @property
    def answer(self) -> Reply | None:
        """To a handshake; None to an event."""
        return proving.greeted(self._source, self._received, self.contents, self._secret, self._moment)

    def told(self, key: str) -> list[str]:
        """What `id` or `type` says of each event."""
        value, seen = getattr(self._source, key), proving.names(self._source, self._received, self.contents)
        items = proving.items(self._source, seen) if self._source.split else [self.contents.body]
        return [value.printed({**seen, "body": item}) for item in items]


def greeting(source: Source, received: Received, at: float) -> Reply:
    """The answer to what the source's own scheme doesn't prove. Raises Forged."""
    return proving.stranger(source, received, Moment(at, bytes(16)))
