"""An example of docs/examples as its README.md has it run: its files, its emulators.env, and the systems it names."""

import json
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from running import Relay, folder_of, until

from relay.dotenv import read_env
from relay.emulators import emulator
from relay.emulators.stage.books import Entry
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.serving import serving

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
_STARTED = re.compile(r"relay emulate (\S+) --port (\d+)")


@dataclass
class Example:
    """A relay that runs the example. `systems`: those that its README.md starts, by name. `env`: its emulators.env."""

    relay: Relay
    systems: Mapping[str, Emulator]
    env: Mapping[str, str]

    async def posted(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> str:
        """The id of an event that was taken at /in/PATH."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        said = await self.relay.ask("POST", f"/in/{path}", data, sent, token=None)
        assert said.status < 300, said
        (event,) = {one["id"] for one in (await self.relay.get("/api/events?limit=1"))["events"]}
        return event

    async def booked(self, system: str, count: int) -> list[Entry]:
        """What a system has in its books, once it is that many."""

        async def there() -> bool:
            return len(self.systems[system].books.entries) >= count

        await until(there)
        return self.systems[system].books.entries


@asynccontextmanager
async def example_up(name: str, **env: str) -> AsyncIterator[Example]:
    """`env` beats emulators.env, in which the ports of README.md become those that the systems have here."""
    folder, named = EXAMPLES / name, read_env(EXAMPLES / name / "emulators.env")
    started = _STARTED.findall((folder / "README.md").read_text(encoding="utf-8"))
    systems = {system: emulator(system) for system, _ in started}
    async with AsyncExitStack() as stack:
        urls = {
            f"http://127.0.0.1:{port}": await stack.enter_async_context(serving(systems[system]))
            for system, port in started
        }
        known = {name: urls.get(value, value) for name, value in named.items()} | env
        relay = await stack.enter_async_context(folder_of("", known))
        shutil.copytree(folder, relay.folder, dirs_exist_ok=True)
        await relay.start()
        yield Example(relay, systems, known)
