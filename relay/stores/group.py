"""Group commit: what is asked for in one turn of the loop goes out as one call, so that one fsync serves all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Group(Generic[Item, Answer]):
    """Gathers items and sends them together: `most` items or `most_bytes` in a call, `under_way` calls at once."""

    def __init__(
        self,
        send: Callable[[list[Item]], Awaitable[list[Answer]]],
        size: Callable[[Item], int] = lambda _: 0,
        under_way: int = 2,
    ) -> None:
        self._send, self._size = send, size
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._free = under_way
        self._scheduled = False
        self._calls: set[asyncio.Task[None]] = set()

    most = 64
    most_bytes = 256 << 10

    def add(self, item: Item) -> asyncio.Future[Answer]:
        """The answer to this item, or the error of the call that carried it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, future))
        if not self._scheduled and self._free:
            self._scheduled = True
            loop.call_soon(self._flush)
        return future

    def _flush(self) -> None:
        self._scheduled = False
        while self._waiting and self._free:
            self._free -= 1
            call = asyncio.get_running_loop().create_task(self._call(self._take()))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

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
            self._free += 1
            self._flush()

    def _fail(self, group: list[tuple[Item, asyncio.Future[Answer]]], error: BaseException) -> None:
        """Those that wait behind hear it too: a store that is away would let each group wait for its own time-out."""
        behind, self._waiting = self._waiting, []
        for _, future in (*group, *behind):
            if not future.done():
                future.set_exception(error)
