"""What follows when an attempt has an outcome: the same carrier again, the next one, doubt, or the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from heliograph.flow.advance import delay
from heliograph.flow.directory import Directory
from heliograph.flow.outcomes import Result, change_of, detail_of, overtaken, sent
from heliograph.flow.route import Router
from heliograph.flow.standing import Again, Change, Standing
from heliograph.model.account import OnUncertain, TrafficClass
from heliograph.model.reason import Reason, retries
from heliograph.model.report import Declined, Taken
from heliograph.model.status import Status
from heliograph.store.outbox import Claimed

MOST_RESENDS: Final = 5
"""Attempts that may follow uncertain ones, where the policy is to send again."""


class Verdicts:
    """Decides by the account's policy and the carriers that are left; writes nothing."""

    def __init__(
        self, directory: Directory, router: Router, *, lease: timedelta, retry_base_seconds: float
    ) -> None:
        self._directory = directory
        self._router = router
        self._lease = lease
        self._retry_base = retry_base_seconds

    def changes(
        self, result: Result, standing: Standing, now: datetime, onward: list[Claimed]
    ) -> list[Change]:
        """What is to be written; `onward` is given what another carrier may take at once."""
        if not isinstance(result.outcome, Taken) and overtaken(result, standing):
            return [change_of(result, None, now, detail=detail_of(result))]
        match result.outcome:
            case Taken(carrier_ids=carrier_ids):
                return [sent(result, carrier_ids, now)]
            case Declined():
                return [self._after_decline(result, result.outcome, now, onward)]
            case _:
                return self._after_unknown(result, result.outcome.detail, now)

    def _after_decline(
        self, result: Result, declined: Declined, now: datetime, onward: list[Claimed]
    ) -> Change:
        """The same carrier again, the next one, or the end."""
        waiting, message = result.waiting, result.waiting.message
        made = result.carrier_id != 0 or message.test
        detail = detail_of(result) if made or waiting.decision.candidates else None
        if declined.reason is Reason.OPTED_OUT:
            return change_of(result, Status.REJECTED, now, declined=declined)
        if message.valid_until <= now:
            return change_of(
                result, Status.EXPIRED, now, declined=Declined(reason=Reason.VALIDITY_EXPIRED)
            )
        if waiting.failures < retries(declined.reason):
            seconds = declined.retry_after_seconds
            if seconds is None:
                seconds = delay(waiting.failures, self._retry_base)
            again = Again(
                due_at=min(now + timedelta(seconds=seconds), message.valid_until),
                failures=waiting.failures + 1,
                tried=waiting.tried,
            )
            return change_of(result, None, now, declined=declined, again=again, detail=detail)
        tried = (*waiting.tried, result.carrier_id)
        if declined.next_carrier and made and self._router.untried(message, now, tried):
            again = Again(due_at=now + self._lease, tried=tried)
            onward.append(Claimed(message, waiting.attempt + 1, 0, tried))
            return change_of(result, None, now, declined=declined, again=again, detail=detail)
        return change_of(result, Status.FAILED, now, declined=declined, detail=detail)

    def _after_unknown(self, result: Result, why: str, now: datetime) -> list[Change]:
        """Promise P2: `uncertain` is a state, and the account's policy says what follows."""
        change = change_of(
            result,
            Status.UNCERTAIN,
            now,
            declined=Declined(reason=Reason.UNKNOWN_OUTCOME),
            detail=detail_of(result, why=why),
        )
        again = self.resend(
            result.waiting.message.account_id,
            result.waiting.message.traffic_class,
            result.waiting.attempt + 1,
            result.waiting.tried,
            now,
        )
        if again is None:
            return [change]
        queued = change_of(result, Status.QUEUED, now, again=again, attempt=0)
        return [change, queued]

    def resend(
        self,
        account_id: int,
        traffic_class: TrafficClass,
        attempts: int,
        tried: tuple[int, ...],
        now: datetime,
    ) -> Again | None:
        """Whether and when an uncertain message is sent again."""
        policy = self._directory.account(account_id).on_uncertain(traffic_class)
        if policy is OnUncertain.HOLD or attempts > MOST_RESENDS:
            return None
        seconds = delay(attempts - 1, self._retry_base)
        return Again(due_at=now + timedelta(seconds=seconds), failures=attempts, tried=tried)
