"""Questions about what is kept. Every one names the account of whoever asks (promise P6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from heliograph.flow.judged import checks_of, without_checks
from heliograph.flow.search import Search, Within
from heliograph.model.account import Balance
from heliograph.model.command import (
    Deliveries,
    ExportMessages,
    FetchInbound,
    FindByReference,
    FindMessage,
    FindSubmission,
    InboundPage,
    LedgerPage,
    ListDeliveries,
    ListLedger,
    ListMessages,
    Messages,
    MessagesExported,
    MessageTrace,
    Orphans,
    Principal,
)
from heliograph.model.ids import id_at, open_sealed
from heliograph.model.message import Submission
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import (
    ledger,
    links,
    messages,
    notifications,
    receipts,
    received_requests,
    search,
)
from heliograph.store.database import Database
from heliograph.store.search import Sought

_NEWEST = (1 << 63) - 1
_NOT_FOUND = Refused(refusal=Refusal.NOT_FOUND)
_MOST = 1000
_BORROWED = timedelta(minutes=1)
"""How far ids may be ahead of the clock, and then some."""


class Lookup:
    """Answers questions."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._search = Search(database)

    async def message(self, principal: Principal, command: FindMessage) -> MessageTrace | Refused:
        """A message, its life, and who was told of it."""
        key = (principal.account.id, opened(principal, command.message))
        async with self._database.link() as link:
            found = await messages.find_messages(link, [key])
            if not found:
                return _NOT_FOUND
            events = await messages.message_events(link, *key)
            asked = found[0].message.submission_id or key[1]
            return MessageTrace(
                record=found[0],
                events=without_checks(events),
                checks=checks_of(found[0], events),
                received=await received_requests.find_received(link, key[0], asked),
                deliveries=tuple(await notifications.message_tries(link, *key)),
                links=tuple(await links.message_clicks(link, *key)),
            )

    async def by_reference(
        self, principal: Principal, command: FindByReference
    ) -> Messages | Refused:
        """The messages of a submission."""
        submission_id = opened(principal, command.submission)
        async with self._database.link() as link:
            found = await messages.submission_messages(
                link,
                principal.account.id,
                submission_id,
                recipient=_stored(principal, command.recipient),
                limit=command.most,
            )
        return (
            Messages(items=tuple(found), more=len(found) == command.most) if found else _NOT_FOUND
        )

    async def list_messages(self, principal: Principal, command: ListMessages) -> Messages:
        """A page of messages, newest first."""
        within = await self._within(principal, command)
        return await self._search.page(within, _limited(command.limit))

    async def export_messages(
        self, principal: Principal, command: ExportMessages
    ) -> MessagesExported:
        """All messages that a search finds, read while they are taken."""
        within = await self._within(principal, command.search)
        return MessagesExported(
            currency=principal.account.currency, pages=self._search.pages(within)
        )

    async def _within(self, principal: Principal, command: ListMessages) -> Within:
        """What is asked, in our own ids; a submission is looked for in its own time alone."""
        before, since = _before(principal, command.before), 0
        if command.until is not None:
            before = min(before, id_at(command.until))
        if command.since is not None:
            since = id_at(command.since)
        submission_id = None
        if command.submission is not None:
            submission_id = opened(principal, command.submission)
            begin, end = await self._span(principal, submission_id)
            before, since = min(before, end), max(since, begin)
        sought = Sought(
            recipient=_stored(principal, command.recipient),
            sender=command.sender,
            statuses=tuple(map(int, command.statuses)) or None,
            submission_id=submission_id,
            reference=command.reference,
            carrier_id=command.carrier,
            dialect=command.dialect,
            country=command.country,
            text=command.text,
        )
        return Within(principal.account.id, sought, before, since)

    async def _span(self, principal: Principal, submission_id: int) -> tuple[int, int]:
        """Between which ids the messages of a submission are; a single message is its own."""
        async with self._database.link() as link:
            known, closed_at = await search.submission_span(
                link, principal.account.id, submission_id
            )
        if not known:
            return submission_id, submission_id + 1
        end = _NEWEST if closed_at is None else id_at(closed_at + _BORROWED)
        return submission_id, end

    async def submission(
        self, principal: Principal, command: FindSubmission
    ) -> Submission | Refused:
        """A submission with its sums."""
        async with self._database.link() as link:
            found = await messages.find_submission(
                link, principal.account.id, opened(principal, command.submission)
            )
        return found or _NOT_FOUND

    async def balance(self, principal: Principal) -> Balance | Refused:
        """The account's money."""
        async with self._database.link() as link:
            return await ledger.find_balance(link, principal.account.id) or _NOT_FOUND

    async def ledger(self, principal: Principal, command: ListLedger) -> LedgerPage:
        """A page of the ledger, newest first."""
        limit = _limited(command.limit)
        async with self._database.link() as link:
            found = await ledger.list_entries(
                link,
                principal.account.id,
                before=_before(principal, command.before),
                limit=limit + 1,
            )
        return LedgerPage(
            currency=principal.account.currency,
            items=tuple(found[:limit]),
            more=len(found) > limit,
        )

    async def inbound(self, principal: Principal, command: FetchInbound) -> InboundPage:
        """A page of the inbox, or the oldest unread, which are read from then on."""
        limit = _limited(command.limit)
        account_id = principal.account.id
        if command.take:
            async with self._database.transaction() as link:
                taken = await receipts.take_inbound(link, account_id, self._now(), limit)
            return InboundPage(items=tuple(taken), more=len(taken) == limit)
        async with self._database.link() as link:
            found = await receipts.list_inbound(
                link,
                account_id,
                before=_before(principal, command.before),
                unread_only=command.unread_only,
                limit=limit + 1,
            )
        return InboundPage(items=tuple(found[:limit]), more=len(found) > limit)

    async def orphans(self) -> Orphans:
        """The newest receipts without an owner; the operator's, so no account is named."""
        async with self._database.link() as link:
            return Orphans(items=tuple(await receipts.list_orphans(link, _MOST)))

    async def deliveries(self, principal: Principal, command: ListDeliveries) -> Deliveries:
        """A page of the calls made to an endpoint, newest first."""
        limit = _limited(command.limit)
        async with self._database.link() as link:
            found = await notifications.list_tries(
                link,
                principal.account.id,
                command.endpoint,
                before=_before(principal, command.before),
                limit=limit + 1,
            )
        return Deliveries(items=tuple(found[:limit]), more=len(found) > limit)


def opened(principal: Principal, sealed: int) -> int:
    """Our id for the number a customer sent; of another account's number it makes nothing that exists."""
    return open_sealed(principal.key, sealed) if 0 <= sealed < 1 << 64 else 0


def _stored(principal: Principal, recipient: str | None) -> str | None:
    """A recipient as messages have it; what is no number finds nothing."""
    if recipient is None:
        return None
    parsed = parse_msisdn(recipient, default_region=principal.account.default_region)
    return recipient if isinstance(parsed, InvalidNumber) else parsed


def _before(principal: Principal, sealed: int | None) -> int:
    return _NEWEST if sealed is None else opened(principal, sealed)


def _limited(limit: int) -> int:
    return max(1, min(limit, _MOST))
