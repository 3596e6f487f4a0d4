"""One page of a broadcast: recipients are read, their messages made, and both are committed together.

How far the recipients are taken moves in the transaction that keeps their messages, so whoever is killed
has done the page or has not, and the next one goes on exactly behind it (promises P1 to P3). What is
made before the commit leaves no trace. Opt-outs and money are asked for in the transaction, as for
every message. It must never hold more than a page in memory.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec

from heliograph.flow.accept import Accept
from heliograph.flow.advance import Told
from heliograph.flow.checks import Checks
from heliograph.flow.directory import Directory
from heliograph.flow.links import make_code
from heliograph.flow.request import Request
from heliograph.model.account import AccountState, Credential, Mode
from heliograph.model.campaign import BroadcastKind, BroadcastState, PauseReason
from heliograph.model.command import Principal
from heliograph.model.ids import EPOCH
from heliograph.model.lists import Recipient
from heliograph.model.message import Draft, Message
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.campaigns.begin import traffic_class_of
from heliograph.products.campaigns.codes import BeginCodes, Codes
from heliograph.products.campaigns.plan import Resolved
from heliograph.products.campaigns.quiet import put_off, zone_of
from heliograph.products.campaigns.taking import (
    DUPLICATE,
    LOT,
    SUPPRESSED,
    LostError,
    Page,
    Stop,
    Taking,
    chosen,
    extra_of,
    imagined_broadcast,
    may_repeat,
    validity_of,
)
from heliograph.products.campaigns.tokens import (
    Compiled,
    Expander,
    Kind,
    Recipe,
    compile_text,
)
from heliograph.store import broadcasts, lists, segments
from heliograph.store.broadcasts import KeptBroadcast, KeptSegment
from heliograph.store.database import Database, Link
from heliograph.store.outbox import Claimed
from heliograph.store.segments import Progress

__all__ = ["Pages"]

_AT_ONCE: Final = 40
"""Recipients that are expanded before others get their turn on this processor."""
_RECIPE: Final = msgspec.json.Decoder(Recipe)
_NOWHERE: Final = Refused(refusal=Refusal.SENDER_NOT_APPROVED, field="sender")
_NO_CODES: Final = Refused(refusal=Refusal.NOT_ENABLED, field="text")


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Makes pages and commits them."""

    database: Database
    directory: Directory
    checks: Checks
    accept: Accept
    told: Callable[[Told], None]
    now: Callable[[], datetime]
    link_base: Callable[[], str]
    retention_days: int
    lease_seconds: float
    make_id: Callable[[], int]
    begin_codes: BeginCodes | None = None

    async def begin(self, link: Link, segment: KeptSegment) -> Taking | None:
        """A segment that was leased, as it stands; None where there is no such broadcast."""
        account_id, broadcast_id = segment.segment.account_id, segment.segment.broadcast_id
        kept = await broadcasts.find_broadcast(link, account_id, broadcast_id)
        compiled = compile_text(segment.segment.text)
        if kept is None or isinstance(compiled, Refused):
            return None
        siblings = await broadcasts.find_segments(link, account_id, [broadcast_id])
        recipe = _RECIPE.decode(segment.recipe)
        principal = self._principal(kept)
        return Taking(
            kept=kept,
            segment=segment,
            principal=principal,
            compiled=compiled,
            expander=self._expander(compiled, recipe),
            senders=recipe.senders,
            submissions=tuple(each.segment.submission_id for each in siblings),
            source=kept.source,
            place=kept.place,
            looked_at=segment.looked_at,
            accepted=segment.accepted,
            price_micros=segment.price_micros,
            skipped=dict(segment.skipped),
            most=0,
            codes=await self.codes_of(principal, compiled, kept.plan.code_length),
        )

    async def codes_of(
        self, principal: Principal, compiled: Compiled, digits: int | None
    ) -> Codes | None:
        """Who makes the codes of a text; None where it has none in it."""
        if self.begin_codes is None or not compiled.has(Kind.CODE):
            return None
        return await self.begin_codes(principal, digits)

    def _expander(self, compiled: Compiled, recipe: Recipe) -> Expander:
        return Expander(
            compiled,
            recipe,
            base=self.link_base(),
            lifetime_seconds=self.retention_days * 86_400,
            make_code=make_code,
            make_uuid=lambda: str(uuid4()),
            choose=LOT.choice,
        )

    def imagined(self, principal: Principal, resolved: Resolved) -> Taking:
        """The only segment of a broadcast that there is not, for estimates."""
        broadcast, segment = imagined_broadcast(principal, resolved, self.now())
        return Taking(
            kept=broadcast,
            segment=segment,
            principal=self._principal(broadcast),
            compiled=resolved.compiled,
            expander=self._expander(resolved.compiled, resolved.recipe),
            senders=resolved.recipe.senders,
            submissions=(),
        )

    def _principal(self, kept: KeptBroadcast) -> Principal:
        """Who sends: the account as it is now, with the senders that it had. What was approved when the
        broadcast was accepted stays so for its messages."""
        account_id = kept.broadcast.account_id
        account = self.directory.account(account_id)
        frozen = kept.snapshots
        return Principal(
            account=msgspec.structs.replace(account, any_sender=True),
            credential=Credential(
                account_id=account_id,
                id=kept.credential_id,
                dialect=kept.broadcast.dialect,
                name="",
                secret_hash=b"",
                hint="",
                mode=Mode.TEST if frozen.test else Mode.LIVE,
                service_id=frozen.service_id,
                created_at=EPOCH,
            ),
            key=self.directory.key(account_id),
        )

    # -- make -----------------------------------------------------------------------------------

    async def make(self, taking: Taking, most: int, behind: Page | None = None) -> Page:
        """The next page, behind another that is not committed yet or behind what is."""
        source, place = (
            (taking.source, taking.place)
            if behind is None
            else (behind.next_source, behind.next_place)
        )
        looked_at = taking.looked_at + (0 if behind is None else behind.looked_at)
        size = taking.segment.segment.size
        if size is not None:
            most = min(most, size - looked_at)
        async with self.database.link() as link:
            found, next_source, next_place, more = await self._read(
                link, taking.kept, source, place, most
            )
            page = Page(source, place, next_source, next_place, not more, len(found))
            numbers = [each.msisdn for each in found]
            account_id = taking.kept.broadcast.account_id
            out = await lists.suppressed(
                link, account_id, taking.kept.snapshots.suppression_ids, numbers
            )
            before: set[str] = set()
            if may_repeat(source):
                before = await segments.written_to(link, account_id, taking.submissions, numbers)
                before |= {each.recipient for each in behind.messages} if behind else set()
        await self._expand(taking, page, found, looked_at, (out, before))
        return page

    async def _read(
        self, link: Link, kept: KeptBroadcast, source: int, place: int, most: int
    ) -> tuple[list[Recipient], int, int, bool]:
        """Up to `most` recipients of one source, where to go on, and whether any are left."""
        account_id, broadcast_id = kept.broadcast.account_id, kept.broadcast.id
        snapshots = kept.snapshots.lists
        while True:
            if source == 0:
                found = await segments.own_recipients(
                    link, account_id, broadcast_id, place, most + 1
                )
            elif source <= len(snapshots):
                found = await lists.page_after(
                    link, account_id, snapshots[source - 1], place, most + 1
                )
            else:
                return [], source, place, False
            if len(found) > most:
                found = found[:most]
                return found, source, found[-1].position if found else place, True
            if found or source >= len(snapshots):
                return found, source + 1, 0, source < len(snapshots)
            source, place = source + 1, 0

    async def _expand(
        self,
        taking: Taking,
        page: Page,
        found: Sequence[Recipient],
        ordinal: int,
        left_out: tuple[set[str], set[str]],
    ) -> None:
        suppressed, before = left_out
        seen: set[str] = set()
        for number, recipient in enumerate(found):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            msisdn = recipient.msisdn
            if msisdn in suppressed:
                page.skipped[SUPPRESSED] += 1
            elif msisdn in before or msisdn in seen:
                page.skipped[DUPLICATE] += 1
            else:
                seen.add(msisdn)
                code_id = 0 if taking.codes is None else self.make_id()
                code = "" if taking.codes is None else taking.codes.draw(code_id)
                made = self.message(taking, recipient, ordinal + number, code)
                if isinstance(made, Refused):
                    page.skipped[made.refusal.code] += 1
                else:
                    page.messages.append(made)
                    if code:
                        page.codes[made.id] = (code_id, code)

    def message(
        self, taking: Taking, recipient: Recipient, ordinal: int, code: str
    ) -> Message | Refused:
        """One recipient's message. `code` is empty where the text has none in it."""
        if not code and taking.compiled.has(Kind.CODE):
            return _NO_CODES
        expanded = taking.expander.expand(ordinal, recipient.fields, code)
        if isinstance(expanded, Refused):
            return expanded
        network = self.directory.network(recipient.msisdn)
        country = network.country if network else None
        sender = chosen(taking.senders, country)
        if sender is None:
            return _NOWHERE
        plan = taking.kept.plan
        draft = Draft(
            recipient=recipient.msisdn,
            sender=sender,
            text=expanded.text,
            smart=plan.smart_encoding,
            traffic_class=traffic_class_of(plan),
            send_at=self._send_at(taking, recipient.msisdn, country),
            validity_seconds=validity_of(taking),
            reference=plan.reference,
            callback=plan.callback,
            short_links=expanded.short_links,
            extra=extra_of(taking),
        )
        return self.checks.check(
            taking.principal,
            draft,
            taking.segment.segment.submission_id,
            taking.kept.broadcast.dialect,
        )

    def _send_at(self, taking: Taking, msisdn: str, country: str | None) -> datetime | None:
        quiet = taking.kept.plan.quiet_hours
        if quiet is None:
            return None
        now = self.now()
        at = put_off(quiet, zone_of(msisdn, country), now)
        return None if at == now else at

    # -- commit ---------------------------------------------------------------------------------

    async def commit(self, taking: Taking, page: Page, node: int) -> Stop | None:
        """Keep a page; a Stop when the segment is not to be gone on with. Raises UncoveredError when the
        account cannot pay for the page."""
        account = self.directory.account(taking.kept.broadcast.account_id)
        if account.state is not AccountState.ACTIVE:
            return Stop(PauseReason.SUSPENDED)
        now = self.now()

        async def work(link: Link) -> tuple[Told, list[Claimed], Progress]:
            await self._hold(link, taking, page, node)
            told, leased = Told(), list[Claimed]()
            request, refused = await self._judged(link, taking, page, now)
            if request.messages:
                told, leased = await self.accept.within(link, [request], now, hold_first=False)
            if taking.codes is not None:
                sent = [(*page.codes[m.id], m) for m in request.live]
                await taking.codes.keep(link, sent, now)
            after = self._after(taking, page, request, now, refused)
            ids = (taking.kept.broadcast.account_id, taking.kept.broadcast.id)
            await segments.advance(link, *ids, taking.segment.segment, after)
            if after.broadcast_state is BroadcastState.FINISHED:
                await lists.release(link, *ids)
                await segments.drop_recipients(link, *ids)
            return told, leased, after

        try:
            told, leased, after = await self.database.run(work)
        except LostError:
            return Stop(None)
        self.told(told)
        self.accept.hand_on(leased)
        taking.source, taking.place = after.source, after.place
        taking.looked_at, taking.accepted = after.looked_at, after.accepted
        taking.price_micros, taking.skipped = after.price_micros, after.skipped
        return Stop(None) if after.state is BroadcastState.FINISHED else None

    async def _judged(
        self, link: Link, taking: Taking, page: Page, now: datetime
    ) -> tuple[Request, dict[int, Refused]]:
        """The page's messages, but for those whose codes are not to be sent."""
        messages, refused = page.messages, dict[int, Refused]()
        if taking.codes is not None:
            refused = await taking.codes.judge(link, messages, now)
            messages = [message for message in messages if message.id not in refused]
        answer_id = taking.segment.segment.submission_id
        return Request(taking.principal, messages, answer_id=answer_id), refused

    async def _hold(self, link: Link, taking: Taking, page: Page, node: int) -> None:
        """The broadcast is ours to advance until the commit, and stands where the page begins."""
        account_id = taking.kept.broadcast.account_id
        kept = await broadcasts.find_broadcast(
            link, account_id, taking.kept.broadcast.id, lock=True
        )
        here = (page.source, page.place)
        if kept is None or (kept.source, kept.place) != here or kept.exhausted:
            raise LostError
        lease = self.now() + timedelta(seconds=self.lease_seconds)
        if not await segments.renew_lease(link, account_id, taking.segment.segment.id, node, lease):
            raise LostError

    def _after(
        self,
        taking: Taking,
        page: Page,
        request: Request,
        now: datetime,
        refused: dict[int, Refused],
    ) -> Progress:
        skipped = Counter(taking.skipped) + page.skipped
        skipped.update(no.refusal.code for no in (*refused.values(), *request.refused.values()))
        looked_at = taking.looked_at + page.looked_at
        segment, broadcast = taking.segment.segment, taking.kept.broadcast
        done = page.exhausted or (segment.size is not None and looked_at >= segment.size)
        state = BroadcastState.RUNNING
        if done:
            smart = broadcast.kind is BroadcastKind.SMART and not page.exhausted
            state = BroadcastState.OPEN if smart else BroadcastState.FINISHED
        judge_at = None
        if state is BroadcastState.OPEN and broadcast.ctr_threshold is not None:
            judge_at = now + timedelta(minutes=taking.kept.plan.ctr_wait_minutes)
        live = request.live
        return Progress(
            source=page.next_source,
            place=page.next_place,
            exhausted=page.exhausted,
            broadcast_state=state,
            looked_at=looked_at,
            accepted=taking.accepted + len(live),
            price_micros=taking.price_micros + sum(m.price_micros for m in live),
            skipped=dict(skipped),
            state=BroadcastState.FINISHED if done else BroadcastState.RUNNING,
            finished_at=now if done else None,
            leased_until=None if done else now + timedelta(seconds=self.lease_seconds),
            judge_at=judge_at,
        )
