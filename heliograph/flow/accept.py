"""From drafts to accepted messages: check, price, and one durable commit by the group-commit writer.

A positive answer leaves this module only after the commit of message, money, queue entry and event
(promise P1). Requests that arrive while a commit is under way share the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from heliograph.flow.advance import Advance, Told
from heliograph.flow.batch import Batcher
from heliograph.flow.checks import Checks
from heliograph.flow.consent import opted_out
from heliograph.flow.directory import Directory
from heliograph.flow.judged import judgement
from heliograph.flow.links import keep_short_links
from heliograph.flow.received import ALL, Keeping, rows_of
from heliograph.flow.request import (
    Hear,
    Request,
    answer_of,
    freeze,
    head_of,
    holds_of,
    own_key,
    said_of,
    thaw,
)
from heliograph.model.command import Accepted, Principal, SendMessages
from heliograph.model.ids import IdMaker
from heliograph.model.message import Event, Message, Submission
from heliograph.model.money import Charge
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store import acceptance, ledger, messages, outbox
from heliograph.store.database import Database, Link
from heliograph.store.outbox import Claimed
from heliograph.store.rows import NewMessage

_log = structlog.get_logger()
_OPTED_OUT = Refused(refusal=Refusal.OPTED_OUT, field="recipient")
_KEY_VERDICTS = frozenset({Refusal.IDEMPOTENCY_CONFLICT, Refusal.UNAVAILABLE})
_NO_MONEY = Refused(refusal=Refusal.INSUFFICIENT_BALANCE)


class Onward(Protocol):
    """What acceptance needs of delivery: room in memory, and somebody who takes the messages on."""

    def room(self, lane: int) -> int:
        """How many more messages of this lane may be handed over in memory."""

    def take(self, claimed: Sequence[Claimed]) -> None:
        """Messages that are leased to this process from their commit on."""


class UncoveredError(Exception):
    """An account cannot cover its sum of a batch; nothing of the batch is stored."""


class Accept:
    """Accepts requests. `start` and `stop` run its writer."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        checks: Checks,
        advance: Advance,
        onward: Onward,
        told: Callable[[Told], None],
        ids: IdMaker,
        now: Callable[[], datetime],
        node: int,
        lease_seconds: float,
        keeping: Keeping = ALL,
    ) -> None:
        self._database = database
        self._keeping = keeping
        self._directory = directory
        self._checks = checks
        self._advance = advance
        self._onward = onward
        self._told = told
        self._ids = ids
        self._now = now
        self._node = node
        self._lease = timedelta(seconds=lease_seconds)
        self._writer: Batcher[Request, Request] = Batcher(
            "accept", self._commit, most=1000, workers=2, weigh=_messages_of, linger_seconds=0.002
        )

    async def start(self) -> None:
        """Begin to accept."""
        await self._writer.start()

    async def stop(self) -> None:
        """Commit what is waiting, then stop."""
        await self._writer.stop()

    async def send(
        self, principal: Principal, command: SendMessages, dialect: str
    ) -> Accepted | Refused:
        """Accept a request of up to some thousand messages in one commit."""
        request, refused = self._read(principal, command, dialect)
        if refused is not None:
            return await self._earlier(request) or refused
        if not request.messages and request.key is None:
            return answer_of(request)
        return await self.store(request)

    def soon(self, principal: Principal, command: SendMessages, dialect: str, told: Hear) -> None:
        """`send` for a request without a key and a caller who does not wait: `told` hears the answer, a
        yes after the commit, None where there is none."""
        request, refused = self._read(principal, command, dialect)
        if refused is not None or not request.messages:
            told(refused or answer_of(request))
        else:
            self._writer.hand(
                request, lambda done: told(None if isinstance(done, Exception) else said_of(done))
            )

    def _read(
        self, principal: Principal, command: SendMessages, dialect: str
    ) -> tuple[Request, Refused | None]:
        """The request with its messages, and why nothing of it is accepted."""
        submission_id = self._ids.next() if command.submission else None
        request = Request(
            principal,
            [],
            whole=command.whole,
            key=own_key(principal, command.idempotency_key),
            fingerprint=command.fingerprint,
        )
        for draft in command.drafts:
            checked = self._checks.check(principal, draft, submission_id, dialect)
            if isinstance(checked, Refused):
                if command.whole or len(command.drafts) == 1:
                    return request, checked
                request.layout.append(checked)
            else:
                request.layout.append(len(request.messages))
                request.messages.append(checked)
        if submission_id is not None:
            request.submission = Submission(
                account_id=principal.account.id,
                id=submission_id,
                dialect=dialect,
                reference=None,
                created_at=self._now(),
                closed_at=self._now(),
                accepted=len(request.messages),
                skipped={},
            )
        request.answer_id = submission_id or (request.messages[0].id if request.messages else 0)
        return request, None

    async def _earlier(self, request: Request) -> Accepted | None:
        """The answer that the request's key had before: what was accepted stays so (promise P7)."""
        if request.key is None:
            return None
        async with self._database.link() as link:
            found = await ledger.find_key(link, request.principal.account.id, request.key)
        if found is None or found[0] != request.fingerprint or found[1] is None:
            return None
        return thaw(found[1])

    async def store(self, request: Request) -> Accepted | Refused:
        """Commit a request together with whatever else is waiting."""
        return said_of(await self._writer.put(request))

    async def within(
        self, link: Link, requests: Sequence[Request], now: datetime, *, hold_first: bool = True
    ) -> tuple[Told, list[Claimed]]:
        """Store requests in a transaction of the caller's, each of which has its verdict then. After
        its commit the caller tells what is to be told, and calls `hand_on`. With `hold_first` False
        the balance is locked as short as can be, and UncoveredError raised where it does not cover
        all."""
        return await self._write(link, requests, now, hold_first=hold_first)

    def hand_on(self, leased: Sequence[Claimed]) -> None:
        """What a commit has leased to this process goes on its way."""
        try:
            self._onward.take(leased)
        except Exception:  # noqa: BLE001 - the commit stands, and so does its answer; leases end
            _log.exception("accepted messages could not be handed on")

    # -- the transaction ------------------------------------------------------------------------

    async def _commit(self, requests: Sequence[Request]) -> Sequence[Request]:
        now = self._now()
        try:
            told, leased = await self._database.run(
                lambda link: self._write(link, requests, now, hold_first=False)
            )
        except UncoveredError:  # somebody cannot pay: once more, asking each request's price first
            told, leased = await self._database.run(
                lambda link: self._write(link, requests, now, hold_first=True)
            )
        for request in requests:
            if request.twin is not None:
                request.verdict = request.twin.verdict
                request.repeated = msgspec.structs.replace(answer_of(request.twin), repeated=True)
        self._told(told)
        self.hand_on(leased)
        return requests

    async def _write(
        self, link: Link, requests: Sequence[Request], now: datetime, *, hold_first: bool
    ) -> tuple[Told, list[Claimed]]:
        """One transaction. The balance is touched last, because its row is locked from then until the
        commit and every other batch of the account waits for it."""
        for request in requests:  # a deadlock brings the whole batch here once more
            request.refused, request.verdict = {}, None
            request.repeated, request.twin = None, None
        await self._own_keys(link, requests, now)
        await self._respect_opt_outs(link, requests)
        if hold_first:
            await self._hold_money(link, requests)
        await keep_short_links(link, requests, now)
        heads = [head_of(r) for r in requests if r.submission and (r.live or r.held_back)]
        if heads:
            await messages.insert_submissions(link, heads)
        await self._settle_keys(link, requests)
        return await self._insert(link, requests, now, {} if hold_first else _prices(requests))

    async def _own_keys(self, link: Link, requests: Sequence[Request], now: datetime) -> None:
        """Promise P7: the first request with a key is carried out, its likes are answered as it was."""
        keyed = {(r.principal.account.id, r.key): r for r in reversed(requests) if r.key}
        if not keyed:
            return
        free = await ledger.insert_keys(
            link,
            [ledger.Key(a, k or "", now, r.fingerprint) for (a, k), r in sorted(keyed.items())],
        )
        for request in requests:
            place = (request.principal.account.id, request.key or "")
            if request.key and not (place in free and keyed[place] is request):
                await self._repeat(link, request, keyed[place] if place in free else None)

    async def _repeat(self, link: Link, request: Request, twin: Request | None) -> None:
        """The key is taken: by an earlier request, or by a twin in this very batch."""
        if twin is not None:
            if twin.fingerprint == request.fingerprint:
                request.twin = twin
            else:
                request.verdict = Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT)
            return
        found = await ledger.find_key(link, request.principal.account.id, request.key or "")
        if found is None or found[0] != request.fingerprint:
            request.verdict = Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT)
        elif found[1] is None:
            request.verdict = Refused(refusal=Refusal.UNAVAILABLE, retry_after_seconds=1)
        else:
            request.repeated = thaw(found[1])

    async def _respect_opt_outs(self, link: Link, requests: Sequence[Request]) -> None:
        """Promise P9, on every path: whoever opted out is not written to."""
        out = await opted_out(link, self._directory, [m for r in requests for m in r.live])
        if not out:
            return
        for request in requests:
            for m in request.live:
                if (m.account_id, m.id) in out:
                    request.refused[m.id] = _OPTED_OUT
            alone = len(request.layout) == 1 and not request.held_back
            if request.refused and (request.whole or alone):
                request.verdict = _OPTED_OUT

    async def _hold_money(self, link: Link, requests: Sequence[Request]) -> None:
        """Promise P4: one balance update per account; what a request cannot cover is refused whole."""
        wanted = _prices(requests)
        if not wanted:
            return
        covered = await ledger.hold(link, wanted)
        for account_id in sorted(wanted.keys() - covered):
            wanted[account_id] = await self._allot(link, account_id, requests)
        await ledger.book(link, self._ids.next, holds_of(requests, wanted))

    async def _allot(self, link: Link, account_id: int, requests: Sequence[Request]) -> int:
        """The account cannot cover the whole batch: serve its requests in order while money lasts."""
        left = await ledger.spendable(link, account_id)
        taken = 0
        for request in requests:
            if request.principal.account.id != account_id:
                continue
            cost = sum(m.price_micros for m in request.live)
            if cost > left - taken:
                request.verdict = _NO_MONEY
            else:
                taken += cost
        if taken and account_id not in await ledger.hold(link, {account_id: taken}):
            raise RuntimeError("a locked balance changed under us")
        return taken

    async def _insert(
        self, link: Link, requests: Sequence[Request], now: datetime, wanted: dict[int, int]
    ) -> tuple[Told, list[Claimed]]:
        """Rows and events, and what is `wanted` of each account, which is held last."""
        rows: list[NewMessage] = []
        details: list[bytes] = []
        queue: list[outbox.OutboxRow] = []
        leased: list[Claimed] = []
        room = {lane: self._onward.room(lane) for lane in (1, 2, 3)}
        until = now + self._lease
        for request in requests:
            for message in request.live:
                later = message.send_at is not None and message.send_at > now
                status = Status.SCHEDULED if later else Status.QUEUED
                charge = Charge.HELD if message.price_micros else Charge.FREE
                rows.append(NewMessage(message, status, charge))
                details.append(judgement(self._directory, request.principal.account, message))
                if not request.held_back:
                    queue.append(self._queued(message, later, room, (now, until), leased))
        received = rows_of(requests, now, self._keeping)
        if not rows and not received:
            return Told(), []
        events = [
            Event(
                account_id=row.message.account_id,
                message_id=row.message.id,
                id=number,
                at=now,
                status=row.status,
                detail=detail,
            )
            for row, detail, number in zip(rows, details, self._ids.take(len(rows)), strict=True)
        ]
        ready = await self._advance.notify(link, events, now=now, lease_until=until)
        entries = ledger.entries_of(self._ids.next, holds_of(requests, wanted))
        covered = await acceptance.store(
            link, rows, events, queue, received, at=now, sums=wanted, entries=entries
        )
        if len(covered) < len(wanted):
            raise UncoveredError
        return Told(events=events, ready=ready), leased

    def _queued(
        self,
        message: Message,
        later: bool,
        room: dict[int, int],
        times: tuple[datetime, datetime],
        leased: list[Claimed],
    ) -> outbox.OutboxRow:
        """Due messages go on in memory while there is room; the others are claimed when their time comes.
        `times` are now and the end of a lease that begins now."""
        account_id, number, lane = message.account_id, message.id, int(message.traffic_class)
        if later and message.send_at is not None:
            return outbox.OutboxRow(account_id, number, message.send_at, lane, None)
        if room[lane] <= 0:
            return outbox.OutboxRow(account_id, number, times[0], lane, None)
        room[lane] -= 1
        leased.append(Claimed(message, 0, 0, ()))
        return outbox.OutboxRow(account_id, number, times[1], lane, self._node)

    async def _settle_keys(self, link: Link, requests: Sequence[Request]) -> None:
        """Keep the answers of keyed requests; a refused request leaves its key free."""
        answers = []
        for request in requests:
            if request.key is None or request.repeated is not None or request.twin is not None:
                continue
            if request.verdict is None:
                frozen = freeze(answer_of(request))
                answers.append((request.principal.account.id, request.key, frozen))
            elif request.verdict.refusal not in _KEY_VERDICTS:
                await ledger.drop_key(link, request.principal.account.id, request.key)
        if answers:
            await ledger.answer_keys(link, answers)


def _messages_of(request: Request) -> int:
    return max(1, len(request.messages))


def _prices(requests: Sequence[Request]) -> dict[int, int]:
    """What each account has to hold for what is to be stored."""
    sums: dict[int, int] = defaultdict(int)
    for request in requests:
        for message in request.live:
            sums[message.account_id] += message.price_micros
    return {account_id: micros for account_id, micros in sums.items() if micros}
