"""Group commit: what is asked for while a call is under way goes out together in the next: one fsync serves all.

One call at a time: a second would wait for the same Redis, and both would be half as full.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Group(Generic[Item, Answer]):
    """Gathers items and sends them together: at most `most` items or `most_bytes` in a call."""

    def __init__(
        self,
        send: Callable[[list[Item]], Awaitable[list[Answer]]],
        size: Callable[[Item], int] = lambda _: 0,
    ) -> None:
        self._send, self._size = send, size
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._scheduled = False
        self._under_way: asyncio.Task[None] | None = None

    most = 64
    most_bytes = 256 << 10

    def add(self, item: Item) -> asyncio.Future[Answer]:
        """The answer to this item, or the error of the call that carried it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, future))
        if not self._scheduled and self._under_way is None:
            self._scheduled = True
            loop.call_soon(self._flush)
        return future

    def _flush(self) -> None:
        self._scheduled = False
        if self._waiting:
            self._under_way = asyncio.get_running_loop().create_task(self._call(self._take()))

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        size = count = 0
        for item, _ in self._waiting[: self.most]:
            size += self._size(item)
            if count and size > self.most_bytes:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _call(self, group: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._send([item for item, _ in group])
            for (_, future), answer in zip(group, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        except BaseException as error:  # noqa: BLE001 - each waiter gets it; nothing is swallowed
            self._fail(group, error)
        finally:
            self._under_way = None
            self._flush()

    def _fail(self, group: list[tuple[Item, asyncio.Future[Answer]]], error: BaseException) -> None:
        """Those that wait behind hear it too: a store that is away would let each group wait for its own time-out."""
        behind, self._waiting = self._waiting, []
        for _, future in (*group, *behind):
            if not future.done():
                future.set_exception(error)
