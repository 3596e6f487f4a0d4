"""A stream of up to 100,000 messages, accepted whole: stored piece by piece, released by one commit.

Until the last piece is stored nothing of it is in the outbox. A stream that breaks off, cannot be
paid for or dies with its process is cancelled and its money released: by `abandon`, which `tend` calls
for uploads that nobody finished.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import msgspec

from heliograph.flow.accept import Accept
from heliograph.flow.advance import Advance, Change, Told, load
from heliograph.flow.checks import Checks
from heliograph.flow.request import Request, own_key, tally
from heliograph.model.command import AcceptedItem, BulkAccepted, Principal, SendBulk
from heliograph.model.ids import IdMaker
from heliograph.model.message import Draft, Submission
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store import ledger, messages
from heliograph.store.database import Database, Link

PIECE: Final = 500
_TURN: Final = 50
"""Entries that are read at a stretch, which takes about a millisecond."""
_SHOWN: Final = 1000
"""How many refused entries the answer lists; the counts have them all."""


class StoppedError(Exception):
    """The stream cannot be accepted; carries the answer."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.sentence)
        self.refused = refused


class Sums(msgspec.Struct):
    """What has become of the stream so far."""

    seen: int = 0
    accepted: int = 0
    price_micros: int = 0
    last_id: int = 0
    skipped: dict[str, int] = {}
    refused: list[tuple[int, Refused]] = []


class Upload:
    """Accepts streams."""

    def __init__(
        self,
        *,
        database: Database,
        accept: Accept,
        checks: Checks,
        advance: Advance,
        told: Callable[[Told], None],
        ids: IdMaker,
        now: Callable[[], datetime],
        most: int,
    ) -> None:
        self._database = database
        self._accept = accept
        self._checks = checks
        self._advance = advance
        self._told = told
        self._ids = ids
        self._now = now
        self._most = most

    async def send(
        self, principal: Principal, command: SendBulk, dialect: str
    ) -> BulkAccepted | Refused:
        """Accept a stream; the answer comes after the commit that releases it."""
        if command.idempotency_key is not None:
            key = own_key(principal, command.idempotency_key)
            command = msgspec.structs.replace(command, idempotency_key=key)
            known = await self._own_key(principal, command)
            if known is not None:
                return known
        head = Submission(
            account_id=principal.account.id,
            id=self._ids.next(),
            dialect=dialect,
            reference=command.reference,
            created_at=self._now(),
            closed_at=None,
            accepted=0,
            skipped={},
        )
        sums = Sums()
        try:
            await self._store_pieces(principal, command.drafts, head, sums)
            return await self._close(principal, command, head, sums)
        except StoppedError as stop:
            await self.abandon(principal.account.id, head.id)
            await self._free_key(principal, command)
            return stop.refused
        except BaseException:
            # A piece may still be on its way into a commit, so `tend` has to end what this leaves.
            await self._release(principal.account.id, head.id)
            await self._free_key(principal, command)
            raise

    async def _store_pieces(
        self, principal: Principal, drafts: Iterator[Draft | Refused], head: Submission, sums: Sums
    ) -> None:
        stored: asyncio.Task[None] | None = None
        request = Request(principal, [], submission=head, held_back=True, answer_id=head.id)
        try:
            while await self._read(request, drafts, head):
                if stored is not None:
                    await stored
                if sums.seen + len(request.layout) > self._most:
                    raise StoppedError(Refused(refusal=Refusal.TOO_MANY_RECIPIENTS))
                # The database works on this piece while the next one is read.
                stored = asyncio.create_task(self._store(request, sums))
                request = Request(principal, [], held_back=True, answer_id=head.id)
        finally:
            if stored is not None:
                await stored
        if not sums.seen:
            raise StoppedError(Refused(refusal=Refusal.MISSING_FIELD, field="messages"))

    async def _read(
        self, request: Request, drafts: Iterator[Draft | Refused], head: Submission
    ) -> bool:
        """Fill the request with the next piece; False when there is none. Others get their turn."""
        while len(request.layout) < PIECE and (turn := list(islice(drafts, _TURN))):
            for draft in turn:
                checked = (
                    draft
                    if isinstance(draft, Refused)
                    else self._checks.check(request.principal, draft, head.id, head.dialect)
                )
                if isinstance(checked, Refused):
                    request.layout.append(checked)
                else:
                    request.layout.append(len(request.messages))
                    request.messages.append(checked)
            await asyncio.sleep(0)
        return bool(request.layout)

    async def _store(self, request: Request, sums: Sums) -> None:
        answer = await self._accept.store(request)
        if isinstance(answer, Refused):
            raise StoppedError(answer)
        _count(sums, answer.items, request)

    async def _close(
        self, principal: Principal, command: SendBulk, head: Submission, sums: Sums
    ) -> BulkAccepted | Refused:
        account = principal.account
        answer = BulkAccepted(
            submission_id=head.id,
            currency=account.currency,
            accepted=sums.accepted,
            price_micros=sums.price_micros,
            skipped=sums.skipped,
            refused=tuple(sums.refused),
        )
        if not sums.accepted and sums.refused:
            raise StoppedError(sums.refused[0][1])

        async def work(link: Link) -> bool:
            closed = await messages.close_submission(
                link,
                account.id,
                head.id,
                self._now(),
                accepted=sums.accepted,
                skipped=sums.skipped,
                last_id=sums.last_id,
            )
            if closed and command.idempotency_key is not None:
                frozen = msgspec.msgpack.encode(_frozen(answer))
                await ledger.answer_keys(link, [(account.id, command.idempotency_key, frozen)])
            return closed

        try:
            closed = await self._database.run(work)
        except messages.UploadGivenUpError:
            closed = False
        if not closed:
            raise StoppedError(
                Refused(refusal=Refusal.UNAVAILABLE, detail="The upload took too long.")
            )
        return answer

    async def _own_key(
        self, principal: Principal, command: SendBulk
    ) -> BulkAccepted | Refused | None:
        key = command.idempotency_key or ""
        account_id = principal.account.id

        async def work(link: Link) -> BulkAccepted | Refused | None:
            entry = ledger.Key(account_id, key, self._now(), command.fingerprint)
            if await ledger.insert_keys(link, [entry]):
                return None
            found = await ledger.find_key(link, account_id, key)
            if found is None or found[0] != command.fingerprint:
                return Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT)
            if found[1] is None:
                return Refused(refusal=Refusal.UNAVAILABLE, retry_after_seconds=5)
            return _thawed(msgspec.msgpack.decode(found[1], type=_FrozenBulk))

        return await self._database.run(work)

    async def _free_key(self, principal: Principal, command: SendBulk) -> None:
        if command.idempotency_key is not None:
            async with self._database.transaction() as link:
                await ledger.drop_key(link, principal.account.id, command.idempotency_key)

    async def abandon(self, account_id: int, submission_id: int) -> None:
        """Cancel what was stored of a stream, release its money, and end it."""
        await self._release(account_id, submission_id)
        async with self._database.transaction() as link:
            await messages.end_submission(link, account_id, submission_id, self._now())

    async def _release(self, account_id: int, submission_id: int) -> None:
        async def work(link: Link) -> Told:
            return await self._cancel(link, account_id, submission_id)

        while (told := await self._database.run(work)).events:
            self._told(told)

    async def _cancel(self, link: Link, account_id: int, submission_id: int) -> Told:
        now = self._now()
        if not await messages.lock_open_submission(link, account_id, submission_id):
            return Told()
        keys = await messages.unfinished_messages(link, account_id, submission_id, PIECE)
        changes = [
            Change(
                account_id=account_id,
                message_id=message_id,
                status=Status.CANCELLED,
                reason=Reason.UPLOAD_ABORTED,
                at=now,
            )
            for _, message_id in keys
        ]
        standings = await load(link, keys)
        lease = now + timedelta(minutes=1)
        return await self._advance.apply(link, standings, changes, now=now, lease_until=lease)


def _count(sums: Sums, items: tuple[AcceptedItem | Refused, ...], request: Request) -> None:
    for place, item in enumerate(items, start=sums.seen):
        if isinstance(item, AcceptedItem):
            sums.accepted += 1
            sums.price_micros += item.price_micros
            sums.last_id = item.message_id
        elif len(sums.refused) < _SHOWN:
            sums.refused.append((place, item))
    sums.seen += len(request.layout)
    for code, count in tally(items).items():
        sums.skipped[code] = sums.skipped.get(code, 0) + count


class _FrozenBulk(msgspec.Struct, array_like=True):
    submission_id: int
    currency: str
    accepted: int
    price_micros: int
    skipped: dict[str, int]
    refused: list[tuple[int, str, str | None, str | None]]


def _frozen(answer: BulkAccepted) -> _FrozenBulk:
    return _FrozenBulk(
        answer.submission_id,
        answer.currency,
        answer.accepted,
        answer.price_micros,
        answer.skipped,
        [(place, r.refusal.name, r.field, r.detail) for place, r in answer.refused],
    )


def _thawed(frozen: _FrozenBulk) -> BulkAccepted:
    return BulkAccepted(
        submission_id=frozen.submission_id,
        currency=frozen.currency,
        accepted=frozen.accepted,
        price_micros=frozen.price_micros,
        skipped=frozen.skipped,
        refused=tuple(
            (place, Refused(refusal=Refusal[name], field=at, detail=detail))
            for place, name, at, detail in frozen.refused
        ),
        repeated=True,
    )
