"""What a message would be and cost, and every reason for which it would not be accepted. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from heliograph.flow.checks import Checks, encode
from heliograph.flow.directory import Directory
from heliograph.flow.route import Router
from heliograph.model.command import Estimate, Estimated, Estimates, Principal
from heliograph.model.message import Draft, Message
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import ledger, things
from heliograph.store.database import Database
from heliograph.text import Choice, non_gsm_characters


class Estimator:
    """Answers estimates."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        checks: Checks,
        router: Router,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._directory = directory
        self._checks = checks
        self._router = router
        self._now = now

    async def estimate(self, principal: Principal, command: Estimate) -> Estimates:
        """One estimate per draft, and the sum of those that would be accepted."""
        found = [self._one(principal, draft) for draft in command.drafts]
        items = await self._with_database(principal, found)
        accepted = [item for item in items if not item.refused]
        return Estimates(
            currency=principal.account.currency,
            items=tuple(items),
            price_micros=sum(item.price_micros or 0 for item in accepted),
        )

    def _one(self, principal: Principal, draft: Draft) -> tuple[Estimated, things.Key]:
        """The estimate without what the database knows, and the opt-out that would refuse it."""
        checked = self._checks.check(principal, draft, None, principal.credential.dialect)
        composed = self._checks.composed(principal.account.id, draft)
        whole = composed if isinstance(composed, Draft) else draft
        # What is far too long is not measured, nor are its characters looked at.
        endless = isinstance(composed, Refused) and composed.refusal is Refusal.TEXT_TOO_LONG
        choice = Refused(refusal=Refusal.TEXT_TOO_LONG) if endless else encode(whole)
        recipient = parse_msisdn(draft.recipient, default_region=principal.account.default_region)
        number = None if isinstance(recipient, InvalidNumber) else recipient
        network = self._directory.network(number) if number else None
        message = checked if isinstance(checked, Message) else None
        estimated = Estimated(
            recipient=number,
            country=network.country if network else None,
            mcc=network.mcc if network else None,
            mnc=network.mnc if network else None,
            encoding=choice.encoding if isinstance(choice, Choice) else None,
            parts=choice.parts if isinstance(choice, Choice) else 0,
            chars_left=choice.chars_left if isinstance(choice, Choice) else 0,
            non_gsm="" if endless else "".join(non_gsm_characters(whole.text)),
            replaced=_replaced(choice),
            price_micros=message.price_micros if message else None,
            route=self._router.decide(message, self._now()) if message else None,
            refused=(checked,) if isinstance(checked, Refused) else (),
        )
        campaign = (draft.campaign or "").lower()
        sender = message.sender if message else draft.sender or ""
        return estimated, (principal.account.id, number or "", sender.strip().lower(), campaign)

    async def _with_database(
        self, principal: Principal, found: list[tuple[Estimated, things.Key]]
    ) -> list[Estimated]:
        """Opt-out and money, as they stand now."""
        account_id = principal.account.id
        async with self._database.link() as link:
            out = await things.opted_out(link, [key for _, key in found])
            balance = await ledger.find_balance(link, account_id)
        left = balance.available_micros + balance.credit_limit_micros if balance else 0
        judged = []
        for item, key in found:
            refused = list(item.refused)
            if key in out:
                refused.append(Refused(refusal=Refusal.OPTED_OUT, field="recipient"))
            if not refused and item.price_micros:
                left -= item.price_micros
                if left < 0:
                    refused.append(Refused(refusal=Refusal.INSUFFICIENT_BALANCE))
            judged.append(msgspec.structs.replace(item, refused=tuple(refused)))
        return judged


def _replaced(choice: Choice | Refused) -> dict[str, str]:
    if isinstance(choice, Refused):
        return {}
    return {item.original: item.replacement for item in choice.replaced}
