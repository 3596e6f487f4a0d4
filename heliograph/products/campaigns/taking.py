"""A segment whose messages are being made, and what was made of some recipients."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from heliograph.model.campaign import Broadcast, BroadcastState, PauseReason, Segment
from heliograph.model.command import Principal
from heliograph.model.message import Extra, Message
from heliograph.products.campaigns.codes import Codes
from heliograph.products.campaigns.plan import Resolved
from heliograph.products.campaigns.tokens import Compiled, Expander, Kind, SenderChoice
from heliograph.store.broadcasts import KeptBroadcast, KeptSegment, Snapshots

__all__ = [
    "DUPLICATE",
    "LOT",
    "SUPPRESSED",
    "LostError",
    "Page",
    "Stop",
    "Taking",
    "chosen",
    "extra_of",
    "imagined_broadcast",
    "may_repeat",
    "validity_of",
]

SUPPRESSED: Final = "suppressed"
DUPLICATE: Final = "duplicate"
LOT: Final = random.SystemRandom()
_SHORTEST_VALIDITY_SECONDS: Final = 60


class LostError(Exception):
    """The segment was stopped, or is another's by now; nothing of the page stands."""


@dataclass(slots=True)
class Stop:
    """Why a segment is not gone on with."""

    reason: PauseReason | None


@dataclass(slots=True)
class Taking:
    """A segment whose messages are being made, and how far it is."""

    kept: KeptBroadcast
    segment: KeptSegment
    principal: Principal
    compiled: Compiled
    expander: Expander
    senders: tuple[SenderChoice, ...]
    submissions: tuple[int, ...]
    """Of all segments of the broadcast so far."""
    source: int = 0
    place: int = 0
    looked_at: int = 0
    accepted: int = 0
    price_micros: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    most: int = 0
    """Recipients in the next page."""
    codes: Codes | None = None
    """Where the text has a verification code in it."""
    ahead: Page | None = None
    """The next page, made while the one before was written."""


@dataclass(slots=True)
class Page:
    """What was made of some recipients."""

    source: int
    """Where it begins."""
    place: int
    next_source: int
    next_place: int
    exhausted: bool
    """No recipient is left behind it."""
    looked_at: int
    messages: list[Message] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    codes: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Message id → id and text of the code in it."""


def imagined_broadcast(
    principal: Principal, resolved: Resolved, now: datetime
) -> tuple[KeptBroadcast, KeptSegment]:
    """A broadcast that is but estimated, with its first segment."""
    plan, account_id = resolved.plan, principal.account.id
    broadcast = Broadcast(
        account_id=account_id,
        id=0,
        name=plan.name,
        kind=plan.kind,
        state=BroadcastState.WAITING,
        dialect=principal.credential.dialect,
        campaign_id=resolved.campaign_id,
        text=plan.text,
        created_at=now,
    )
    segment = Segment(
        account_id=account_id,
        id=0,
        broadcast_id=0,
        position=1,
        state=BroadcastState.WAITING,
        text=plan.text,
        submission_id=0,
        send_at=None,
        created_at=now,
    )
    snapshots = Snapshots(
        suppression_ids=plan.suppression_ids,
        service_id=principal.credential.service_id,
        test=principal.test,
    )
    return (
        KeptBroadcast(broadcast, plan, snapshots, principal.credential.id, 0, 0, False),
        KeptSegment(segment, "{}", 0, 0, 0, {}),
    )


def may_repeat(source: int) -> bool:
    """A number is on a list once; it may come again in another source."""
    return source == 0 or source > 1


def chosen(senders: Sequence[SenderChoice], country: str | None) -> str | None:
    """One of the senders that may write to the country, by lot."""
    usable = [s.name for s in senders if s.countries is None or country in s.countries]
    if not usable:
        return None
    return usable[0] if len(usable) == 1 else LOT.choice(usable)


def validity_of(taking: Taking) -> int | None:
    """A code that comes when it is good no longer is worth nothing."""
    if taking.kept.plan.validity_seconds is not None or taking.codes is None:
        return taking.kept.plan.validity_seconds
    return max(taking.codes.ttl_seconds, _SHORTEST_VALIDITY_SECONDS)


def extra_of(taking: Taking) -> Extra | None:
    """Where the door gave the broadcast a word of its own, its messages can say whose they are; a text
    with a code in it is a secret."""
    secret = taking.compiled.has(Kind.CODE)
    if not taking.kept.plan.note:
        return Extra(secret=True) if secret else None
    segment = taking.segment.segment
    words = {"broadcast": str(segment.broadcast_id), "segment": str(segment.id)}
    return Extra(words=words, secret=secret)
