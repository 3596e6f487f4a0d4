"""One request on its way into a commit, its answer, and that answer as it is kept with its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from heliograph.model.command import Accepted, AcceptedItem, Principal
from heliograph.model.message import Message, Submission
from heliograph.model.money import Purse
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.store import ledger

Hear = Callable[[Accepted | Refused | None], None]
"""Hears the answer to a request; None where it could not be carried out."""


@dataclass(slots=True)
class Request:
    """One request on its way into a commit."""

    principal: Principal
    messages: list[Message]
    whole: bool = False
    key: str | None = None
    fingerprint: bytes = b""
    submission: Submission | None = None
    held_back: bool = False
    """True stores without an outbox entry: an upload that is released when it is complete."""
    layout: list[int | Refused] = field(default_factory=list)
    """The request's items in order: an index into `messages`, or why it is none."""
    answer_id: int = 0
    refused: dict[int, Refused] = field(default_factory=dict)
    """Message id → why it was refused inside the transaction."""
    verdict: Refused | None = None
    repeated: Accepted | None = None
    twin: Request | None = None
    """A request of the same batch that owns this one's key."""

    @property
    def live(self) -> list[Message]:
        """What is still to be stored."""
        if self.verdict is not None or self.repeated is not None or self.twin is not None:
            return []
        return (
            [m for m in self.messages if m.id not in self.refused]
            if self.refused
            else self.messages
        )


def own_key(principal: Principal, key: str | None) -> str | None:
    """The key as it is kept: a test request must not answer for a live one."""
    return f"test\n{key}" if key is not None and principal.test else key


_ENCODINGS = {1: "gsm7", 2: "gsm7-national", 3: "ucs2", 4: "binary"}


def answer_of(request: Request) -> Accepted:
    now_items: list[AcceptedItem | Refused] = []
    for item in request.layout:
        if isinstance(item, Refused):
            now_items.append(item)
            continue
        message = request.messages[item]
        refused = request.refused.get(message.id)
        now_items.append(refused or item_of(message))
    return Accepted(
        submission_id=request.answer_id,
        currency=request.principal.account.currency,
        items=tuple(now_items),
    )


def said_of(done: Request) -> Accepted | Refused:
    """The answer to a request that has been in a commit."""
    return done.verdict or done.repeated or answer_of(done)


def head_of(request: Request) -> Submission:
    """The submission with its counts as they are inside the transaction."""
    head = request.submission
    if head is None:
        raise ValueError("the request has no submission")
    if request.held_back:
        return head
    skipped = tally([*request.layout, *request.refused.values()])
    return msgspec.structs.replace(head, accepted=len(request.live), skipped=skipped)


def holds_of(requests: Sequence[Request], wanted: dict[int, int]) -> list[ledger.Move]:
    """The entries for what is set aside."""
    moves = []
    for account_id, micros in wanted.items():
        owners = {r.answer_id for r in requests if r.principal.account.id == account_id and r.live}
        owner = owners.pop() if len(owners) == 1 else None
        moves.append(ledger.Move(account_id, micros, Purse.AVAILABLE, Purse.HELD, "hold", owner))
    return moves


def item_of(message: Message) -> AcceptedItem:
    """What the caller is told of one accepted message."""
    return AcceptedItem(
        message_id=message.id,
        recipient=message.recipient,
        parts=message.parts,
        encoding=_ENCODINGS[message.encoding],
        price_micros=message.price_micros,
        status=Status.SCHEDULED if message.send_at else Status.QUEUED,
    )


def tally(items: Iterable[object]) -> dict[str, int]:
    """How many of the items were refused, by refusal code."""
    return dict(Counter(item.refusal.code for item in items if isinstance(item, Refused)))


class _Frozen(msgspec.Struct, array_like=True):
    """An answer as it is kept with its idempotency key."""

    submission_id: int
    currency: str
    accepted: dict[int, AcceptedItem]
    refused: dict[int, tuple[str, str | None, str | None]]


def freeze(answer: Accepted) -> bytes:
    """An answer as octets."""
    accepted = {n: i for n, i in enumerate(answer.items) if isinstance(i, AcceptedItem)}
    refused = {
        n: (i.refusal.name, i.field, i.detail)
        for n, i in enumerate(answer.items)
        if isinstance(i, Refused)
    }
    return msgspec.msgpack.encode(_Frozen(answer.submission_id, answer.currency, accepted, refused))


def thaw(octets: bytes) -> Accepted:
    """The answer again, marked as repeated."""
    frozen = msgspec.msgpack.decode(octets, type=_Frozen)
    items: dict[int, AcceptedItem | Refused] = dict(frozen.accepted)
    for place, (name, at, detail) in frozen.refused.items():
        items[place] = Refused(refusal=Refusal[name], field=at, detail=detail)
    return Accepted(
        submission_id=frozen.submission_id,
        currency=frozen.currency,
        items=tuple(items[place] for place in sorted(items)),
        repeated=True,
    )
