"""Group commit: what arrives while one batch is being written becomes the next batch.

No timer and no artificial delay: a lone item is written at once, and under load batches grow by
themselves. Must never lose an item silently: each has a future that ends in a result or an error.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
R = TypeVar("R")
_log = structlog.get_logger()


def _one(_: object) -> int:
    return 1


class Batcher(Generic[T, R]):
    """Gathers items and writes them with `flush`, which returns one result per item, in order."""

    def __init__(
        self,
        name: str,
        flush: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        most: int = 500,
        workers: int = 1,
        again_seconds: float | None = None,
        weigh: Callable[[T], int] = _one,
    ) -> None:
        """`most` bounds the weight of a batch, but for a single item.

        `again_seconds` set: a failed batch is tried again for ever, item by item if need be."""
        self._name = name
        self._flush = flush
        self._most = most
        self._weigh = weigh
        self._workers = workers
        self._again_seconds = again_seconds
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._wake: list[asyncio.Future[None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._delayed: dict[asyncio.TimerHandle, tuple[T, asyncio.Future[R]]] = {}
        self._stopping = False

    def __len__(self) -> int:
        return len(self._waiting)

    async def start(self) -> None:
        """Begin to write."""
        self._stopping = False
        self._tasks = [
            asyncio.create_task(self._work(), name=f"{self._name}-{number}")
            for number in range(self._workers)
        ]

    async def stop(self) -> None:
        """Write what is waiting, then end. Idempotent."""
        self._stopping = True
        for timer in list(self._delayed):
            timer.cancel()
            self._put_back(timer)
        self._call()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def put(self, item: T) -> asyncio.Future[R]:
        """Queue an item; its future ends when its batch is written."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._call()
        return future

    def _call(self) -> None:
        for waker in self._wake:
            if not waker.done():
                waker.set_result(None)
        self._wake.clear()

    async def _work(self) -> None:
        while True:
            while not self._waiting:
                if self._stopping:
                    return
                waker = asyncio.get_running_loop().create_future()
                self._wake.append(waker)
                await waker
            await self._write(self._next())

    def _next(self) -> list[tuple[T, asyncio.Future[R]]]:
        batch = [self._waiting.popleft()]
        weight = self._weigh(batch[0][0])
        while self._waiting:
            weight += self._weigh(self._waiting[0][0])
            if weight > self._most:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _write(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._flush([item for item, _ in batch])
        except Exception as fault:  # noqa: BLE001 - the top of the writer's loop
            _log.exception("batch failed", batch=self._name, items=len(batch))
            if len(batch) > 1:
                for one in batch:  # so that one bad item does not hold up or fail the others
                    await self._write([one])
            elif self._again_seconds is None or self._stopping:
                self._fail(batch, fault)
            else:
                self._delay(batch[0], self._again_seconds)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)

    def _delay(self, one: tuple[T, asyncio.Future[R]], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle = loop.call_later(seconds, lambda: self._put_back(timer))
        self._delayed[timer] = one

    def _put_back(self, timer: asyncio.TimerHandle) -> None:
        self._waiting.append(self._delayed.pop(timer))
        self._call()

    @staticmethod
    def _fail(batch: list[tuple[T, asyncio.Future[R]]], fault: Exception) -> None:
        for _, future in batch:
            if not future.done():
                future.set_exception(fault)
                future.exception()  # whoever awaits still gets it; nobody has to
