"""Codes in a broadcast's messages: each recipient's own, kept in the transaction that keeps the messages.

A broadcast goes to whom the customer chose, so it is not what the guard against pumping looks for: its
codes are not counted among those that strangers ask for, and codes that nobody types back say nothing
about an area. What the guard has closed stays closed, the list of countries holds, and no number gets
more codes within an hour than the profile allows. None can be sent again: the broadcast is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from heliograph.model.command import Principal
from heliograph.model.message import Message
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import DIGITS, GuardMode, Verification, VerifyProfile
from heliograph.products.verify.guard import closed, not_allowed
from heliograph.products.verify.secrets import hash_code, make_code
from heliograph.products.verify.tally import Tally
from heliograph.store import verifications, verify_counts
from heliograph.store.database import Link
from heliograph.store.verify_counts import CountKey, Kind

__all__ = ["BulkCodes"]

_WATCHING: Final = frozenset({GuardMode.FILTER, GuardMode.BLOCK})


@dataclass(frozen=True, kw_only=True)
class BulkCodes:
    """The codes of one broadcast, as its account's default profile has them."""

    principal: Principal
    profile: VerifyProfile
    digits: int | None
    """So many of them instead of the profile's alphabet and length."""

    @property
    def ttl_seconds(self) -> int:
        """How long a code is good, from when its message is to be sent."""
        return self.profile.ttl_seconds

    @property
    def longest(self) -> int:
        """Characters of a code."""
        return self.digits or self.profile.length

    def draw(self, number: int) -> str:
        """The code of the verification with this id."""
        alphabet = DIGITS if self.digits else self.profile.alphabet
        return make_code(self.principal.key, number, self.longest, alphabet)

    async def judge(
        self, link: Link, messages: Sequence[Message], now: datetime
    ) -> dict[int, Refused]:
        """Which messages are not to be sent, and why. Those that are count until the commit."""
        refused: dict[int, Refused] = {}
        if self.principal.test:
            return refused
        tally, most = Tally(now), self.profile.limits.number_per_hour
        account_id = self.principal.account.id
        guarded: dict[str, datetime | None] = {}
        if self.profile.guard.mode in _WATCHING:
            guarded = await verify_counts.closed_areas(link, account_id, now)
        keys = {m.id: CountKey(account_id, Kind.NUMBER, m.recipient) for m in messages}
        if most:
            await tally.ask(link, keys.values())
        for message in messages:
            no = not_allowed(message.country, self.profile.allowed_countries)
            no = no or self._closed(message, guarded, now)
            if no is None and most and tally.issued(keys[message.id]) + 1 > most:
                no = Refused(refusal=Refusal.RATE_LIMITED, field="recipient")
            if no is not None:
                refused[message.id] = no
            elif most:
                tally.add([keys[message.id]])
        await tally.keep(link)
        return refused

    def _closed(
        self, message: Message, guarded: dict[str, datetime | None], now: datetime
    ) -> Refused | None:
        prefix = message.recipient[: self.profile.guard.prefix_digits]
        for area in (prefix, message.country or ""):
            if area in guarded:
                return closed(area, guarded[area], now)
        return None

    async def keep(
        self, link: Link, sent: Sequence[tuple[int, str, Message]], now: datetime
    ) -> None:
        """Keep the verifications `(id, code, message)` of messages that are accepted."""
        if sent:
            await verifications.insert_verifications(
                link, [self._kept(*each, now) for each in sent]
            )

    def _kept(self, number: int, code: str, message: Message, now: datetime) -> Verification:
        goes_at = max(now, message.send_at or now)
        return Verification(
            account_id=message.account_id,
            id=number,
            message_id=message.id,
            profile_id=self.profile.id,
            recipient=message.recipient,
            sender=message.sender,
            channel=message.channel,
            country=message.country,
            prefix="",
            code_hash=hash_code(self.principal.key, number, code),
            length=len(code),
            alphabet=DIGITS if self.digits else self.profile.alphabet,
            text="",
            reference=message.reference,
            expires_at=goes_at + timedelta(seconds=self.profile.ttl_seconds),
            sent_at=goes_at,
            most_sends=1,
            resend_seconds=self.profile.resend_seconds,
            max_attempts=self.profile.max_attempts,
        )
