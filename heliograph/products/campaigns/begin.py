"""Accepting broadcasts and further segments: one small commit, whatever the number of recipients.

Lists are held as they are (decision 0021), and nothing of them is read here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from heliograph.flow.received import ALL, Keeping, head_row
from heliograph.flow.request import own_key
from heliograph.model.account import TrafficClass
from heliograph.model.campaign import (
    AddSegment,
    Broadcast,
    BroadcastKind,
    BroadcastPlan,
    BroadcastStarted,
    BroadcastState,
    Segment,
    StartBroadcast,
)
from heliograph.model.command import Principal
from heliograph.model.ids import IdMaker
from heliograph.model.lists import Snapshot
from heliograph.model.message import Draft, Submission
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.campaigns.plan import Resolved, Resolver, due_at, estimate_hash
from heliograph.products.campaigns.tokens import Recipe, compile_text
from heliograph.store import broadcasts, ledger, lists, messages, received_requests, segments
from heliograph.store.broadcasts import KeptBroadcast, KeptSegment, Snapshots
from heliograph.store.database import Database, Link

__all__ = ["Begin", "traffic_class_of"]

_LARGEST_SIZE: Final = 2**31 - 1
_RECIPE: Final = msgspec.json.Decoder(Recipe)


class _Started(msgspec.Struct, array_like=True):
    """The answer as it is kept with its idempotency key."""

    broadcast_id: int
    segment_id: int


class RefusedError(Exception):
    """The transaction must not stand; carries the answer."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.sentence)
        self.refused = refused


class _Held(NamedTuple):
    snapshots: Snapshots
    recipients: int


@dataclass(frozen=True, kw_only=True)
class Begin:
    """Accepts. `wake` is called after a commit that leaves something to be done."""

    database: Database
    resolver: Resolver
    ids: IdMaker
    now: Callable[[], datetime]
    wake: Callable[[], None]
    keeping: Keeping = ALL

    async def start(
        self, principal: Principal, command: StartBroadcast
    ) -> BroadcastStarted | Refused:
        """Accept a broadcast."""
        key = own_key(principal, command.idempotency_key)

        async def work(link: Link) -> BroadcastStarted:
            if key is not None:
                known = await self._known(link, principal, key, command.fingerprint)
                if known is not None:
                    return known
            started = await self._start(link, principal, command.plan)
            if key is not None:
                frozen = msgspec.msgpack.encode(_Started(started.broadcast_id, started.segment_id))
                await ledger.answer_keys(link, [(principal.account.id, key, frozen)])
            return started

        try:
            started = await self.database.run(work)
        except RefusedError as no:
            return no.refused
        self.wake()
        return started

    async def _known(
        self, link: Link, principal: Principal, key: str, fingerprint: bytes
    ) -> BroadcastStarted | None:
        account_id = principal.account.id
        entry = ledger.Key(account_id, key, self.now(), fingerprint)
        if await ledger.insert_keys(link, [entry]):
            return None
        found = await ledger.find_key(link, account_id, key)
        if found is None or found[0] != fingerprint:
            raise RefusedError(Refused(refusal=Refusal.IDEMPOTENCY_CONFLICT))
        if found[1] is None:
            raise RefusedError(Refused(refusal=Refusal.UNAVAILABLE, retry_after_seconds=1))
        kept = msgspec.msgpack.decode(found[1], type=_Started)
        return BroadcastStarted(
            broadcast_id=kept.broadcast_id, segment_id=kept.segment_id, repeated=True
        )

    async def _start(
        self, link: Link, principal: Principal, plan: BroadcastPlan
    ) -> BroadcastStarted:
        resolved = await self.resolver.resolve(link, principal, plan)
        if isinstance(resolved, Refused):
            raise RefusedError(resolved)
        await self._trial(link, principal, resolved)
        now, whole, account_id = self.now(), resolved.plan, principal.account.id
        send_at = due_at(whole, now)
        broadcast = Broadcast(
            account_id=account_id,
            id=0,
            name=whole.name,
            kind=whole.kind,
            state=BroadcastState.WAITING,
            dialect=principal.credential.dialect,
            campaign_id=resolved.campaign_id,
            text=whole.text,
            trigger_id=whole.trigger_id,
            list_ids=whole.list_ids,
            send_at=send_at if whole.trigger_id is None else whole.send_at,
            created_at=now,
        )
        broadcast_id = await broadcasts.insert_broadcast(
            link, broadcast, whole, principal.credential.id
        )
        held = await self._hold(link, principal, whole, broadcast_id)
        lists_now = held.snapshots.lists
        if plan.estimate_hash not in (None, estimate_hash(resolved, lists_now)):
            detail = "Plan, text or lists are others than those that were estimated."
            no = Refused(refusal=Refusal.CONFLICT, field="estimate_hash", detail=detail)
            raise RefusedError(no)
        await broadcasts.set_snapshots(
            link, account_id, broadcast_id, held.snapshots, held.recipients
        )
        if whole.recipients:
            await broadcasts.insert_recipients(link, account_id, broadcast_id, whole.recipients)
        segment = await self._segment(
            link,
            principal,
            msgspec.structs.replace(broadcast, id=broadcast_id),
            Segment(
                account_id=account_id,
                id=0,
                broadcast_id=broadcast_id,
                position=1,
                state=BroadcastState.WAITING,
                text=whole.text,
                template_id=whole.template_id,
                size=whole.first_segment_size,
                submission_id=self.ids.next(),
                send_at=send_at,
                utc_offset_minutes=whole.utc_offset_minutes,
                created_at=now,
            ),
            resolved.recipe,
        )
        return BroadcastStarted(broadcast_id=broadcast_id, segment_id=segment.id)

    async def _trial(self, link: Link, principal: Principal, resolved: Resolved) -> None:
        """A message to one recipient is checked now: its caller waits for the reason."""
        plan = resolved.plan
        if len(plan.recipients) != 1:
            return
        draft = Draft(
            recipient=plan.recipients[0].msisdn,
            sender=resolved.recipe.senders[0].name,
            text="x" if resolved.compiled.tokens else plan.text,
            traffic_class=traffic_class_of(plan),
        )
        checked = self.resolver.checks.check(principal, draft, None, principal.credential.dialect)
        if isinstance(checked, Refused):
            raise RefusedError(checked)
        balance = await ledger.find_balance(link, principal.account.id)
        left = 0 if balance is None else balance.available_micros + balance.credit_limit_micros
        if checked.price_micros > left:
            raise RefusedError(Refused(refusal=Refusal.INSUFFICIENT_BALANCE))

    async def _hold(
        self, link: Link, principal: Principal, plan: BroadcastPlan, broadcast_id: int
    ) -> _Held:
        account_id = principal.account.id
        found: list[Snapshot] = []
        for number in dict.fromkeys(plan.list_ids):
            snapshot = await lists.hold(link, account_id, number, broadcast_id)
            if snapshot is None:
                raise RefusedError(_no_list("list_ids", f"recipient list {number}"))
            found.append(snapshot)
        suppression_ids = tuple(dict.fromkeys(plan.suppression_ids))
        for number in suppression_ids:
            held = await lists.hold(link, account_id, number, broadcast_id, suppression=True)
            if held is None:
                raise RefusedError(_no_list("suppression_ids", f"suppression list {number}"))
        snapshots = Snapshots(
            lists=tuple(found),
            suppression_ids=suppression_ids,
            service_id=principal.credential.service_id,
            test=principal.test,
        )
        return _Held(snapshots, len(plan.recipients) + sum(each.count for each in found))

    async def _segment(
        self,
        link: Link,
        principal: Principal,
        broadcast: Broadcast,
        segment: Segment,
        recipe: Recipe,
    ) -> Segment:
        """A segment and the submission under which its messages stand. That is closed from the beginning:
        what is open too long is taken for an upload that broke off. Of the request its head is kept, and
        the whole where it is a message to one."""
        head = Submission(
            account_id=broadcast.account_id,
            id=segment.submission_id,
            dialect=broadcast.dialect,
            reference=None,
            created_at=segment.created_at,
            closed_at=segment.created_at,
            accepted=0,
            skipped={},
        )
        await messages.insert_submissions(link, [head])
        received = head_row(
            principal,
            segment.submission_id,
            segment.created_at,
            self.keeping,
            whole=broadcast.kind is BroadcastKind.SINGLE,
        )
        if received:
            await received_requests.insert_received(link, received)
        text = msgspec.json.encode(recipe).decode()
        return await broadcasts.insert_segment(link, segment, text)

    # -- further segments -----------------------------------------------------------------------

    async def add(self, principal: Principal, command: AddSegment) -> Segment | Refused:
        """Go on with a smart broadcast that is open."""

        async def work(link: Link) -> Segment:
            return await self.add_in(link, principal, command)

        try:
            segment = await self.database.run(work)
        except RefusedError as no:
            return no.refused
        self.wake()
        return segment

    async def add_in(self, link: Link, principal: Principal, command: AddSegment) -> Segment:
        """The same in a transaction of the caller's. Raises RefusedError."""
        account_id = principal.account.id
        kept = await broadcasts.find_broadcast(link, account_id, command.broadcast_id, lock=True)
        if kept is None:
            raise RefusedError(Refused(refusal=Refusal.NOT_FOUND, field="broadcast_id"))
        refused = _segment_fault(kept, command)
        if refused is not None:
            raise RefusedError(refused)
        last = (await broadcasts.find_segments(link, account_id, [command.broadcast_id]))[-1]
        text, template_id, recipe = await self._worded(link, principal, command, last)
        now = self.now()
        send_at = now if command.send_at is None else max(now, command.send_at)
        segment = await self._segment(
            link,
            principal,
            kept.broadcast,
            Segment(
                account_id=account_id,
                id=0,
                broadcast_id=command.broadcast_id,
                position=last.segment.position + 1,
                state=BroadcastState.WAITING,
                text=text,
                template_id=template_id,
                size=command.size,
                submission_id=self.ids.next(),
                send_at=send_at,
                utc_offset_minutes=command.utc_offset_minutes,
                created_at=now,
            ),
            recipe,
        )
        await segments.set_broadcast_state(
            link, account_id, command.broadcast_id, BroadcastState.WAITING
        )
        return segment

    async def _worded(
        self, link: Link, principal: Principal, command: AddSegment, last: KeptSegment
    ) -> tuple[str, int | None, Recipe]:
        """Text and recipe of a further segment: what it does not say is that of the one before."""
        before = _RECIPE.decode(last.recipe)
        same_text = not command.text and command.template_id is None
        same_senders = not (
            command.sender or command.sender_ids or command.sender_list_id is not None
        )
        if same_text and same_senders:
            return last.segment.text, last.segment.template_id, before
        account_id = principal.account.id
        template_id = last.segment.template_id if same_text else command.template_id
        text: str | Refused = last.segment.text
        if not same_text:
            text = await self.resolver.text(link, account_id, command.text, template_id)
        if isinstance(text, Refused):
            raise RefusedError(text)
        compiled = (
            compile_text(text) if same_text else await self.resolver.compiled(link, principal, text)
        )
        if isinstance(compiled, Refused):
            raise RefusedError(compiled)
        wanted = command
        if same_senders:
            wanted = msgspec.structs.replace(command, sender=before.senders[0].name)
        recipe = await self.resolver.recipe(link, principal, wanted, compiled)
        if isinstance(recipe, Refused):
            raise RefusedError(recipe)
        if same_senders:
            recipe = msgspec.structs.replace(recipe, senders=before.senders)
        return text, template_id, recipe


def traffic_class_of(plan: BroadcastPlan) -> TrafficClass:
    """The lane of a broadcast's messages (promise P8)."""
    if plan.traffic_class is not None:
        return plan.traffic_class
    if plan.kind is BroadcastKind.SINGLE:
        return TrafficClass.TRANSACTIONAL
    return TrafficClass.PROMOTIONAL


def _segment_fault(kept: KeptBroadcast, command: AddSegment) -> Refused | None:
    if kept.broadcast.kind is not BroadcastKind.SMART:
        detail = "Only a smart broadcast has further segments."
        return Refused(refusal=Refusal.INVALID_FIELD, field="broadcast_id", detail=detail)
    if kept.broadcast.state is not BroadcastState.OPEN:
        detail = f"The broadcast is {kept.broadcast.state.word}: it takes no segment now."
        return Refused(refusal=Refusal.CONFLICT, field="broadcast_id", detail=detail)
    if command.size is not None and not 1 <= command.size <= _LARGEST_SIZE:
        detail = "A segment has at least one recipient."
        return Refused(refusal=Refusal.INVALID_FIELD, field="size", detail=detail)
    if command.send_at is not None and command.send_at.tzinfo is None:
        detail = "A time has its offset from UTC, such as Z."
        return Refused(refusal=Refusal.INVALID_FIELD, field="send_at", detail=detail)
    if command.text and command.template_id is not None:
        detail = "A text or a template, not both."
        return Refused(refusal=Refusal.INVALID_FIELD, field="template_id", detail=detail)
    return None


def _no_list(field: str, what: str) -> Refused:
    return Refused(refusal=Refusal.NOT_FOUND, field=field, detail=f"There is no such {what}.")
