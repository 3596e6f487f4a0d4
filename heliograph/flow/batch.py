"""Group commit: what arrives while one batch is being written becomes the next batch.

A lone item is written at once, and under load batches grow by themselves. A writer may also linger for
some milliseconds when more is coming, that is when something of its kind is being written or came while
it was: what a statement costs is paid per batch, and half as many statements are worth more than that
time. Whoever brings one item after the other, each when the last is written, does not wait for that. Must
never lose an item silently: each has a future that ends in a result or an error.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

import structlog

T = TypeVar("T")
R = TypeVar("R")
_log = structlog.get_logger()
_BUSY = 8
"""A batch of this size says that more is coming."""
LINGER = 0.008
"""Seconds; for what follows acceptance."""


def _one(_: object) -> int:
    return 1


_Slot: TypeAlias = "asyncio.Future[R] | _Several | _Heard[R] | None"
"""Who waits for an item; None for nobody."""


class _Several:
    """One who waits until several items are written."""

    __slots__ = ("_left", "future")

    def __init__(self, future: asyncio.Future[None], count: int) -> None:
        self.future = future
        self._left = count

    def done(self) -> bool:
        """Whether nobody waits any more."""
        return self.future.done()

    def set_result(self, _: object) -> None:
        """One of them is written."""
        self._left -= 1
        if not self._left:
            self.future.set_result(None)

    def set_exception(self, fault: Exception) -> None:
        """One of them cannot be written."""
        self.future.set_exception(fault)

    def exception(self) -> BaseException | None:
        """Marks the error as seen: nobody has to wait for it."""
        return self.future.exception()


class _Heard(Generic[R]):
    """One who does not wait, but hears what came of an item."""

    __slots__ = ("_hear",)

    def __init__(self, hear: Callable[[R | Exception], None]) -> None:
        self._hear = hear

    def done(self) -> bool:
        """It can always be told."""
        return False

    def set_result(self, result: R | Exception) -> None:
        """It is written, or cannot be. What the hearer does wrong is nobody else's."""
        try:
            self._hear(result)
        except Exception:  # noqa: BLE001 - the others of the batch are to be told, too
            _log.exception("the end of an item could not be told")

    set_exception = set_result

    def exception(self) -> None:
        """It has heard the error."""


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
        linger_seconds: float = 0.0,
    ) -> None:
        """`most` bounds the weight of a batch, but for a single item.

        `again_seconds` set: a failed batch is tried again for ever, item by item if need be.
        `linger_seconds`: how long a writer waits for more where more is coming."""
        self._name = name
        self._flush = flush
        self._most = most
        self._weigh = weigh
        self._workers = workers
        self._again_seconds = again_seconds
        self._linger_seconds = linger_seconds
        self._waiting: deque[tuple[T, _Slot[R]]] = deque()
        self._wake: list[asyncio.Future[None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._delayed: dict[asyncio.TimerHandle, tuple[T, _Slot[R]]] = {}
        self._stopping = False
        self._writing = 0
        self._lingering = False

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
        for waker in self._wake:
            if not waker.done():
                waker.set_result(None)
        self._wake.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def put(self, item: T) -> asyncio.Future[R]:
        """Queue an item; its future ends when its batch is written."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._call()
        return future

    def leave(self, item: T) -> None:
        """Queue an item for which nobody waits."""
        self._waiting.append((item, None))
        self._call()

    def hand(self, item: T, hear: Callable[[R | Exception], None]) -> None:
        """Queue an item; `hear` is called with its result or error as soon as there is one: `put` without
        a future, for those whose next step does not wait."""
        self._waiting.append((item, _Heard(hear)))
        self._call()

    def put_all(self, items: Sequence[T]) -> asyncio.Future[None]:
        """Queue items; the future ends when all of them are written, or with the first error."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not items:
            future.set_result(None)
            return future
        slot = _Several(future, len(items))
        self._waiting.extend((item, slot) for item in items)
        self._call()
        return future

    def _call(self) -> None:
        """Wake one who rests; a lingering one takes what comes."""
        while self._wake and not self._lingering:
            waker = self._wake.pop()
            if not waker.done():
                waker.set_result(None)
                return

    async def _work(self) -> None:
        busy = False
        while True:
            while not self._waiting or (self._lingering and not self._stopping):
                if self._stopping:
                    return
                waker = asyncio.get_running_loop().create_future()
                self._wake.append(waker)
                await waker
            if self._linger_seconds and (busy or self._writing) and not self._stopping:
                await self._linger()
            if self._waiting:  # another worker may have taken them
                batch = self._next()
                if self._waiting:
                    self._call()
                self._writing += 1
                try:
                    await self._write(batch)
                finally:
                    self._writing -= 1
                busy = len(batch) >= _BUSY or bool(self._waiting)

    async def _linger(self) -> None:
        """Let more come."""
        self._lingering = True
        try:
            if len(self._waiting) < self._most:
                await asyncio.sleep(self._linger_seconds)
        finally:
            self._lingering = False

    def _next(self) -> list[tuple[T, _Slot[R]]]:
        batch = [self._waiting.popleft()]
        weight = self._weigh(batch[0][0])
        while self._waiting:
            weight += self._weigh(self._waiting[0][0])
            if weight > self._most:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _write(self, batch: list[tuple[T, _Slot[R]]]) -> None:
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
            for (_, slot), result in zip(batch, results, strict=True):
                if slot is not None and not slot.done():
                    slot.set_result(result)

    def _delay(self, one: tuple[T, _Slot[R]], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle = loop.call_later(seconds, lambda: self._put_back(timer))
        self._delayed[timer] = one

    def _put_back(self, timer: asyncio.TimerHandle) -> None:
        self._waiting.append(self._delayed.pop(timer))
        self._call()

    @staticmethod
    def _fail(batch: list[tuple[T, _Slot[R]]], fault: Exception) -> None:
        for _, slot in batch:
            if slot is not None and not slot.done():
                slot.set_exception(fault)
                slot.exception()  # whoever awaits still gets it; nobody has to
