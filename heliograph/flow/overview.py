"""The overview of an account, or of the house: sums that a sweeper has made, and what waits now.

Nothing here reads a message or an event, so that a look costs the same with a thousand messages and with
twenty million.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from heliograph.flow.directory import Directory
from heliograph.flow.statistics import MARK
from heliograph.model.command import Principal
from heliograph.model.ids import made_at
from heliograph.model.overview import (
    HOUSE,
    CarrierState,
    CarrierStates,
    Fared,
    GetHouseOverview,
    GetOverview,
    ListCarrierStates,
    Minute,
    Overview,
    ProcessState,
    QueueDepth,
    timing,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import FAILURES, Status
from heliograph.store import overview
from heliograph.store.database import Database
from heliograph.store.overview import HourSum

FRESH: Final = timedelta(seconds=30)
"""What a process said earlier counts for nothing. It says it again every two seconds, or later on a machine
that is too busy."""
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_MINUTES: Final = 60


class Depths(Protocol):
    """Who measures the queues now and again."""

    def depth(self, account_id: int) -> QueueDepth:
        """What waits for an account; for `HOUSE`, for all."""


class Overviews:
    """Answers what is asked about how things go."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        depths: Depths,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._directory = directory
        self._depths = depths
        self._now = now

    async def of_account(self, principal: Principal, command: GetOverview) -> Overview | Refused:
        """An account's own, or another's for the operator."""
        account_id = principal.account.id if command.for_account is None else command.for_account
        found = await self._overview(account_id)
        if not found.spent_today:  # every account has a line there
            return Refused(refusal=Refusal.NOT_FOUND, field="account")
        return found

    async def of_house(self, principal: Principal, command: GetHouseOverview) -> Overview:
        """The operator's: all accounts together."""
        del principal, command
        return await self._overview(HOUSE)

    async def carriers(
        self, principal: Principal, command: ListCarrierStates
    ) -> CarrierStates | Refused:
        """The operator's: how carriers stand, whichever process has them."""
        del principal
        states = await self._states()
        if command.carrier_id is None:
            return CarrierStates(items=tuple(states))
        found = tuple(each for each in states if each.carrier_id == command.carrier_id)
        if not found:
            return Refused(refusal=Refusal.NOT_FOUND)
        return CarrierStates(items=found, one=True)

    async def _overview(self, account_id: int) -> Overview:
        now = self._now()
        async with self._database.link() as link:
            mark = await overview.find_mark(link, MARK)
            as_of = None if mark is None else made_at(mark + 1)
            last = (as_of or now).replace(second=0, microsecond=0)
            minutes = await overview.list_minutes(link, account_id, last - (_MINUTES - 1) * _MINUTE)
            since = now.replace(minute=0, second=0, microsecond=0) - _DAY
            hours = await overview.sum_hours(link, account_id, since)
            spent = await overview.spending(link, account_id, now.date())
        by_carrier = fared(hours, by_country=False)
        used = {each.carrier_id for each in by_carrier}
        return Overview(
            as_of=as_of,
            minutes=_every_minute(minutes, last),
            since=since,
            states=standing(hours),
            by_carrier=by_carrier,
            by_country=fared(hours, by_country=True),
            queue=self._depths.depth(account_id),
            spent_today=tuple(spent),
            carriers=tuple(
                each
                for each in await self._states()
                if account_id == HOUSE or each.carrier_id in used
            ),
        )

    async def _states(self) -> list[CarrierState]:
        async with self._database.link() as link:
            said = await overview.list_states(link, self._now() - FRESH)
        by_carrier: dict[int, list[ProcessState]] = {}
        for each in said:
            by_carrier.setdefault(each.carrier_id, []).append(each.state)
        return [
            CarrierState(
                carrier_id=carrier.id,
                name=carrier.name,
                kind=carrier.kind,
                enabled=carrier.enabled,
                processes=tuple(by_carrier.get(carrier.id, ())),
            )
            for carrier in sorted(self._directory.carriers, key=lambda each: each.id)
        ]


def standing(hours: Iterable[HourSum]) -> dict[Status, int]:
    """How many stand where: those who came, less those who went."""
    sums: Counter[Status] = Counter()
    for each in hours:
        sums[Status(each.status)] += each.entered - each.departed
    return {status: count for status, count in sums.items() if count > 0}


def fared(hours: Iterable[HourSum], *, by_country: bool) -> tuple[Fared, ...]:
    """By country or by carrier, those with the most first."""
    groups: dict[str | int, list[HourSum]] = {}
    for each in hours:
        groups.setdefault(each.country if by_country else each.carrier_id, []).append(each)
    made = [_fared(key, group) for key, group in groups.items()]
    if not by_country:  # what waits for its first carrier has none to be told of
        made = [each for each in made if each.sent or each.delivered or each.failed]
    return tuple(sorted(made, key=lambda each: (-each.accepted, -each.sent, each.country)))


def _fared(key: str | int, group: Sequence[HourSum]) -> Fared:
    entered: Counter[Status] = Counter()
    accepted = late = 0
    steps = {Status.SENT: 0, Status.DELIVERED: 0}
    buckets: dict[Status, Counter[int]] = {status: Counter() for status in steps}
    for each in group:
        status = Status(each.status)
        entered[status] += each.entered
        accepted += each.entered - each.departed
        if status is Status.EXPIRED:
            late += each.departed
        if status in steps:
            steps[status] += each.step_ms
            buckets[status][each.bucket] += each.entered
    return Fared(
        carrier_id=None if isinstance(key, str) else key or None,
        country=key if isinstance(key, str) else "",
        # Less than none: of messages from before there were sums, later steps alone are known.
        accepted=max(0, accepted) if isinstance(key, str) else 0,
        sent=entered[Status.SENT],
        delivered=entered[Status.DELIVERED],
        failed=max(0, sum(entered[status] for status in FAILURES) - late),
        to_carrier=timing(buckets[Status.SENT], steps[Status.SENT]),
        to_handset=timing(buckets[Status.DELIVERED], steps[Status.DELIVERED]),
    )


def _every_minute(found: Iterable[Minute], last: datetime) -> tuple[Minute, ...]:
    """The hour up to the minute that is being counted, those in which nothing happened as well."""
    known = {each.at: each for each in found}
    moments = (last - back * _MINUTE for back in reversed(range(_MINUTES)))
    return tuple(known.get(at) or Minute(at=at) for at in moments)
