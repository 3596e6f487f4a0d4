"""Receipts: from a carrier's words to the message they are about.

A receipt is acknowledged to its carrier only after this module has returned, that is after its commit
(promise P3). Early, late, duplicate and unknown ones are all kept: as an event of their message, or as
orphans that are matched again when their id becomes known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from heliograph.flow.advance import Advance, Again, Change, Key, Standings, Told, delay, load
from heliograph.flow.batch import LINGER, Batcher
from heliograph.model.ids import IdMaker, id_at
from heliograph.model.keepable import keepable_receipt
from heliograph.model.message import EventKind
from heliograph.model.reason import Reason, reason_of, retries
from heliograph.model.report import Receipt, without_text
from heliograph.model.status import FAILURES, Status
from heliograph.store import messages, receipts
from heliograph.store.database import Database, Link, Record
from heliograph.store.messages import PartKey
from heliograph.store.receipts import ReceiptKey

Owners = dict[tuple[int, str], ReceiptKey]
_SETTLED = timedelta(seconds=10)
"""After so long an id that is not known as it came was written in another form by its carrier."""
_ENDS = FAILURES | {Status.DELIVERED}


class Report:
    """Takes receipts. `start` and `stop` run its writer."""

    def __init__(
        self,
        *,
        database: Database,
        advance: Advance,
        told: Callable[[Told], None],
        ids: IdMaker,
        now: Callable[[], datetime],
        lease_seconds: float,
        retry_base_seconds: float,
    ) -> None:
        self._database = database
        self._advance = advance
        self._told = told
        self._ids = ids
        self._now = now
        self._lease = timedelta(seconds=lease_seconds)
        self._retry_base = retry_base_seconds
        self._writer: Batcher[Receipt, None] = Batcher(
            "receipts", self._commit, workers=2, again_seconds=0.5, linger_seconds=LINGER
        )

    async def start(self) -> None:
        """Begin to write."""
        await self._writer.start()

    async def stop(self) -> None:
        """Write what is waiting, then stop."""
        await self._writer.stop()

    async def receipts(self, items: Sequence[Receipt]) -> None:
        """Returns when every receipt is durable, in one way or the other."""
        await self._writer.put_all([keepable_receipt(item) for item in items])

    async def rematch(self, limit: int = 500, since_id: int = 0) -> int:
        """Apply orphans whose owner has become known; returns how many."""
        now = self._now()

        async def work(link: Link) -> tuple[int, Told]:
            owners = await receipts.matching_orphans(
                link, limit, since_id=since_id, settled_id=id_at(now - _SETTLED)
            )
            if not owners:
                return 0, Told()
            taken = await receipts.take_orphans(link, list(owners))
            return len(taken), await self.apply(link, taken, owners, {}, now)

        count, told = await self._database.run(work)
        self._told(told)
        return count

    async def _commit(self, items: Sequence[Receipt]) -> list[None]:
        now = self._now()
        told = await self._database.run(lambda link: self._write(link, items, now))
        self._told(told)
        return [None] * len(items)

    async def _write(self, link: Link, items: Sequence[Receipt], now: datetime) -> Told:
        owners = await receipts.find_keys(
            link, [(item.carrier_id, item.carrier_message_id) for item in items]
        )
        known: list[Receipt] = []
        unknown: list[Receipt] = []
        for item in items:
            found = (item.carrier_id, item.carrier_message_id) in owners
            (known if found else unknown).append(item)
        if unknown:
            await receipts.insert_orphans(link, [(self._ids.next(), item) for item in unknown])
        return await self.apply(link, known, owners, {}, now) if known else Told()

    async def apply(
        self,
        link: Link,
        items: Sequence[Receipt],
        owners: Owners,
        standings: Standings,
        now: datetime,
    ) -> Told:
        """Write receipts whose owners are known. Needs a transaction; `standings` may hold some."""
        pairs = [(item, owners[item.carrier_id, item.carrier_message_id]) for item in items]
        arrived = _arrived(pairs)
        passed = await self._advance.pass_on(link, Status.DELIVERED, arrived, now=now)
        pairs = [pair for pair in pairs if pair[1].message_id not in passed.rows]
        missing = [
            (key.account_id, key.message_id)
            for _, key in pairs
            if (key.account_id, key.message_id) not in standings
        ]
        standings |= await load(link, missing)
        parts = await self._note_parts(link, pairs)
        changes = []
        for item, key in pairs:
            if (key.account_id, key.message_id) in standings:
                changes.append(self._change(item, key, standings, parts, now))
        return await self._advance.apply(
            link, standings, changes, now=now, lease_until=now + self._lease, passed=passed
        )

    async def _note_parts(
        self, link: Link, pairs: Sequence[tuple[Receipt, ReceiptKey]]
    ) -> dict[Key, list[Record]]:
        """Write what is said of single parts; returns all parts of the messages concerned."""
        about = [(item, key) for item, key in pairs if key.part and item.status in _ENDS]
        if not about:
            return {}
        first: dict[PartKey, Receipt] = {}
        for item, key in about:
            place = PartKey(key.account_id, key.message_id, key.attempt, key.part)
            first.setdefault(place, item)
        await messages.set_parts(
            link,
            list(first),
            [int(item.status) for item in first.values()],
            [int(item.reason) for item in first.values()],
        )
        found: dict[Key, list[Record]] = {}
        wanted = list({(key.account_id, key.message_id) for _, key in about})
        for row in await messages.find_parts(link, wanted):
            found.setdefault((row["account_id"], row["message_id"]), []).append(row)
        return found

    def _change(
        self,
        item: Receipt,
        key: ReceiptKey,
        standings: Standings,
        parts: dict[Key, list[Record]],
        now: datetime,
    ) -> Change:
        standing = standings[key.account_id, key.message_id]
        status: Status | None = item.status
        reason = item.reason
        rows: list[Record] = []
        if key.part:
            rows = [r for r in parts.get(key[2:4], ()) if r["attempt"] == key.attempt]
            status, number = _together(rows, standing.parts)
            reason = item.reason if number is None else reason_of(number)
        if key.attempt < standing.attempts and status in FAILURES:
            status = None  # an earlier attempt failed; a later one is under way
        if standing.status is Status.QUEUED and status in FAILURES:
            status = None  # said before, and why another attempt is to come
        again = None
        some_arrived = any(row["status"] == Status.DELIVERED for row in rows)
        if status in FAILURES and not some_arrived:
            left = retries(reason) - (standing.attempts - 1)
            due_at = now + timedelta(seconds=delay(standing.attempts - 1, self._retry_base))
            if left > 0 and due_at < standing.valid_until and standing.status is Status.SENT:
                again, status = Again(due_at=due_at), Status.QUEUED
        raw = without_text(item.raw) if standing.secret else item.raw
        return _change_of((item, key), status, reason, raw, again)


def _arrived(pairs: Sequence[tuple[Receipt, ReceiptKey]]) -> list[Change]:
    """Of whole messages that arrived, and of which no other receipt is here."""
    counts = Counter(key.message_id for _, key in pairs)
    return [
        _change_of((item, key), item.status, item.reason, item.raw)
        for item, key in pairs
        if item.status is Status.DELIVERED and not key.part and counts[key.message_id] == 1
    ]


def _change_of(
    pair: tuple[Receipt, ReceiptKey],
    status: Status | None,
    reason: Reason,
    raw: str,
    again: Again | None = None,
) -> Change:
    item, key = pair
    return Change(
        account_id=key.account_id,
        message_id=key.message_id,
        kind=EventKind.RECEIPT,
        status=status,
        reason=reason,
        vendor_code=item.vendor_code,
        attempt=key.attempt,
        carrier_id=item.carrier_id,
        part=key.part,
        at=item.at,
        detail=msgspec.json.encode({"raw": raw, "said": item.status.word}),
        again=again,
    )


def _together(rows: Sequence[Record], parts: int) -> tuple[Status | None, int | None]:
    """What the parts say of the whole: one that failed decides, all that arrived deliver it."""
    for row in rows:
        if row["status"] in FAILURES:
            return Status(row["status"]), row["reason"]
    if len(rows) >= parts and all(row["status"] == Status.DELIVERED for row in rows):
        return Status.DELIVERED, None
    return None, None
