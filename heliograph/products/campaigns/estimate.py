"""What a broadcast would do and cost. Sends nothing, holds nothing.

Up to `EXACT` recipients all are looked at and the sums are exact, but for what changes meanwhile. Of more,
so many are looked at in pieces spread evenly over the lists, and the sums are reckoned from them: the answer
says so (`exact`), and takes about as long for ten million recipients as for ten thousand.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from heliograph.model.account import Sender
from heliograph.model.campaign import (
    BroadcastEstimate,
    BroadcastPlan,
    EstimateBroadcast,
    EstimatedRecipient,
    EstimatedShare,
    TokenUse,
)
from heliograph.model.command import Principal
from heliograph.model.lists import Fields, Recipient, Snapshot
from heliograph.model.message import Encoding, Message
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.campaigns.pages import Pages
from heliograph.products.campaigns.plan import Resolved, Resolver, estimate_hash
from heliograph.products.campaigns.taking import DUPLICATE, SUPPRESSED, Taking
from heliograph.products.campaigns.tokens import Compiled
from heliograph.store import kept, lists, things
from heliograph.store.database import Database, Link

__all__ = ["EXACT", "Estimates"]

EXACT: Final = 5_000
_PIECES: Final = 20
_LARGEST_SAMPLE: Final = 100
_AT_ONCE: Final = 40
_SENDERS: Final = 1_000
_ENCODINGS: Final = {
    Encoding.GSM7: "gsm7",
    Encoding.GSM7_NATIONAL: "gsm7-national",
    Encoding.UCS2: "ucs2",
    Encoding.BINARY: "binary",
}


@dataclass(slots=True)
class _Sums:
    """Of the recipients that were looked at."""

    looked_at: int = 0
    messages: int = 0
    parts: int = 0
    price_micros: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    sample: list[EstimatedRecipient] = field(default_factory=list)
    shares: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    """Country (empty: unknown) and parts → messages, and their price."""
    first: tuple[int, int, int] = (0, 0, 0)
    """Messages, parts and price when as many were looked at as the first segment has."""


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """Answers estimates."""

    database: Database
    resolver: Resolver
    pages: Pages

    async def estimate(
        self, principal: Principal, command: EstimateBroadcast
    ) -> BroadcastEstimate | Refused:
        """The sums, some recipients one by one, and the hash that a start may quote."""
        async with self.database.transaction() as link:  # a default campaign may have to be made
            resolved = await self.resolver.resolve(link, principal, command.plan)
            if isinstance(resolved, Refused) and resolved.field == "sender":
                plan = await self._with_some_sender(link, principal, command.plan)
                resolved = await self.resolver.resolve(link, principal, plan)
            if isinstance(resolved, Refused):
                return resolved
            snapshots = await self._snapshots(link, principal, resolved)
            if isinstance(snapshots, Refused):
                return snapshots
        taking = self.pages.imagined(principal, resolved)
        taking.codes = await self.pages.codes_of(
            principal, resolved.compiled, resolved.plan.code_length
        )
        own = [
            Recipient(position=place, msisdn=each.msisdn, fields=Fields(**each.fields))
            for place, each in enumerate(resolved.plan.recipients, start=1)
        ]
        recipients = len(own) + sum(each.count for each in snapshots)
        sums = _Sums()
        size = resolved.plan.first_segment_size or recipients
        async with self.database.link() as link:
            found = own + await self._spread(link, principal, snapshots, recipients)
            limits = (size, min(command.sample, _LARGEST_SAMPLE))
            await self._look(link, taking, found, sums, limits)
        return self._answer(principal, resolved, snapshots, recipients, sums)

    async def _with_some_sender(
        self, link: Link, principal: Principal, plan: BroadcastPlan
    ) -> BroadcastPlan:
        """What a broadcast costs can be asked before anybody thinks of its sender: one of the account's
        stands for it."""
        if plan.sender is not None:
            return plan
        senders = await kept.page(
            link, self.resolver.vault, Sender, principal.account.id, after=0, limit=_SENDERS
        )
        name = next((each.name for each in senders if each.usable), None)
        return msgspec.structs.replace(plan, sender=name)

    async def _snapshots(
        self, link: Link, principal: Principal, resolved: Resolved
    ) -> list[Snapshot] | Refused:
        found: list[Snapshot] = []
        plan, account_id = resolved.plan, principal.account.id
        wanted = [(number, False) for number in dict.fromkeys(plan.list_ids)]
        wanted += [(number, True) for number in dict.fromkeys(plan.suppression_ids)]
        for number, suppression in wanted:
            kept = await lists.find_list(link, account_id, number, suppression=suppression)
            if kept is None or not kept.list.enabled:
                at = "suppression_ids" if suppression else "list_ids"
                detail = f"There is no such list: {number}."
                return Refused(refusal=Refusal.NOT_FOUND, field=at, detail=detail)
            if not suppression:
                found.append(lists.snapshot_of(kept))
        return found

    async def _spread(
        self, link: Link, principal: Principal, snapshots: Sequence[Snapshot], recipients: int
    ) -> list[Recipient]:
        """All members, or pieces spread evenly."""
        account_id = principal.account.id
        found: list[Recipient] = []
        for snapshot in snapshots:
            if recipients <= EXACT:
                found += await lists.page_after(link, account_id, snapshot, 0, snapshot.count)
                continue
            pieces = max(1, _PIECES * snapshot.count // recipients)
            share = max(1, EXACT * snapshot.count // recipients // pieces)
            for piece in range(pieces):
                offset = snapshot.count * piece // pieces
                found += await lists.page_after(link, account_id, snapshot, 0, share, offset=offset)
        return found

    async def _look(
        self,
        link: Link,
        taking: Taking,
        found: Sequence[Recipient],
        sums: _Sums,
        limits: tuple[int, int],
    ) -> None:
        size, most = limits
        account_id = taking.kept.broadcast.account_id
        numbers = [each.msisdn for each in found]
        suppressed = await lists.suppressed(
            link, account_id, taking.kept.snapshots.suppression_ids, numbers
        )
        made: list[tuple[Recipient, Message | str]] = []
        code = "" if taking.codes is None else "0" * taking.codes.longest
        seen: set[str] = set()
        for number, recipient in enumerate(found):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            if recipient.msisdn in suppressed:
                made.append((recipient, SUPPRESSED))
            elif recipient.msisdn in seen:
                made.append((recipient, DUPLICATE))
            else:
                seen.add(recipient.msisdn)
                message = self.pages.message(taking, recipient, number, code)
                why = message.refusal.code if isinstance(message, Refused) else message
                made.append((recipient, why))
        out = await self._opted_out(link, made)
        for recipient, each in made:
            _count(sums, recipient, each, out, most)
            if sums.looked_at == size:
                sums.first = (sums.messages, sums.parts, sums.price_micros)

    async def _opted_out(
        self, link: Link, made: Sequence[tuple[Recipient, Message | str]]
    ) -> set[int]:
        keys = {
            each.id: (each.account_id, each.recipient, each.sender.lower(), "")
            for _, each in made
            if isinstance(each, Message)
        }
        if not keys:
            return set()
        out = await things.opted_out(link, list(set(keys.values())))
        return {number for number, key in keys.items() if key in out}

    def _answer(
        self,
        principal: Principal,
        resolved: Resolved,
        snapshots: Sequence[Snapshot],
        recipients: int,
        sums: _Sums,
    ) -> BroadcastEstimate:
        exact = sums.looked_at >= recipients

        def whole(part: int, of: int = recipients) -> int:
            return part if exact or not sums.looked_at else round(part * of / sums.looked_at)

        size = min(resolved.plan.first_segment_size or recipients, recipients)
        first = sums.first if exact else (sums.messages, sums.parts, sums.price_micros)
        return BroadcastEstimate(
            currency=principal.account.currency,
            recipients=recipients,
            messages=whole(sums.messages),
            parts=whole(sums.parts),
            price_micros=whole(sums.price_micros),
            exact=exact,
            looked_at=sums.looked_at,
            skipped=dict(sums.skipped),
            first_segment=size,
            first_messages=whole(first[0], size),
            first_parts=whole(first[1], size),
            first_price_micros=whole(first[2], size),
            tokens=self._tokens(principal, resolved, sums.sample),
            sample=tuple(sums.sample),
            shares=tuple(
                EstimatedShare(
                    country=country or None,
                    parts=parts,
                    messages=whole(messages),
                    price_micros=whole(price_micros),
                )
                for (country, parts), (messages, price_micros) in sorted(sums.shares.items())
            ),
            hash=estimate_hash(resolved, snapshots),
        )

    def _tokens(
        self, principal: Principal, resolved: Resolved, sample: Sequence[EstimatedRecipient]
    ) -> tuple[TokenUse, ...]:
        uses: dict[str, TokenUse] = {}
        fields = Fields(**sample[0].fields) if sample else Fields()
        for piece in resolved.compiled.tokens:
            alone = msgspec.structs.replace(resolved.compiled, pieces=(piece,))
            word = "" if not sample else self._word(principal, resolved, alone, fields)
            use = uses.get(piece.name) or TokenUse(name=piece.name, count=0, replacement=word)
            parameters = use.parameters + ((piece.number,) if piece.number else ())
            uses[piece.name] = msgspec.structs.replace(
                use, count=use.count + 1, parameters=parameters
            )
        return tuple(uses.values())

    def _word(
        self, principal: Principal, resolved: Resolved, alone: Compiled, fields: Fields
    ) -> str:
        taking = self.pages.imagined(principal, resolved._replace(compiled=alone))
        expanded = taking.expander.expand(0, fields, "0000")
        return "" if isinstance(expanded, Refused) else expanded.text


def _count(
    sums: _Sums, recipient: Recipient, made: Message | str, out: set[int], most: int
) -> None:
    sums.looked_at += 1
    message = made if isinstance(made, Message) else None
    refused = made if isinstance(made, str) else None
    if message is not None and message.id in out:
        refused = Refusal.OPTED_OUT.code
    if refused is not None:
        sums.skipped[refused] += 1
    elif message is not None:
        sums.messages += 1
        sums.parts += message.parts
        sums.price_micros += message.price_micros
        key = (message.country or "", message.parts)
        messages, price_micros = sums.shares.get(key, (0, 0))
        sums.shares[key] = (messages + 1, price_micros + message.price_micros)
    if len(sums.sample) < most:
        sums.sample.append(
            EstimatedRecipient(
                msisdn=recipient.msisdn,
                fields=msgspec.to_builtins(recipient.fields),
                mcc=message.mcc if message else None,
                mnc=message.mnc if message else None,
                country=message.country if message else None,
                sender=message.sender if message else None,
                text=message.text if message else "",
                parts=message.parts if message else 0,
                encoding=_ENCODINGS.get(message.encoding) if message else None,
                price_micros=message.price_micros if message else None,
                refused=refused,
            )
        )
