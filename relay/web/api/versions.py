"""The configuration in force and those before it, with their files; another comes into force, or one that was."""

import base64
import binascii
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Annotated

import msgspec
from msgspec import Meta

from relay.applying import Applying
from relay.bundle import Bundle
from relay.configuration import Config
from relay.errors import Refused, RelayError, StoreUnavailable
from relay.standing import InForceShown, PublicationShown, in_force, publication
from relay.texts import _
from relay.version import Versions
from relay.web.api.calls import Asked, Nothing, Parameters, call
from relay.web.api.shared import Note, Short

MOST_BYTES = 32 << 20
MOST_LISTED = 200


class Packed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that isn't UTF-8."""

    base64: str


Files = dict[str, str | Packed]


class Bundled(msgspec.Struct, frozen=True, kw_only=True):
    """A version's files by their names, as they are before variables: `name` is that of routes.yaml."""

    version: str
    name: str
    files: Files


class History(msgspec.Struct, frozen=True, kw_only=True):
    versions: list[PublicationShown]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """`status`: done, or same where it was in force already."""

    version: str
    status: str


class Listing(Parameters, frozen=True):
    limit: Annotated[int, Meta(ge=1, le=MOST_LISTED, description=f"a number from 1 to {MOST_LISTED}")] = 50


class New(Parameters, frozen=True):
    """What is to come into force."""

    files: Annotated[Files, Meta(description="each file's text by its name below the folder of routes.yaml")]
    expected: Annotated[Short, Meta(description="the version that is in force, as it was told before")]
    name: Annotated[Short, Meta(description="which of the files is routes.yaml")] = "routes.yaml"
    note: Note = ""


class Back(Parameters, frozen=True):
    note: Annotated[Short, Meta(min_length=1, description="why; it is kept, with your name")]
    expected: Annotated[Short | None, Meta(description="the version that is in force, as it was told before")] = None


class Configurations:
    """`config`: what this process runs."""

    def __init__(self, versions: Versions, applying: Applying, config: Callable[[], Config]) -> None:
        self._versions, self._applying, self._config = versions, applying, config

    @call("GET /api/config", "The configuration in force, since when and by whom, and what each process runs")
    async def current(self, asked: Asked[Nothing]) -> InForceShown:
        return await in_force(self._versions, self._config())

    @call("GET /api/config/history", "The versions that came into force, newest first")
    async def history(self, asked: Asked[Listing]) -> History:
        return History(versions=[publication(one) for one in await self._versions.history(asked.given.limit)])

    @call("GET /api/config/{version}", "The files of a version, as they are before variables", (404,))
    async def one(self, asked: Asked[Nothing]) -> Bundled:
        bundle = await self._versions.bundle(asked.named)
        if bundle is None:
            raise Refused(404, "unknown_version", _("the version {version} isn't kept", version=repr(asked.named[:60])))
        files = {name: _shown(bundle.files[name]) for name in (bundle.name, *bundle.beside)}
        return Bundled(version=asked.named, name=bundle.name, files=files)

    @call(
        "POST /api/config",
        "Check files with the server's variables, run their tests, and bring them into force",
        (409,),
        most_bytes=MOST_BYTES,
    )
    async def apply(self, asked: Asked[New]) -> Applied:
        given = asked.given
        bundle = Bundle(name=given.name, files=_read(given))
        try:
            answer = await self._applying.apply(bundle, given.expected, asked.by, given.note or None)
        except RelayError as error:
            raise _told(error) from None
        return Applied(version=bundle.version, status=answer.status)

    @call("POST /api/config/{version}/rollback", "Bring a version that was in force into force again", (404, 409))
    async def roll_back(self, asked: Asked[Back]) -> Applied:
        try:
            answer = await self._applying.roll_back(asked.named, asked.given.expected, asked.by, asked.given.note)
        except RelayError as error:
            raise _told(error) from None
        return Applied(version=asked.named, status=answer.status)


def _told(error: RelayError) -> RelayError:
    """What is wrong with the files is the asker's: all of it, a line each."""
    return error if isinstance(error, Refused | StoreUnavailable) else Refused(422, "faulty", str(error))


def _shown(content: bytes) -> str | Packed:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return Packed(base64=base64.b64encode(content).decode())


def _read(given: New) -> dict[str, bytes]:
    """Raises Refused (422)."""
    if given.name not in given.files:
        raise Refused(422, "no_main", _("there is no {name} among the files", name=repr(given.name)))
    return {_named(name): _content(name, one) for name, one in given.files.items()}


def _named(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        what = _("the file {name} lies outside the folder of routes.yaml", name=repr(name[:60]))
        raise Refused(422, "bad_name", what)
    return name


def _content(name: str, one: str | Packed) -> bytes:
    if isinstance(one, str):
        return one.encode()
    try:
        return base64.b64decode(one.base64, validate=True)
    except binascii.Error:
        what = _("the file {name} is no base64", name=repr(name[:60]))
        raise Refused(422, "bad_base64", what) from None
