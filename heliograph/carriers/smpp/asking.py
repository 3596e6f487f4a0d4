"""Asks the SMSC by query_sm what became of messages whose receipts did not come.

What can be asked for is what the SMSC has named: messages and parts that it took and never reported on, also
those taken before a restart or by another process, for the ids come from `Hear.open_ids`. A submit_sm
that was never answered has no id, and SMPP has no other way to ask: a user_message_reference is told back
in receipts, and no standard request takes one. It must never hold up a submission, ask for more than a page
of ids at once, nor ask again for an id that the SMSC says it does not know.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from heliograph.carriers.smpp.codes import is_throttling
from heliograph.carriers.smpp.encode import Encoder
from heliograph.carriers.smpp.pace import Pace
from heliograph.carriers.smpp.pending import UNNAMED
from heliograph.carriers.smpp.profile import Profile
from heliograph.carriers.smpp.receipts import asked_id, receipt_of_answer
from heliograph.model.carrier import Hear
from heliograph.model.report import OpenId, Receipt
from heliograph.smpp import (
    CommandStatus,
    LocalProtocolError,
    QuerySm,
    QuerySmResp,
    Response,
    status_name,
)

PAGE: Final = 1000
"""Ids held at once."""
_MOST_UNKNOWN: Final = 100_000
_SHARE_OF_WINDOW: Final = 4
"""One in so many places of the window may be a query's, so that an SMSC that is slow to look things up still
takes messages."""
_UNKNOWN: Final = frozenset({CommandStatus.RQUERYFAIL, CommandStatus.RINVMSGID})
_UNABLE: Final = frozenset({CommandStatus.RINVCMDID, CommandStatus.RPROHIBITED})

_log = structlog.get_logger(__name__)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One query_sm and what it is about."""

    open_id: OpenId
    pdu: QuerySm


class Asking:
    """One task for all binds of a carrier; the binds take questions from it when they have room."""

    def __init__(
        self,
        profile: Profile,
        carrier_id: int,
        name: str,
        hear: Hear,
        encoder: Encoder,
        *,
        wake: Callable[[], None],
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        """`wake` is called when there is something to ask; `clock` tells seconds of a steady clock, `now`
        the time of day."""
        self._profile = profile
        self._carrier_id = carrier_id
        self._name = name
        self._hear = hear
        self._encoder = encoder
        self._wake = wake
        self._clock = clock
        self._now = now
        self._pace = Pace(profile.query_per_second, profile.throttle_seconds, clock())
        self._most_asked = max(1, profile.window * profile.binds // _SHARE_OF_WINDOW)
        self._waiting: deque[Question] = deque()
        self._asked = 0
        self._found: list[Receipt] = []
        self._unknown: dict[str, None] = {}
        """Ids of which the SMSC knows nothing, oldest first."""
        self._up = asyncio.Event()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for what is open."""
        self._task = asyncio.create_task(self._run(), name=f"{self._name} asking")

    async def stop(self) -> None:
        """Ask nothing more; what was not told yet is asked for after the next start. Idempotent."""
        self._waiting.clear()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def changed(self, up: bool) -> None:
        """Whether there is a bind to ask by. What waits meanwhile is found again by the next look."""
        if up:
            self._up.set()
            return
        self._up.clear()
        self._waiting.clear()
        self._news.set()

    # -- what the binds take and bring --

    def next(self, now: float) -> Question | None:
        """The next to be asked, if one may be asked now."""
        if not self._waiting or self._asked >= self._most_asked or not self._pace.available(now):
            return None
        self._pace.take()
        self._asked += 1
        return self._waiting.popleft()

    def wait(self, now: float) -> float | None:
        """Seconds until the pace allows the next; None when there is none, or answers are awaited."""
        if not self._waiting or self._asked >= self._most_asked:
            return None
        return self._pace.wait(now)

    def answered(self, question: Question, response: Response | None) -> None:
        """The SMSC has said this to a question; None: nothing, or it could not be asked."""
        self._asked -= 1
        self._news.set()
        if response is None:
            return
        status = response.command_status
        if isinstance(response, QuerySmResp) and not status:
            self._pace.went_well(self._clock())
            receipt = receipt_of_answer(
                self._profile, self._carrier_id, question.open_id, response, self._now()
            )
            if receipt is not None:
                self._found.append(receipt)
        elif status in _UNKNOWN:
            self._forget(question.open_id)
        elif is_throttling(status):
            self._pace.throttled(self._clock())
            if self._up.is_set() and self._task is not None:
                self._waiting.append(question)
        elif status in _UNABLE:
            _log.warning(
                "the SMSC answers no query_sm and is not asked again",
                carrier=self._name,
                status=status_name(status),
            )
            self._waiting.clear()
            if self._task is not None:
                self._task.cancel()

    def _forget(self, open_id: OpenId) -> None:
        self._unknown[open_id.carrier_message_id] = None
        if len(self._unknown) > _MOST_UNKNOWN:
            del self._unknown[next(iter(self._unknown))]

    # -- what is open --

    async def _run(self) -> None:
        while True:
            await self._up.wait()
            try:
                await self._look()
            except Exception:  # noqa: BLE001 - the top of the loop: looked for again later
                _log.exception("asking failed", carrier=self._name)
            await asyncio.sleep(self._profile.query_every_seconds)

    async def _look(self) -> None:
        """Ask once for everything that is open, a page at a time."""
        taken_before = self._now() - timedelta(seconds=self._profile.query_after_seconds)
        after = ""
        while page := await self._hear.open_ids(
            self._carrier_id, taken_before=taken_before, after=after, limit=PAGE
        ):
            after = page[-1].carrier_message_id
            self._waiting.extend(filter(None, map(self._question, page)))
            self._wake()
            await self._settle()
            await self._up.wait()

    def _question(self, open_id: OpenId) -> Question | None:
        carrier_message_id = open_id.carrier_message_id
        if carrier_message_id in self._unknown or carrier_message_id.startswith(UNNAMED):
            return None
        try:
            pdu = self._encoder.query(asked_id(self._profile, carrier_message_id), open_id.sender)
        except LocalProtocolError:
            return None  # from before the settings were changed
        return Question(open_id=open_id, pdu=pdu)

    async def _settle(self) -> None:
        """Until every question of the page has its answer, tell what is found meanwhile."""
        while self._waiting or self._asked or self._found:
            self._news.clear()
            found, self._found = self._found, []
            if found:
                await self._hear.receipts(found)
            else:
                await self._news.wait()
