"""Questions about what is kept. Every one names the account of whoever asks (promise P6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from heliograph.model.account import Balance
from heliograph.model.command import (
    Deliveries,
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
    MessageTrace,
    Orphans,
    Principal,
)
from heliograph.model.ids import id_at, open_sealed
from heliograph.model.message import Submission
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import ledger, links, messages, notifications, receipts
from heliograph.store.database import Database

_NEWEST = (1 << 63) - 1
_NOT_FOUND = Refused(refusal=Refusal.NOT_FOUND)
_MOST = 1000


class Lookup:
    """Answers questions."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def message(self, principal: Principal, command: FindMessage) -> MessageTrace | Refused:
        """A message, its life, and who was told of it."""
        key = (principal.account.id, opened(principal, command.message))
        async with self._database.link() as link:
            found = await messages.find_messages(link, [key])
            if not found:
                return _NOT_FOUND
            return MessageTrace(
                record=found[0],
                events=tuple(await messages.message_events(link, *key)),
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
        limit = _limited(command.limit)
        before = _before(principal, command.before)
        if command.until is not None:
            before = min(before, id_at(command.until))
        async with self._database.link() as link:
            found = await messages.list_messages(
                link,
                principal.account.id,
                before=before,
                since=id_at(command.since) if command.since else 0,
                limit=limit + 1,
                recipient=_stored(principal, command.recipient),
                sender=command.sender,
                status=command.status,
                submission_id=(
                    None if command.submission is None else opened(principal, command.submission)
                ),
                reference=command.reference,
            )
        return Messages(items=tuple(found[:limit]), more=len(found) > limit)

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
