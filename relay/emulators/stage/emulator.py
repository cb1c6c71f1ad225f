"""A played system: its addresses, each with what may go wrong there, and a view of its books."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

import msgspec
from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.emulators.stage.books import Books
from relay.emulators.stage.breakage import cut, truncated
from relay.emulators.stage.clock import Clock
from relay.emulators.stage.knobs import Knob, Knobs
from relay.emulators.stage.sessions import Sessions
from relay.errors import RelayError
from relay.money import decode_json

Answer = Callable[[web.Request], Awaitable[web.Response]]
PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"


class Purpose(StrEnum):
    """What a request is for, and so what may befall it."""

    LOGIN = "login"
    POSTING = "posting"
    ASKING = "asking"


BEFALLS = {
    Purpose.LOGIN: frozenset({Knob.SLOW}),
    Purpose.ASKING: frozenset({Knob.THROTTLE, Knob.HTML_PAGE, Knob.EXPIRE_SESSIONS, Knob.TRUNCATE, Knob.SLOW}),
    Purpose.POSTING: frozenset(Knob),
}


class Emulator(ABC):
    """One system. A subclass says where it answers, and how it says that it is busy or that a period is closed.

    `account`: the made-up login that it takes. `docs`: where its behaviour is documented. `session_s`: how long a login
    holds. `spared`: the knobs that don't befall it, such as the end of sessions where it has none."""

    title: ClassVar[str]
    docs: ClassVar[str]
    account: ClassVar[dict[str, str]] = {}
    session_s: ClassVar[float] = 7200
    spared: ClassVar[frozenset[Knob]] = frozenset()

    def __init__(self, books: Books, knobs: Knobs) -> None:
        self.books, self.knobs, self.clock = books, knobs, Clock()
        self.sessions = Sessions(self.clock, self.session_s)
        self._late: set[asyncio.Task[web.Response]] = set()

    @abstractmethod
    def routes(self) -> Iterable[web.RouteDef]:
        """Made by `on`."""

    @abstractmethod
    def throttled(self, request: web.Request) -> web.Response:
        """How it says that it is busy."""

    def closed(self, request: web.Request) -> web.Response:
        """How it refuses a posting into a closed period; a system without periods spares that knob."""
        raise NotImplementedError

    def shown(self) -> dict[str, str]:
        """What its user needs to know when it starts: its account, and what it made for this run."""
        return dict(self.account)

    def on(self, purpose: Purpose, method: str, path: str, answer: Answer) -> web.RouteDef:
        """An address that answers, and misbehaves as the knobs say."""

        async def befallen(request: web.Request) -> web.StreamResponse:
            return await self._befallen(purpose, request, answer)

        return web.route(method, path, befallen)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=32 << 20)
        app.add_routes(self.routes())
        app.add_routes(
            [
                web.get("/_emulator", self._state),
                web.get("/_emulator/books", self._entries),
                web.put("/_emulator/knobs", self._turn),
                web.post("/_emulator/clock", self._move),
                web.post("/_emulator/expire", self._expire),
            ]
        )
        return app

    async def _befallen(self, purpose: Purpose, request: web.Request, answer: Answer) -> web.StreamResponse:
        knob = self._falling(purpose)
        match knob:
            case Knob.THROTTLE:
                return self.throttled(request)
            case Knob.HTML_PAGE:
                return web.Response(text=PAGE, content_type="text/html")
            case Knob.CLOSED_PERIOD:
                return self.closed(request)
            case Knob.COMMIT_LATE:
                return await self._commit_late(request, answer)
            case Knob.EXPIRE_SESSIONS:
                self.sessions.end_all()
        answered = await _answered(request, answer)
        return await self._returned(knob, request, answered)

    def _falling(self, purpose: Purpose) -> Knob | None:
        befalls = BEFALLS[purpose] - self.spared
        return next((each for each in Knob if each in befalls and self.knobs.falls(each)), None)

    async def _returned(self, knob: Knob | None, request: web.Request, answered: web.Response) -> web.StreamResponse:
        match knob:
            case Knob.DROP_AFTER_COMMIT:
                cut(request)
            case Knob.SLOW:
                await asyncio.sleep(self.knobs.slow_s)
            case Knob.TRUNCATE:
                return await truncated(request, answered)
        return answered

    async def _commit_late(self, request: web.Request, answer: Answer) -> web.Response:
        """Answers nothing; what was asked happens some time later all the same, from what is read here."""
        await (request.post() if request.content_type.startswith("multipart/") else request.read())

        async def late() -> web.Response:
            await asyncio.sleep(self.knobs.late_s)
            return await _answered(request, answer)

        task = asyncio.create_task(late())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        cut(request)
        return web.Response()

    async def _state(self, _: web.Request) -> web.Response:
        return as_json(
            {
                "title": self.title,
                "account": self.shown(),
                "addresses": [f"{route.method} {route.path}" for route in self.routes()],
                "booked": len(self.books.entries),
                "doubled": self.books.doubled(),
                "logins": self.sessions.logins,
                "knobs": {str(knob): share for knob, share in self.knobs.shares.items()},
                "spared": sorted(map(str, self.spared)),
            }
        )

    async def _entries(self, _: web.Request) -> web.Response:
        return as_json([msgspec.structs.asdict(entry) for entry in self.books.entries])

    async def _turn(self, request: web.Request) -> web.Response:
        try:
            self.knobs.turn({name: Decimal(share) for name, share in decode_json(await request.read()).items()})
        except RelayError as error:
            return web.Response(status=400, text=str(error))
        return await self._state(request)

    async def _move(self, request: web.Request) -> web.Response:
        """`{"seconds": 7200}` moves its clock ahead."""
        self.clock.move(int(decode_json(await request.read())["seconds"]))
        return await self._state(request)

    async def _expire(self, request: web.Request) -> web.Response:
        self.sessions.end_all()
        return await self._state(request)


async def _answered(request: web.Request, answer: Answer) -> web.Response:
    """A body that can't be read as it should be is refused by the server in front of the system."""
    try:
        return await answer(request)
    except Declined as declined:
        return declined.answer
    except RelayError as error:
        return web.Response(status=400, text=str(error))
