"""One-time passwords: issued, sent again, checked, and guarded against pumping.

`Verify` is all of it in one process. It brings its messages to the flow's acceptance and writes its own
rows in the same transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, get_args

from heliograph.flow.advance import Told
from heliograph.flow.checks import Checks
from heliograph.flow.lookup import opened
from heliograph.flow.request import own_key, thaw
from heliograph.flow.tend import Sweeper
from heliograph.model.command import AcceptedItem, Answer, Done, Principal
from heliograph.model.ids import id_at
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import (
    CancelVerification,
    CheckCode,
    CodeIssued,
    FindVerification,
    GuardReport,
    IssueCode,
    ListGuard,
    ReleaseGuard,
    ResendCode,
    Verification,
    Verifying,
)
from heliograph.products.verify.bulk import BulkCodes
from heliograph.products.verify.check import Check
from heliograph.products.verify.issue import Accepting, Issue
from heliograph.products.verify.profiles import Profiling
from heliograph.products.verify.sending import Preparing, Sending
from heliograph.store import ledger, verifications, verify_counts
from heliograph.store.database import Database, Link

__all__ = ["Verify"]

_DAY: Final = timedelta(days=1)
_KEPT: Final = timedelta(days=8)
"""Counts: what the guard learns from, and a day more."""
_AREAS_KEPT: Final = timedelta(days=90)
_RECENT: Final = timedelta(hours=2)
_PIECE: Final = 10_000
_MOST_AREAS: Final = 1_000
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)


class _Marks(NamedTuple):
    """For lines in the audit log."""

    make_id: Callable[[], int]
    now: Callable[[], datetime]


class Verify:
    """Performs the commands about codes. `start` and `stop` run its writer."""

    def __init__(
        self,
        database: Database,
        checks: Checks,
        accept: Accepting,
        told: Callable[[Told], None],
        make_id: Callable[[], int],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._now = now
        self._preparing = Preparing(checks)
        self._profiles = Profiling(database, _Marks(make_id, now))
        self._issue = Issue(database=database, accept=accept, told=told, now=now)
        self._check = Check(database, now)
        self.performers: dict[type[Any], Callable[[Principal, Any], Awaitable[Answer | Refused]]]
        self.performers = dict.fromkeys(get_args(Verifying), self.perform)
        self.sweeper = Sweeper("codes", 3600.0, self.retain)

    async def start(self) -> None:
        """Begin to send."""
        await self._issue.start()

    async def stop(self) -> None:
        """Send what is waiting, then stop."""
        await self._issue.stop()

    async def perform(self, principal: Principal, command: Verifying) -> Answer | Refused:
        """One command."""
        match command:
            case IssueCode():
                return await self._first(principal, command)
            case ResendCode():
                return await self._again(principal, command)
            case CheckCode():
                return await self._check.code(principal, command)
            case FindVerification():
                return await self._check.find(principal, command)
            case CancelVerification():
                return await self._check.cancel(principal, command)
            case ListGuard():
                return await self._areas(principal)
            case ReleaseGuard():
                return await self._release(principal, command)
            case _:
                return await self._profiles.perform(principal, command)

    async def in_bulk(self, principal: Principal, digits: int | None) -> BulkCodes:
        """Codes for a broadcast of the account's: of so many digits, or as its default profile says."""
        profile = await self._profiles.default(principal.account.id)
        return BulkCodes(principal=principal, profile=profile, digits=digits)

    # -- sending --------------------------------------------------------------------------------

    async def _first(self, principal: Principal, command: IssueCode) -> CodeIssued | Refused:
        earlier = await self._earlier(principal, command)
        if earlier is not None:
            return earlier
        profile = await self._profiles.named(principal, command.profile)
        if isinstance(profile, Refused):
            return profile
        sending = self._preparing.first(principal, profile, command, self._now())
        if isinstance(sending, Refused):
            return sending
        return self._told(await self._issue.send(sending))

    async def _again(self, principal: Principal, command: ResendCode) -> CodeIssued | Refused:
        number = opened(principal, command.verification)
        async with self._database.link() as link:
            found = await verifications.find_verification(link, principal.account.id, number)
        if found is None:
            return _NOT_FOUND
        profile = await self._profiles.of(found)
        sending = self._preparing.next(principal, profile, found, command.code, self._now())
        if isinstance(sending, Refused):
            return sending
        return self._told(await self._issue.send(sending))

    async def _earlier(
        self, principal: Principal, command: IssueCode
    ) -> CodeIssued | Refused | None:
        """The answer that the request's key had before, whatever limits say now (promise P7)."""
        key = own_key(principal, command.idempotency_key)
        if key is None:
            return None
        account_id = principal.account.id
        async with self._database.link() as link:
            kept = await ledger.find_key(link, account_id, key)
            if kept is None or kept[1] is None:
                return None
            if kept[0] != command.fingerprint:
                return Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT)
            items = [each for each in thaw(kept[1]).items if isinstance(each, AcceptedItem)]
            number = items[0].message_id if items else 0
            found = await verifications.find_verification(link, account_id, number)
        if found is None:
            return Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT)
        return _issued(found, repeated=True)

    def _told(self, sending: Sending) -> CodeIssued | Refused:
        if sending.refused is not None:
            return sending.refused
        if sending.repeated is not None:
            return _issued(sending.repeated, repeated=True)
        return _issued(sending.verification)

    # -- the guard ------------------------------------------------------------------------------

    async def _areas(self, principal: Principal) -> GuardReport:
        now = self._now()
        async with self._database.link() as link:
            found = await verify_counts.list_areas(
                link, principal.account.id, since=now - _DAY, now=now, limit=_MOST_AREAS
            )
        return GuardReport(items=tuple(found))

    async def _release(self, principal: Principal, command: ReleaseGuard) -> Done | Refused:
        """What went before is forgotten; otherwise the next code would close the area again."""
        account_id, now = principal.account.id, self._now()

        async def work(link: Link) -> bool:
            found = await verify_counts.release_area(link, account_id, command.area, id_at(now))
            if found:
                await verify_counts.forget_counts(link, account_id, command.area, now - _RECENT)
            return found

        return Done() if await self._database.run(work) else _NOT_FOUND

    async def retain(self) -> int:
        """Forget counts and areas that nobody looks at any more, a piece at a time."""

        async def work(link: Link) -> int:
            await verify_counts.drop_old_areas(link, self._now() - _AREAS_KEPT)
            return await verify_counts.drop_old(link, self._now() - _KEPT, limit=_PIECE)

        return await self._database.run(work)


def _issued(verification: Verification, *, repeated: bool = False) -> CodeIssued:
    left = verification.most_sends - verification.sends
    after = verification.sent_at + timedelta(seconds=verification.resend_seconds)
    return CodeIssued(
        verification_id=verification.id,
        message_id=verification.message_id,
        recipient=verification.recipient,
        expires_at=verification.expires_at,
        resend_after=after if left > 0 else None,
        resends_left=left,
        attempts_left=verification.max_attempts - verification.attempts,
        repeated=repeated,
    )
