"""The platform played: it posts at an even pace, and never again what was refused."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

import aiohttp
from signing import standard_webhooks

PER_SECOND = 200


@dataclass
class Platform:
    """`per_second`: its pace; `first`: its first number. `said`: how often each answer
    came, an exception by its name. `taken`: the numbers that were answered 202."""

    url: str
    per_second: int = PER_SECOND
    first: int = 0
    said: Counter[str] = field(default_factory=Counter)
    taken: list[int] = field(default_factory=list)

    async def posts_beside(self, work: "asyncio.Task[None]") -> None:
        """Every other webhook on a connection of its own, the others on such as are kept, until the work is done."""
        kept, fresh = aiohttp.TCPConnector(limit=0), aiohttp.TCPConnector(limit=0, force_close=True)
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        async with (
            aiohttp.ClientSession(connector=kept) as keeps,
            aiohttp.ClientSession(connector=fresh) as opens,
            asyncio.TaskGroup() as group,
        ):
            while not work.done():
                group.create_task(self._posts(opens if sent % 2 else keeps, self.first + sent))
                sent += 1
                await asyncio.sleep(began + sent / self.per_second - loop.time())

    async def _posts(self, session: aiohttp.ClientSession, number: int) -> None:
        body = json.dumps({"number": number}).encode()
        try:
            async with session.post(f"{self.url}/in/expenses", data=body, headers=standard_webhooks(body)) as answer:
                said = str(answer.status)
        except (aiohttp.ClientError, OSError) as error:
            said = type(error).__name__
        self.said[said] += 1
        if said == "202":
            self.taken.append(number)
