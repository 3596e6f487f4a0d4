"""From the outbox to a carrier: route, put the attempt on record, hand over, write the outcome.

Accepted messages come in memory, already leased; everything else (scheduled, retries, the leftovers
of a dead process) is claimed from the outbox, account by account. Outcomes are written in batches.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from heliograph.flow.advance import (
    Advance,
    Change,
    Key,
    Standings,
    Told,
    load,
)
from heliograph.flow.backlog import Backlog
from heliograph.flow.batch import LINGER, Batcher
from heliograph.flow.consent import opted_out
from heliograph.flow.directory import Directory
from heliograph.flow.handing import Afar, Away
from heliograph.flow.lanes import LANES
from heliograph.flow.outcomes import (
    Result,
    keys_of,
    taken,
)
from heliograph.flow.outlet import Outlet, Waiting
from heliograph.flow.report import Report
from heliograph.flow.route import Router
from heliograph.flow.verdicts import Verdicts
from heliograph.model.message import Message
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Outcome
from heliograph.model.status import Status
from heliograph.store import messages, outbox, receipts
from heliograph.store.database import Database, Link
from heliograph.store.messages import PartKey
from heliograph.store.outbox import Claimed
from heliograph.store.receipts import ReceiptKey

_DOWN_SECONDS: Final = 5.0
_FULL_SECONDS: Final = 0.02
"""Until it is looked again whether there is room in memory: what there is may be gone within 100 ms."""
_MOST_CLAIMED: Final = 500
"""Of one account at once."""


class Deliver:
    """Owns the outlets. `start` and `stop` run the writer of outcomes; outlets run themselves."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        router: Router,
        advance: Advance,
        report: Report,
        told: Callable[[Told], None],
        now: Callable[[], datetime],
        node: int,
        lease_seconds: float,
        retry_base_seconds: float,
        most_in_memory: int,
    ) -> None:
        self._database = database
        self._directory = directory
        self._router = router
        self._advance = advance
        self._report = report
        self._told = told
        self._now = now
        self._node = node
        self._lease = timedelta(seconds=lease_seconds)
        self.verdicts = Verdicts(
            directory, router, lease=self._lease, retry_base_seconds=retry_base_seconds
        )
        self._most = most_in_memory
        self._held: dict[Key, int] = {}
        """What is in memory, with the attempts made so far: nothing may be here twice."""
        self._in_memory: Counter[int] = Counter()
        self.outlets: dict[int, Outlet] = {}
        self._results: Batcher[Result, None] = Batcher(
            "outcomes", self._write_results, workers=2, again_seconds=0.5, linger_seconds=LINGER
        )
        self._backlog = Backlog()
        self._claimed = 0
        """How many were claimed since a claim last brought less than it could."""
        self.elsewhere: set[int] = set()
        """Carriers that another process has."""
        self.away: Away | None = None
        """The processes to which messages for those are handed."""
        self.afar: Afar | None = None
        """The processes that hand messages to this one."""
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._put_back: Batcher[tuple[Message, datetime], None] = Batcher(
            "put-back", self._write_put_back, again_seconds=0.5
        )

    async def start(self) -> None:
        """Begin to write outcomes."""
        await self._results.start()
        await self._put_back.start()

    async def stop(self) -> None:
        """Give back what is in memory, write every outcome that is known, then stop."""
        for outlet in self.outlets.values():
            await outlet.stop()
            self._return(outlet.drain(), 0.0)
        await self._results.stop()
        await self._put_back.stop()

    def up(self, carrier_id: int) -> bool:
        """Whether a carrier can take messages now."""
        outlet = self.outlets.get(carrier_id)
        if outlet is None:
            return self.away is not None and self.away.up(carrier_id)
        return outlet.link.up

    def others(self) -> Sequence[int]:
        """In whose names, besides our own, there are leases on what is in memory."""
        return () if self.afar is None else self.afar.nodes()

    # -- in ------------------------------------------------------------------------------------

    def room(self, lane: int) -> int:
        """How many more messages of this lane may be held in memory, here or where they are handed."""
        room = self._most - self._in_memory[lane]
        if self.away is None:
            return room
        if self.away.here():
            return min(room, self.away.room(lane))
        return 0 if self._all_elsewhere() else room

    def take(self, claimed: Sequence[Claimed]) -> None:
        """Route messages that are leased to this process: to one of its carriers' queues, or away."""
        now = self._now()
        leaving: list[Waiting] = []
        for item in claimed:
            message = item.message
            if (message.account_id, message.id) in self._held:
                continue  # the claim has but renewed its lease
            waiting = Waiting(
                message=message,
                attempt=item.attempt,
                failures=item.failures,
                tried=item.tried,
                decision=self._router.decide(message, now, item.tried),
            )
            if self.away is not None and waiting.decision.carrier_id in self.elsewhere:
                leaving.append(waiting)
            else:
                self._hold(waiting)
                self._place(waiting, now)
        if leaving and self.away is not None:
            self.away.hand(leaving)

    def receive(self, handed: Sequence[Waiting]) -> None:
        """Take over what another process has leased and routed."""
        now = self._now()
        for waiting in handed:
            message = waiting.message
            if (message.account_id, message.id) in self._held:
                continue
            chosen = waiting.decision.carrier_id
            if chosen is None or not self.up(chosen):  # it has gone down meanwhile
                decision = self._router.decide(message, now, waiting.tried)
                waiting = msgspec.structs.replace(waiting, decision=decision)  # noqa: PLW2901
            self._hold(waiting)
            self._place(waiting, now)

    def _place(self, waiting: Waiting, now: datetime) -> None:
        """At its carrier, back into the outbox for a while, or settled without an attempt."""
        message, chosen = waiting.message, waiting.decision.carrier_id
        outlet = self.outlets.get(chosen) if chosen is not None else None
        stillborn = _stillborn(message, now)
        if stillborn is not None:
            self._settle(waiting, 0, stillborn)
        elif outlet is not None:
            outlet.push(waiting)
        elif self._router.untried(message, now, waiting.tried):
            self._return([waiting], _DOWN_SECONDS)
        else:
            self._settle(waiting, 0, Declined(reason=Reason.NO_ROUTE, next_carrier=False))

    def _hold(self, waiting: Waiting) -> None:
        message = waiting.message
        self._held[message.account_id, message.id] = waiting.attempt
        self._in_memory[message.traffic_class] += 1
        self._advance.recent.put(message)

    def _leave(self, waiting: Waiting) -> None:
        """Out of memory, unless it left before and this is a late word on it."""
        message = waiting.message
        key = (message.account_id, message.id)
        if not waiting.late and self._held.get(key) == waiting.attempt:
            del self._held[key]
            self._in_memory[message.traffic_class] -= 1

    async def claim(self) -> int:
        """Lease what is due and take it, a fair piece of each account; returns how many, or that it is to
        be looked again."""
        lanes = [lane for lane in LANES if self.room(lane) > self._most // 2]
        if self.away is None and self._all_elsewhere():
            return 0
        total = await self._claim(lanes, self._now()) if lanes else 0
        if not total and len(lanes) < len(LANES):
            await asyncio.sleep(_FULL_SECONDS)
            return 1
        return total

    async def _claim(self, lanes: Sequence[int], now: datetime) -> int:
        total = 0
        async with self._database.link() as link:
            accounts = await outbox.due_accounts(link, lanes, now)
            for account_id in accounts:
                room = min(self.room(lane) for lane in lanes)
                claimed = await outbox.claim_due_messages(
                    link,
                    account_id,
                    lanes=lanes,
                    at=now,
                    limit=max(1, min(_MOST_CLAIMED, room // max(1, len(accounts)))),
                    lease_until=now + self._lease,
                    node=self._node,
                )
                self.take(claimed)
                total += len(claimed)
            self._claimed = self._claimed + total if total >= _MOST_CLAIMED else total
            if self._backlog.grown(max(self._claimed, len(self._held))):
                await outbox.weigh(link)
        return total

    async def opted_out(self, link: Link, batch: Sequence[Waiting]) -> set[tuple[int, int]]:
        """Promise P9, at the last moment: keys of messages to numbers that opted out meanwhile."""
        return await opted_out(link, self._directory, [waiting.message for waiting in batch])

    def reroute(self, stranded: Sequence[Waiting]) -> None:
        """Their carrier went down before it was given them."""
        self.dropped(stranded)
        self.take([Claimed(w.message, w.attempt, w.failures, w.tried) for w in stranded])

    def dropped(self, waiting: Sequence[Waiting]) -> None:
        """They are not ours to send any more: cancelled, or taken by another process."""
        for item in waiting:
            self._leave(item)

    async def regain(self) -> None:
        """What was handed to a process that has ended is due at once, but for what it had begun."""
        async with self._database.transaction() as link:
            await outbox.release_node(link, self._node, self._now())

    def _all_elsewhere(self) -> bool:
        """Whether every carrier is another process's: what is due is then that one's to take."""
        enabled = {carrier.id for carrier in self._directory.carriers if carrier.enabled}
        return bool(enabled) and enabled <= self.elsewhere

    def _return(self, waiting: Sequence[Waiting], seconds: float) -> None:
        """Nobody can take them now: their rows are due again in a while, varied, so that it is not
        always the same of several processes that finds them first."""
        due_at = self._now() + timedelta(seconds=seconds * self._jitter.uniform(0.5, 1.5))
        for item in waiting:
            self._leave(item)
            self._put_back.leave((item.message, due_at))

    async def _write_put_back(self, rows: Sequence[tuple[Message, datetime]]) -> list[None]:
        async with self._database.transaction() as link:
            await outbox.unlease_outbox(
                link,
                [(m.account_id, m.id, due_at) for m, due_at in rows],
                nodes=[self._node, *self.others()],
            )
        return [None] * len(rows)

    # -- out -----------------------------------------------------------------------------------

    def settled(self, waiting: Waiting, carrier_id: int, outcome: Outcome) -> None:
        """An attempt has an outcome."""
        self._settle(waiting, carrier_id, outcome)

    def _settle(self, waiting: Waiting, carrier_id: int, outcome: Outcome) -> None:
        self._leave(waiting)
        self._results.leave(Result(waiting=waiting, carrier_id=carrier_id, outcome=outcome))

    async def _write_results(self, results: Sequence[Result]) -> list[None]:
        now = self._now()
        told, onward = await self._database.run(lambda link: self._write(link, results, now))
        self._told(told)
        self.take(onward)
        return [None] * len(results)

    async def _write(
        self, link: Link, results: Sequence[Result], now: datetime
    ) -> tuple[Told, list[Claimed]]:
        passed = await self._advance.pass_on(link, Status.SENT, taken(results, now), now=now)
        rest = [r for r in results if r.waiting.message.id not in passed.rows]
        standings = await load(
            link, [(r.waiting.message.account_id, r.waiting.message.id) for r in rest]
        )
        changes: list[Change] = []
        onward: list[Claimed] = []
        for result in rest:
            message = result.waiting.message
            standing = standings.get((message.account_id, message.id))
            if standing is not None:
                changes += self.verdicts.changes(result, standing, now, onward)
        told = await self._advance.apply(
            link, standings, changes, now=now, lease_until=now + self._lease, passed=passed
        )
        await self._remember_ids(link, results, standings, told, now)
        return told, onward

    async def _remember_ids(
        self,
        link: Link,
        results: Sequence[Result],
        standings: Standings,
        told: Told,
        now: datetime,
    ) -> None:
        """Keep the carriers' ids, and apply the receipts that came before them (promise P3)."""
        keys: list[ReceiptKey] = []
        parts: list[PartKey] = []
        part_ids: list[str] = []
        for result in results:
            keys_of(result, keys, parts, part_ids)
        if not keys:
            return
        early = await receipts.insert_keys(link, keys)
        if parts:
            await messages.insert_parts(link, parts, part_ids)
        if early:
            owners = {(key.carrier_id, key.carrier_message_id): key for key in keys}
            told.add(await self._report.apply(link, early, owners, standings, now))


def _stillborn(message: Message, now: datetime) -> Declined | None:
    """Why a message ends without an attempt."""
    if message.valid_until <= now:
        return Declined(reason=Reason.VALIDITY_EXPIRED)
    if not message.sender:
        return Declined(reason=Reason.INVALID_SOURCE, next_carrier=False)
    return None
