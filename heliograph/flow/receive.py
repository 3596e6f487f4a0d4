"""Messages from handsets (MO): find the owner by number and keyword, keep, then acknowledge to the carrier.

STOP, START and HELP are heeded and answered in the same transaction (`answer`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from heliograph.flow.advance import Told
from heliograph.flow.answer import Answers, refused
from heliograph.flow.batch import Batcher
from heliograph.flow.directory import Directory, Receiver
from heliograph.flow.request import Request
from heliograph.model.ids import IdMaker
from heliograph.model.keepable import keepable_arrival
from heliograph.model.message import Inbound
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.report import Arrival
from heliograph.store import notifications, receipts
from heliograph.store.database import Database, Link
from heliograph.store.notifications import NotificationKey
from heliograph.store.outbox import Claimed

RECEIVED: Final = "message.received"
"""The type of event by which customers are told of a message from a handset."""


_MOST: Final = 500


class Accepting(Protocol):
    """What receiving needs of acceptance: our answers to handsets are accepted like any message."""

    async def within(
        self, link: Link, requests: Sequence[Request], now: datetime
    ) -> tuple[Told, list[Claimed]]:
        """Store requests in our transaction; each has its verdict then."""

    def hand_on(self, leased: Sequence[Claimed]) -> None:
        """After the commit: what it has leased to this process."""


@dataclass(slots=True)
class _Batch:
    """What becomes of arrivals in one transaction."""

    owned: list[Inbound] = field(default_factory=list)
    orphans: list[tuple[int, Arrival]] = field(default_factory=list)
    answers: dict[int, Request] = field(default_factory=dict)
    """By the id of the message that they answer."""
    told: Told = field(default_factory=Told)
    leased: list[Claimed] = field(default_factory=list)


class Receive:
    """Takes arrivals. `start` and `stop` run its writer."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        answers: Answers,
        accept: Callable[[], Accepting],
        ids: IdMaker,
        told: Callable[[Told], None],
        now: Callable[[], datetime],
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._directory = directory
        self._answers = answers
        self._accept = accept
        self._ids = ids
        self._told = told
        self._now = now
        self._lease = timedelta(seconds=lease_seconds)
        self._writer: Batcher[Arrival, None] = Batcher("arrivals", self._commit, again_seconds=0.5)

    async def start(self) -> None:
        """Begin to write."""
        await self._writer.start()

    async def stop(self) -> None:
        """Write what is waiting, then stop."""
        await self._writer.stop()

    async def arrivals(self, items: Sequence[Arrival]) -> None:
        """Returns when every message is durable: in its owner's inbox, or among the orphans."""
        await self._writer.put_all([keepable_arrival(item) for item in items])

    async def adopt(self) -> int:
        """Messages to numbers and keywords that were nobody's when they came, and are somebody's now;
        returns how many. Safe to run in several processes at once (promise P3)."""
        total = 0
        while True:
            batch = await self._database.run(self._adopt)
            self._done(batch)
            total += len(batch.owned)
            if len(batch.owned) < _MOST:  # orphans again: we do not know of their owner yet
                return total

    async def _adopt(self, link: Link) -> _Batch:
        return await self._write(link, await receipts.take_orphan_inbound(link, _MOST), late=True)

    async def _commit(self, items: Sequence[Arrival]) -> list[None]:
        self._done(await self._database.run(lambda link: self._write(link, items)))
        return [None] * len(items)

    def _done(self, batch: _Batch) -> None:
        """After the commit."""
        self._told(batch.told)
        if batch.leased:
            self._accept().hand_on(batch.leased)

    async def _write(self, link: Link, items: Sequence[Arrival], *, late: bool = False) -> _Batch:
        """Keep the messages, do what they ask for, and queue the notifications of their owners."""
        batch, given, now = _Batch(), Counter[str](), self._now()
        for item in items:
            await self._sort(link, item, batch, given, late=late)
        if batch.answers:
            batch.told, batch.leased = await self._accept().within(
                link, list(batch.answers.values()), now
            )
            batch.owned = [_judged(each, batch.answers.get(each.id)) for each in batch.owned]
        if batch.owned:
            await receipts.insert_inbound(link, batch.owned)
        if batch.orphans:
            await receipts.insert_orphan_inbound(link, batch.orphans)
        batch.told.arrived += batch.owned
        batch.told.ready += await self._notify(link, batch.owned, now)
        return batch

    async def _sort(
        self, link: Link, item: Arrival, batch: _Batch, given: Counter[str], *, late: bool
    ) -> None:
        """To its owner or the orphans, and what it asks for."""
        item = self._canonical(item)
        wanted = await self._answers.wanted(link, item.sender, item.recipient, item.text)
        receiver = (
            wanted.receiver if wanted else self._directory.receiver(item.recipient, item.text)
        )
        number = self._ids.next()
        if receiver is None:
            batch.orphans.append((number, item))
            return
        inbound = _inbound(number, item, receiver)
        if wanted is not None:
            inbound, answer = await self._answers.heed(link, wanted, inbound, given, late=late)
            if answer is not None:
                batch.answers[number] = answer
        batch.owned.append(inbound)

    def _canonical(self, item: Arrival) -> Arrival:
        """Numbers as we know them; carriers also write them with a plus or 00, or as people at home do."""
        recipient = self._number(item.recipient, None)
        owner = self._directory.owner(recipient)
        region = None if owner is None else self._directory.account(owner).default_region
        sender = self._number(item.sender, region)
        if (sender, recipient) == (item.sender, item.recipient):
            return item
        return msgspec.structs.replace(item, sender=sender, recipient=recipient)

    def _number(self, written: str, region: str | None) -> str:
        if self._directory.owner(written) is not None:
            return written  # short codes of ours, too
        found = parse_msisdn(written, default_region=region)
        return written if isinstance(found, InvalidNumber) else found

    async def _notify(
        self, link: Link, owned: Sequence[Inbound], now: datetime
    ) -> list[NotificationKey]:
        keys = [
            NotificationKey(inbound.account_id, endpoint.id, inbound.id, inbound.id)
            for inbound in owned
            for endpoint in self._directory.listening(
                inbound.account_id, RECEIVED, inbound.service_id
            )
        ]
        for inbound in owned:
            session = self._directory.inbound_session(inbound.account_id)
            if session is not None:
                keys.append(NotificationKey(inbound.account_id, -session, inbound.id, inbound.id))
        if not keys:
            return []
        first = await notifications.insert_notifications(
            link, keys, lease_until=now + self._lease, at=now
        )
        return [key for key in keys if (key.endpoint_id, key.event_id) in first]


def _judged(inbound: Inbound, answer: Request | None) -> Inbound:
    """Whether the message's answer was accepted."""
    if answer is None:
        return inbound
    verdict = answer.verdict or answer.refused.get(answer.answer_id)
    return inbound if verdict is None else refused(inbound, verdict)


def _inbound(number: int, arrival: Arrival, receiver: Receiver) -> Inbound:
    return Inbound(
        account_id=receiver.account_id,
        id=number,
        sender=arrival.sender,
        recipient=arrival.recipient,
        text=arrival.text,
        body=arrival.body,
        encoding=arrival.encoding,
        service_id=receiver.service_id,
        keyword=receiver.keyword,
        carrier_id=arrival.carrier_id,
        received_at=arrival.at,
    )
