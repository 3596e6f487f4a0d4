"""Looks at codes that are typed back. A try is counted before it is compared, in one transaction with it.

Concurrent tries at one verification wait for each other in the database, so that never more than allowed
are compared, and a code is good once. Whoever asks about what never was is told what is told of what has
expired: there is nothing to be learnt by asking.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from heliograph.flow.lookup import opened
from heliograph.model.command import Principal
from heliograph.model.ids import id_at
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import (
    LONGEST_TTL_SECONDS,
    CancelVerification,
    CheckCode,
    CodeChecked,
    FindVerification,
    Verification,
    VerificationFound,
    VerifyStatus,
)
from heliograph.products.verify.secrets import is_code
from heliograph.products.verify.tally import areas_of, hour_of
from heliograph.store import statistics, verifications, verify_counts
from heliograph.store.database import Database, Link

_NEVER: Final = CodeChecked(valid=False, status=VerifyStatus.EXPIRED)
_LOOK_BACK: Final = timedelta(seconds=LONGEST_TTL_SECONDS, days=1)
"""A code is good for a day at most, and quiet hours put its message off for another."""
_NOBODY: Final = bytes(32)
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)


class Check:
    """Checks, finds and cancels."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def code(self, principal: Principal, command: CheckCode) -> CodeChecked | Refused:
        """Is it the code?"""
        recipient = command.recipient
        if (recipient is None) == (command.verification is None):
            detail = "Name the verification, or its recipient."
            return Refused(refusal=Refusal.MISSING_FIELD, field="verification", detail=detail)
        if recipient is not None:
            found = parse_msisdn(recipient, default_region=principal.account.default_region)
            if isinstance(found, InvalidNumber):
                return Refused(
                    refusal=Refusal.INVALID_RECIPIENT, field="recipient", detail=found.sentence
                )
            recipient = found
        now = self._now()
        return await self._database.run(
            lambda link: self._tried(link, principal, command, recipient, now)
        )

    async def _tried(
        self,
        link: Link,
        principal: Principal,
        command: CheckCode,
        recipient: str | None,
        now: datetime,
    ) -> CodeChecked:
        account_id, key = principal.account.id, principal.key
        number = await self._number(link, principal, command, recipient, now)
        taken = (
            None if not number else await verifications.take_attempt(link, account_id, number, now)
        )
        if taken is None:
            is_code(key, number, command.code, _NOBODY)  # takes as long as any other
            known = await verifications.find_verification(link, account_id, number)
            if known is None:
                return _NEVER
            return CodeChecked(valid=False, status=known.standing(now))
        if not is_code(key, taken.id, _typed(taken, command.code), taken.code_hash):
            left = taken.max_attempts - taken.attempts
            status = VerifyStatus.PENDING if left else VerifyStatus.MAX_ATTEMPTS
            return CodeChecked(valid=False, status=status, attempts_left=left)
        await verifications.close_verification(
            link, account_id, taken.id, VerifyStatus.APPROVED, now
        )
        await statistics.convert_message(link, account_id, taken.message_id, now)
        if taken.prefix:  # neither test traffic nor a broadcast's
            areas = [(int(kind), area) for kind, area in areas_of(taken)]
            await verify_counts.add_verified(link, account_id, areas, hour_of(now))
        return CodeChecked(valid=True, status=VerifyStatus.APPROVED)

    async def _number(
        self,
        link: Link,
        principal: Principal,
        command: CheckCode,
        recipient: str | None,
        now: datetime,
    ) -> int:
        """The verification that is meant; 0 for none."""
        if command.verification is not None:
            return opened(principal, command.verification)
        since = id_at(now - _LOOK_BACK)
        last = await verifications.last_verification(
            link, principal.account.id, recipient or "", since, now
        )
        return 0 if last is None else last.id

    async def find(
        self, principal: Principal, command: FindVerification
    ) -> VerificationFound | Refused:
        """Where it stands."""
        number = opened(principal, command.verification)
        async with self._database.link() as link:
            found = await verifications.find_verification(link, principal.account.id, number)
        return _NOT_FOUND if found is None else self._told(found)

    async def cancel(
        self, principal: Principal, command: CancelVerification
    ) -> VerificationFound | Refused:
        """End it; one that has ended stays as it is."""
        account_id, now = principal.account.id, self._now()
        number = opened(principal, command.verification)

        async def work(link: Link) -> Verification | None:
            status = VerifyStatus.CANCELED
            return await verifications.close_verification(
                link, account_id, number, status, now
            ) or await verifications.find_verification(link, account_id, number)

        found = await self._database.run(work)
        return _NOT_FOUND if found is None else self._told(found)

    def _told(self, found: Verification) -> VerificationFound:
        return VerificationFound(verification=found, status=found.standing(self._now()))


def _typed(verification: Verification, code: str) -> str:
    """As people type: blanks around do not count, nor does case where all letters are of one."""
    code = code.strip()
    if verification.alphabet and verification.alphabet == verification.alphabet.upper():
        return code.upper()
    return code
