"""Between the processes behind the ports and those that have the carriers: a socket, frames of MessagePack.

Each process that carries listens on a Unix socket in a directory that only the server's user can enter; each
that accepts calls all of them, and again when one has ended. What either says is in `flow.handing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from heliograph.flow.handing import (
    Bound,
    Credit,
    Handed,
    Introduced,
    Known,
    Spare,
    Telling,
    ToAccepting,
    ToCarrying,
    count,
)
from heliograph.flow.lanes import LANES
from heliograph.flow.outlet import Waiting
from heliograph.store.notifications import NotificationKey

_log = structlog.get_logger()
_TO_CARRYING: Final = msgspec.msgpack.Decoder(ToCarrying)
_TO_ACCEPTING: Final = msgspec.msgpack.Decoder(ToAccepting)
_ENCODER: Final = msgspec.msgpack.Encoder()
_LOOK_SECONDS: Final = 0.01
"""How often a process looks whether what it has said still holds."""
_AGAIN_SECONDS: Final = 0.2
_MOST_UNREAD: Final = 16 << 20
"""Octets that wait to be read by the other side; what is more is left to its lease."""


def _socket(place: Path, number: int) -> str:
    return str(place / str(number))


class _Line:
    """One connection; frames are a length of four octets and so many."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, item: ToAccepting | ToCarrying) -> bool:
        """Send; False when the other side has too much unread."""
        if self._writer.transport.get_write_buffer_size() > _MOST_UNREAD:
            return False
        octets = _ENCODER.encode(item)
        self._writer.write(len(octets).to_bytes(4, "big") + octets)
        return True

    async def hear(self) -> bytes:
        """The next frame. Raises IncompleteReadError or OSError when the other side has ended."""
        length = int.from_bytes(await self._reader.readexactly(4), "big")
        return await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


class Handing:
    """The side that accepts: an `Away` for its Deliver, and a `Part`."""

    def __init__(
        self,
        place: Path,
        numbers: Collection[int],
        *,
        node: int,
        bound: Callable[[], Collection[int]],
        told: Callable[[Sequence[NotificationKey], Known], None],
        lost: Callable[[], Awaitable[None]],
    ) -> None:
        """`numbers` are of the processes that carry, `bound` is who has sessions here, as negative credential
        ids, `told` takes what they are to be told, `lost` is called when one of the processes has ended."""
        self._place = place
        self._numbers = numbers
        self._node = node
        self._bound = bound
        self._told = told
        self._lost = lost
        self._lines: dict[_Line, Credit] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to call them."""
        self._tasks = [
            asyncio.create_task(self._keep(number), name=f"handing {number}")
            for number in self._numbers
        ]

    async def stop(self) -> None:
        """Hand over no more. Idempotent."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def here(self) -> bool:
        """Whether any of them listens."""
        return bool(self._lines)

    def up(self, carrier_id: int) -> bool:
        """Whether one of them can send by this carrier now."""
        return any(carrier_id in credit.up for credit in self._lines.values())

    def room(self, lane: int) -> int:
        """How many more messages of a lane they may be handed."""
        return sum(max(0, credit.room(lane)) for credit in self._lines.values())

    def hand(self, items: Sequence[Waiting]) -> None:
        """To the one that has the most room."""
        if not self._lines:
            return
        lane = int(items[0].message.traffic_class)
        line, credit = max(self._lines.items(), key=lambda each: each[1].room(lane))
        if line.say(Handed(list(items))):
            credit.handed(items)

    async def _keep(self, number: int) -> None:
        while True:
            try:
                line = _Line(*await asyncio.open_unix_connection(_socket(self._place, number)))
            except OSError:  # it starts, or has ended
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            try:
                await self._serve(line)
            except (OSError, asyncio.IncompleteReadError):
                _log.info("a process that carries has ended", worker=number)
            except Exception:  # noqa: BLE001 - the top of the loop: it is called again
                _log.exception("handing over failed", worker=number)
            finally:
                self._lines.pop(line, None)
                line.close()
            try:
                await self._lost()
            except Exception:  # noqa: BLE001 - leases bring back what was handed over
                _log.exception("what was handed over could not be taken back", worker=number)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _serve(self, line: _Line) -> None:
        credit = Credit()
        line.say(Introduced(self._node))
        saying = asyncio.create_task(self._say_bound(line))
        try:
            while True:
                match _TO_ACCEPTING.decode(await line.hear()):
                    case Spare() as spare:
                        credit.said(spare)
                        self._lines[line] = credit
                    case Telling(keys, known):
                        self._told(keys, known)
        finally:
            saying.cancel()

    async def _say_bound(self, line: _Line) -> None:
        said: Collection[int] = ()
        while True:
            bound = sorted(self._bound())
            if bound != said and line.say(Bound(bound)):
                said = bound
            await asyncio.sleep(_LOOK_SECONDS)


class Carrying:
    """The side that carries: an `Afar` for its Deliver and Notify, and a `Part`."""

    def __init__(
        self,
        place: Path,
        number: int,
        *,
        receive: Callable[[Sequence[Waiting]], None],
        room: Callable[[int], int],
        up: Callable[[], Collection[int]],
    ) -> None:
        """`receive` takes messages, `room` is how many more of a lane may come, `up` are the carriers that
        work."""
        self._path = _socket(place, number)
        self._receive = receive
        self._room = room
        self._up = up
        self._server: asyncio.Server | None = None
        self._nodes: dict[_Line, int] = {}
        self._bound: dict[_Line, frozenset[int]] = {}
        self._sessions: frozenset[int] = frozenset()
        self._serving: dict[_Line, asyncio.Task[None] | None] = {}

    async def start(self) -> None:
        """Listen. Raises OSError."""
        self._server = await asyncio.start_unix_server(self._met, self._path)

    async def stop(self) -> None:
        """Take no more. Idempotent."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        serving = [task for task in self._serving.values() if task is not None]
        for line in self._serving:
            line.close()
        await asyncio.gather(*serving, return_exceptions=True)

    def nodes(self) -> Sequence[int]:
        """In whose names there are leases on what was handed over."""
        return list(self._nodes.values())

    def sessions(self) -> Collection[int]:
        """Whom the processes that accept can tell by sessions, as negative credential ids."""
        return self._sessions

    def tell(self, keys: Sequence[NotificationKey], known: Known) -> None:
        """To where the sessions are."""
        for line, bound in self._bound.items():
            theirs = [key for key in keys if key.endpoint_id in bound]
            if theirs:
                told = {k.event_id: known[k.event_id] for k in theirs if k.event_id in known}
                line.say(Telling(theirs, told))
                keys = [key for key in keys if key.endpoint_id not in bound]

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(reader, writer)
        self._serving[line] = asyncio.current_task()
        try:
            await self._serve(line)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side has ended, or we have
        except Exception:  # noqa: BLE001 - the top of a connection: the other side calls again
            _log.exception("what was handed over could not be taken")
        finally:
            line.close()
            del self._serving[line]
            self._nodes.pop(line, None)
            self._bound.pop(line, None)
            self._sessions = frozenset().union(*self._bound.values())

    async def _serve(self, line: _Line) -> None:
        taken = dict.fromkeys(LANES, 0)
        saying = asyncio.create_task(self._say_spare(line, taken))
        try:
            while True:
                match _TO_CARRYING.decode(await line.hear()):
                    case Handed(items):
                        count(taken, items)
                        self._receive(items)
                    case Introduced(node):
                        self._nodes[line] = node
                    case Bound(sessions):
                        self._bound[line] = frozenset(sessions)
                        self._sessions = frozenset().union(*self._bound.values())
        finally:
            saying.cancel()

    async def _say_spare(self, line: _Line, taken: dict[int, int]) -> None:
        said: Spare | None = None
        while True:
            free = {lane: self._room(lane) // max(1, len(self._nodes)) for lane in LANES}
            spare = Spare(dict(taken), free, sorted(self._up()))
            if spare != said and line.say(spare):
                said = spare
            await asyncio.sleep(_LOOK_SECONDS)
