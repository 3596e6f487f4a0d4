"""Pausing, resuming and cancelling broadcasts, firing triggers, and what follows from clicks.

A state changes in a transaction that holds the broadcast; whoever makes its messages finds out in the
transaction of the next page. What was made goes out, unless the broadcast is cancelled: then what no
carrier has is taken back, piece by piece, also after a crash.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from heliograph.flow.advance import Advance, Change, Told, load
from heliograph.flow.directory import Directory
from heliograph.model.account import Credential
from heliograph.model.campaign import (
    AddSegment,
    BroadcastState,
    CancelBroadcast,
    FireTrigger,
    PauseBroadcast,
    PauseReason,
    ResumeBroadcast,
    TriggerFired,
)
from heliograph.model.command import Done, Principal
from heliograph.model.ids import EPOCH
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.products.campaigns.begin import Begin, RefusedError
from heliograph.store import broadcasts, lists, segments
from heliograph.store.broadcasts import KeptBroadcast
from heliograph.store.database import Database, Link

__all__ = ["Steer"]

_PIECE: Final = 500
_PERCENT: Final = 100
_GOING: Final = (BroadcastState.WAITING, BroadcastState.RUNNING)
_Work = Callable[[Link, KeptBroadcast], Awaitable[Refused | None]]
_AT_ONCE: Final = 20


@dataclass(frozen=True, kw_only=True)
class Steer:
    """Changes where broadcasts stand."""

    database: Database
    directory: Directory
    advance: Advance
    begin: Begin
    told: Callable[[Told], None]
    now: Callable[[], datetime]
    wake: Callable[[], None]

    async def pause(self, principal: Principal, command: PauseBroadcast) -> Done | Refused:
        """Make no more messages for now."""

        async def work(link: Link, kept: KeptBroadcast) -> Refused | None:
            paused = await segments.set_segment_state(
                link,
                kept.broadcast.account_id,
                kept.broadcast.id,
                BroadcastState.PAUSED,
                of=_GOING,
                reason=PauseReason.CUSTOMER.value,
            )
            return await self._moved(link, kept, paused, BroadcastState.PAUSED)

        return await self._steer(principal, command.broadcast_id, work)

    async def resume(self, principal: Principal, command: ResumeBroadcast) -> Done | Refused:
        """Go on where it was paused."""

        async def work(link: Link, kept: KeptBroadcast) -> Refused | None:
            resumed = await segments.set_segment_state(
                link,
                kept.broadcast.account_id,
                kept.broadcast.id,
                BroadcastState.WAITING,
                of=(BroadcastState.PAUSED,),
            )
            return await self._moved(link, kept, resumed, BroadcastState.WAITING)

        return await self._steer(principal, command.broadcast_id, work)

    async def cancel(self, principal: Principal, command: CancelBroadcast) -> Done | Refused:
        """Make no more messages, and take back what was not sent. Also of one whose messages were all
        made: as long as some are not sent, it can be taken back."""

        async def work(link: Link, kept: KeptBroadcast) -> Refused | None:
            account_id, broadcast_id = kept.broadcast.account_id, kept.broadcast.id
            if kept.broadcast.state is BroadcastState.CANCELLED:
                return _no(kept)
            await segments.set_segment_state(
                link,
                account_id,
                broadcast_id,
                BroadcastState.CANCELLED,
                of=(*_GOING, BroadcastState.PAUSED, BroadcastState.FINISHED),
                clearing=True,
            )
            await segments.set_broadcast_state(
                link, account_id, broadcast_id, BroadcastState.CANCELLED
            )
            await lists.release(link, account_id, broadcast_id)
            await segments.drop_recipients(link, account_id, broadcast_id)
            return None

        return await self._steer(principal, command.broadcast_id, work)

    async def _moved(
        self, link: Link, kept: KeptBroadcast, count: int, state: BroadcastState
    ) -> Refused | None:
        if not count:
            return _no(kept)
        ids = (kept.broadcast.account_id, kept.broadcast.id)
        await segments.set_broadcast_state(link, *ids, state)
        return None

    async def _steer(self, principal: Principal, broadcast_id: int, work: _Work) -> Done | Refused:
        async def locked(link: Link) -> Done | Refused:
            kept = await broadcasts.find_broadcast(
                link, principal.account.id, broadcast_id, lock=True
            )
            if kept is None:
                return Refused(refusal=Refusal.NOT_FOUND)
            return await work(link, kept) or Done()

        answer = await self.database.run(locked)
        self.wake()
        return answer

    # -- triggers -------------------------------------------------------------------------------

    async def fire(self, principal: Principal, command: FireTrigger) -> TriggerFired | Refused:
        """Release what waits for a trigger of the account's."""
        account_id = principal.account.id

        async def work(link: Link) -> TriggerFired | Refused:
            if not await segments.has_trigger(link, account_id, command.trigger_id):
                return Refused(refusal=Refusal.NOT_FOUND)
            return await self._release(link, account_id, command.trigger_id)

        answer = await self.database.run(work)
        self.wake()
        return answer

    async def fire_code(self, code: str) -> bool:
        """The same for whoever calls a trigger's public URL; False where there is no such."""

        async def work(link: Link) -> bool:
            trigger = await segments.find_trigger(link, code)
            if trigger is None:
                return False
            await self._release(link, trigger.account_id, trigger.id)
            return True

        found = await self.database.run(work)
        self.wake()
        return found

    async def _release(self, link: Link, account_id: int, trigger_id: int) -> TriggerFired:
        count = await segments.release_triggered(link, account_id, trigger_id, self.now())
        return TriggerFired(released=count)

    # -- chores ---------------------------------------------------------------------------------

    async def chores(self) -> int:
        """Take back what was cancelled, and look at clicks that are to be judged now."""
        async with self.database.link() as link:
            clearing = await segments.clearing_segments(link, _AT_ONCE)
            judged = await segments.judged_segments(link, self.now(), _AT_ONCE)
        for account_id, segment_id, submission_id in clearing:
            await self._take_back(account_id, segment_id, submission_id)
        for account_id, segment_id, broadcast_id in judged:
            await self._judge(account_id, segment_id, broadcast_id)
        return len(clearing) + len(judged)

    async def _take_back(self, account_id: int, segment_id: int, submission_id: int) -> None:
        after = 0
        while True:
            async with self.database.link() as link:
                ids = await segments.unsent_messages(link, account_id, submission_id, after, _PIECE)
            if not ids:
                break
            after = ids[-1]
            told = await self.database.run(partial(self._cancel, account_id=account_id, ids=ids))
            self.told(told)
        async with self.database.transaction() as link:
            await segments.cleared(link, account_id, segment_id)

    async def _cancel(self, link: Link, account_id: int, ids: Sequence[int]) -> Told:
        now = self.now()
        standings = await load(link, [(account_id, each) for each in ids])
        waiting = [
            key[1]
            for key, standing in standings.items()
            if standing.status in (Status.QUEUED, Status.SCHEDULED)
        ]
        taken = await segments.take_unsent(link, account_id, waiting)
        changes = [
            Change(
                account_id=account_id,
                message_id=message_id,
                status=Status.CANCELLED,
                reason=Reason.CANCELLED_BY_CUSTOMER,
                at=now,
            )
            for message_id in sorted(taken)
        ]
        if not changes:
            return Told()
        lease = now + timedelta(minutes=1)
        return await self.advance.apply(link, standings, changes, now=now, lease_until=lease)

    async def _judge(self, account_id: int, segment_id: int, broadcast_id: int) -> None:
        """The next segment of a smart broadcast goes by itself where enough have clicked."""

        async def work(link: Link) -> None:
            kept = await broadcasts.find_broadcast(link, account_id, broadcast_id, lock=True)
            if kept is None or not await segments.judged(link, account_id, segment_id):
                return
            found = await broadcasts.find_segment(link, account_id, segment_id)
            threshold = kept.broadcast.ctr_threshold
            if found is None or threshold is None or not found.accepted:
                return
            followed = (await broadcasts.followed_of(link, account_id, [found]))[segment_id]
            if followed.clicked * _PERCENT < threshold * found.accepted:
                return
            with_size = AddSegment(broadcast_id=broadcast_id, size=found.segment.size)
            try:
                await self.begin.add_in(link, self._house(kept), with_size)
            except RefusedError:
                return

        await self.database.run(work)

    def _house(self, kept: KeptBroadcast) -> Principal:
        """Who adds a segment by himself: text and senders are those of the one before."""
        account_id = kept.broadcast.account_id
        return Principal(
            account=self.directory.account(account_id),
            credential=Credential(
                account_id=account_id,
                id=kept.credential_id,
                dialect=kept.broadcast.dialect,
                name="",
                secret_hash=b"",
                hint="",
                created_at=EPOCH,
            ),
            key=self.directory.key(account_id),
        )


def _no(kept: KeptBroadcast) -> Refused:
    detail = f"The broadcast is {kept.broadcast.state.word}."
    return Refused(refusal=Refusal.CONFLICT, detail=detail)
