"""Sends codes: limits, guard, message, money and verification in one durable commit.

Requests that arrive while a commit is under way share the next one. A code is told of only after that
commit (promise P1). What is refused here has cost nothing and left nothing but its count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from heliograph.flow.advance import Told
from heliograph.flow.batch import Batcher
from heliograph.flow.request import Request
from heliograph.model.ids import id_at
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import GuardMode, Verification, VerifyStatus
from heliograph.products.verify.guard import Area, judge, refusal_of, trips_of
from heliograph.products.verify.sending import Sending
from heliograph.products.verify.tally import Tally, areas_of, keys_of
from heliograph.store import verifications, verify_counts
from heliograph.store.database import Database, Link
from heliograph.store.outbox import Claimed
from heliograph.store.verify_counts import AreaQuery, CountKey, Kind, Trip, Weight

_log = structlog.get_logger()
_LEARNT: Final = timedelta(days=7)
"""How far back the guard looks for what is usual, and for the share of a prefix."""
_OVER: Final = Refused(
    refusal=Refusal.CONFLICT, detail="The verification is not pending any more; ask for a new one."
)
_NO_MORE: Final = Refused(
    refusal=Refusal.CONFLICT, detail="The code was sent as often as the profile allows."
)


class Accepting(Protocol):
    """What sending codes needs of acceptance."""

    async def within(
        self, link: Link, requests: Sequence[Request], now: datetime
    ) -> tuple[Told, list[Claimed]]:
        """Store requests in our transaction; each has its verdict then."""

    def hand_on(self, leased: Sequence[Claimed]) -> None:
        """After the commit: what it has leased to this process."""


@dataclass(slots=True)
class _Batch:
    """What one transaction leaves to be done after it."""

    told: Told = field(default_factory=Told)
    leased: list[Claimed] = field(default_factory=list)
    trips: dict[tuple[int, str], Trip] = field(default_factory=dict)


class Issue:
    """Writes sendings. `start` and `stop` run its writer."""

    def __init__(
        self,
        *,
        database: Database,
        accept: Accepting,
        told: Callable[[Told], None],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._accept = accept
        self._told = told
        self._now = now
        self._writer: Batcher[Sending, Sending] = Batcher(
            "codes", self._commit, most=200, workers=2
        )

    async def start(self) -> None:
        """Begin to write."""
        await self._writer.start()

    async def stop(self) -> None:
        """Write what is waiting, then stop."""
        await self._writer.stop()

    async def send(self, sending: Sending) -> Sending:
        """Returns when it is committed, or refused: see its `refused` and `repeated`."""
        return await self._writer.put(sending)

    async def _commit(self, sendings: Sequence[Sending]) -> Sequence[Sending]:
        batch = await self._database.run(lambda link: self._write(link, sendings))
        self._told(batch.told)
        self._accept.hand_on(batch.leased)
        for trip in batch.trips.values():
            _log.warning(
                "guard against pumping",
                account=trip.account_id,
                area=trip.area,
                mode=trip.mode,
                why=trip.why,
                until=None if trip.until is None else trip.until.isoformat(),
            )
        return sendings

    # -- the transaction ------------------------------------------------------------------------

    async def _write(self, link: Link, sendings: Sequence[Sending]) -> _Batch:
        now, batch = self._now(), _Batch()
        for each in sendings:  # a deadlock brings the whole batch here once more
            each.refused = each.repeated = each.request = None
            judged = not each.principal.test
            each.counted = keys_of(each.profile, each.verification) if judged else []
        await self._lock_resends(link, sendings, now)
        tally = await self._judge(link, sendings, batch, now)
        live = [each for each in sendings if each.refused is None]
        if live:
            batch.told, batch.leased = await self._accept.within(
                link, [each.ask() for each in live], now
            )
            await self._settle(link, live, tally)
        await tally.keep(link)
        if batch.trips:
            await verify_counts.trip_areas(
                link, list(batch.trips.values()), judged_from=id_at(now), at=now
            )
        return batch

    async def _lock_resends(self, link: Link, sendings: Sequence[Sending], now: datetime) -> None:
        """What may be sent again is locked until the commit, so that nobody sends it once more."""
        seen: set[tuple[int, int]] = set()
        again = [each for each in sendings if each.again]
        for each in sorted(again, key=lambda a: (a.verification.account_id, a.verification.id)):
            key = (each.verification.account_id, each.verification.id)
            found = await verifications.lock_verification(link, *key)
            each.refused = _not_again(found, now, twice=key in seen)
            seen.add(key)

    async def _judge(
        self, link: Link, sendings: Sequence[Sending], batch: _Batch, now: datetime
    ) -> Tally:
        """Limits and guard, one code after the other."""
        tally = Tally(now)
        live = [each for each in sendings if each.refused is None]
        await tally.ask(link, [key for each in live for key in each.counted])
        weights = await self._weigh(link, live, now)
        for each in live:
            if each.counted:
                each.refused = self._guarded(each, tally, weights, batch, now)
            if each.refused is None:
                tally.add(each.counted)
        return tally

    async def _weigh(
        self, link: Link, live: Sequence[Sending], now: datetime
    ) -> dict[tuple[int, str], Weight]:
        wanted: dict[tuple[int, str], AreaQuery] = {}
        for each in live:
            guard, verification = each.profile.guard, each.verification
            if guard.mode is GuardMode.OFF or not each.counted:
                continue
            mature = id_at(now - timedelta(seconds=guard.grace_seconds))
            for kind, area in areas_of(verification):
                key = (verification.account_id, area)
                wanted.setdefault(key, AreaQuery(key[0], kind, area, guard.last, mature))
        if not wanted:
            return {}
        since = now - _LEARNT
        return await verify_counts.weigh_areas(
            link, list(wanted.values()), usual_since=since, oldest_id=id_at(since)
        )

    def _guarded(
        self,
        each: Sending,
        tally: Tally,
        weights: dict[tuple[int, str], Weight],
        batch: _Batch,
        now: datetime,
    ) -> Refused | None:
        """Why this code is not sent."""
        verification, guard = each.verification, each.profile.guard
        account_id = verification.account_id

        def look(kind: Kind, key: str) -> Area:
            counted = CountKey(account_id, kind, key)
            return Area(kind, key, tally.issued(counted), weights[account_id, key])

        watched = guard.mode is not GuardMode.OFF
        places = areas_of(verification) if watched else []
        for place in places:
            refused = refusal_of(guard, look(*place), now)
            if refused is not None:
                return refused
        refused = tally.over(each.profile, verification)
        if refused is not None:
            return refused
        for place in places:
            area = look(*place)
            why = judge(guard, area, now)
            if why is None:
                continue
            country = look(*places[-1]) if len(places) > 1 else None
            for trip in trips_of(account_id, guard, area, country=country, why=why, now=now):
                batch.trips[account_id, trip.area] = trip
                old = weights[account_id, trip.area]
                weights[account_id, trip.area] = old._replace(
                    mode=GuardMode(trip.mode), until=trip.until, trips=trip.trips, tripped_at=now
                )
            refused = refusal_of(guard, look(*place), now)
            if refused is not None:
                return refused
        return None

    async def _settle(self, link: Link, live: Sequence[Sending], tally: Tally) -> None:
        """Keep the verifications whose messages were accepted."""
        fresh: list[Verification] = []
        for each in live:
            request = each.request
            if request is None:
                continue
            verdict = request.verdict or request.refused.get(each.message.id)
            twin = request.twin
            if twin is not None:  # the same key twice in this batch
                verdict = twin.verdict
                each.repeated = next(o.verification for o in live if o.request is twin)
            elif request.repeated is not None:
                each.repeated = await self._earlier(link, each, request)
            verdict = verdict or request.verdict
            if verdict is not None or each.repeated is not None:
                tally.take_back(each.counted)
                each.refused = verdict
            elif each.again:
                await verifications.note_resend(
                    link,
                    each.verification.account_id,
                    each.verification.id,
                    at=each.verification.sent_at,
                    message_id=each.message.id,
                    code_hash=each.verification.code_hash,
                )
            else:
                fresh.append(each.verification)
        if fresh:
            await verifications.insert_verifications(link, fresh)

    async def _earlier(self, link: Link, each: Sending, request: Request) -> Verification | None:
        """What the idempotency key was used for; the message is of a verification, or of nothing here."""
        known = request.repeated
        if known is None:
            return None
        found = await verifications.find_verification(
            link, each.verification.account_id, known.submission_id
        )
        if found is None:
            request.verdict = Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT)
        return found


def _not_again(found: Verification | None, now: datetime, *, twice: bool) -> Refused | None:
    """Why a verification's code is not sent once more."""
    if found is None:
        return Refused(refusal=Refusal.NOT_FOUND)
    if found.standing(now) is not VerifyStatus.PENDING:
        return _OVER
    if found.sends >= found.most_sends:
        return _NO_MORE
    wait = (found.sent_at + timedelta(seconds=found.resend_seconds) - now).total_seconds()
    if wait > 0 or twice:
        return Refused(
            refusal=Refusal.RATE_LIMITED,
            detail="The code was sent just now.",
            retry_after_seconds=max(1, int(wait + 0.999)),
        )
    return None
