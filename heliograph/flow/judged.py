"""What was checked of a message at its acceptance, and how it passed.

Most of it stands in the message, because a message that failed a check was never stored. What would be
known no more (by which rule its sender was approved, which line of which card priced it, which limits held)
is written into the first event's detail. It must never tell what is neither: settings change.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from heliograph.flow.directory import Directory
from heliograph.model.account import Account
from heliograph.model.message import SMS, Encoding, Event, Message, MessageRecord
from heliograph.model.received import Check

__all__ = ["checks_of", "judgement", "without_checks"]


class _Judged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is written down."""

    sender: str = ""
    card: str = ""
    rate: str | None = None
    """What the line of the card is for: a prefix, MCC and MNC, MCC, or empty for everything."""
    most_parts: int = 0
    per_second: int = 0


class _Detail(msgspec.Struct, frozen=True):
    checks: _Judged | None = None


_DETAIL: Final = msgspec.json.Decoder(_Detail)


def judgement(directory: Directory, account: Account, message: Message) -> bytes:
    """The detail of an accepted message's first event."""
    rate = None
    if message.price_micros:
        rate = directory.rate_of(account, message.recipient, message.mcc, message.mnc)
        if rate is not None and rate[1] * message.parts != message.price_micros:
            rate = None  # the card was changed between the check and now
    return _written(
        _approved_by(directory, account, message.sender),
        account.rate_card if rate is not None else "",
        None if rate is None else rate[0],
        account.max_parts,
        account.submits_per_second,
    )


@lru_cache(maxsize=4096)
def _written(sender: str, card: str, rate: str | None, most_parts: int, per_second: int) -> bytes:
    judged = _Judged(sender, card, rate, most_parts, per_second)
    return msgspec.json.encode(_Detail(checks=judged))


def _approved_by(directory: Directory, account: Account, sender: str) -> str:
    """Why the sender may be used; in the order in which it is asked."""
    if not sender:
        return "none"
    if directory.sender_known(account.id, sender):
        return "approved"
    if account.any_sender:
        return "any"
    return "number" if directory.may_write_from(account.id, sender) else ""


def checks_of(record: MessageRecord, events: Sequence[Event]) -> tuple[Check, ...]:
    """The checks in their order, from what is stored of a message."""
    message, judged = record.message, _judged(events)
    return (
        _recipient(message),
        *([] if not judged.sender else [_check("sender", judged.sender, sender=message.sender)]),
        _text(message),
        _check("class", message.traffic_class.word, priority=message.priority or None),
        _check("consent", "owed" if message.owed else "no_opt_out", campaign=message.campaign),
        *([] if not judged.most_parts else [_limits(judged)]),
        _times(message),
        _money(message, judged),
    )


def without_checks(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events, the first one without what the checks tell."""
    if not events or events[0].detail is None or not events[0].detail.startswith(b'{"checks"'):
        return tuple(events)
    return (msgspec.structs.replace(events[0], detail=None), *events[1:])


def _judged(events: Sequence[Event]) -> _Judged:
    first = events[0].detail if events else None
    return (_DETAIL.decode(first).checks if first else None) or _Judged()


def _check(name: str, result: str, **facts: str | int | None) -> Check:
    found = {key: value for key, value in facts.items() if value not in (None, "")}
    return Check(name=name, result=result, facts=found)


def _recipient(message: Message) -> Check:
    known = "network" if message.mcc else "country" if message.country else "number"
    return _check(
        "recipient",
        known,
        msisdn=message.recipient,
        country=message.country,
        mcc=message.mcc,
        mnc=message.mnc,
    )


def _text(message: Message) -> Check:
    """Its length is counted where it is kept; a call or a media message has no encoding of the air."""
    octets = len(message.body) if message.body is not None else None
    result = Encoding(message.encoding).name.lower() if message.channel == SMS else message.channel
    return _check(
        "text",
        result,
        parts=message.parts,
        characters=len(message.text) or None if octets is None else None,
        octets=octets,
        header_octets=len(message.udh) or None,
    )


def _limits(judged: _Judged) -> Check:
    return _check(
        "limits",
        "within",
        most_parts=judged.most_parts,
        per_second=judged.per_second or None,
    )


def _times(message: Message) -> Check:
    return _check(
        "times",
        "now" if message.send_at is None else "scheduled",
        send_at=None if message.send_at is None else _utc(message.send_at.isoformat()),
        valid_until=_utc(message.valid_until.isoformat()),
    )


def _utc(text: str) -> str:
    return text.replace("+00:00", "Z")


def _money(message: Message, judged: _Judged) -> Check:
    """A price is held in the commit that accepts; the balance covered it, or there would be no message."""
    if not message.price_micros:
        return _check("money", "test" if message.test else "free")
    return _check(
        "money",
        "held",
        price_micros=message.price_micros,
        per_part_micros=message.price_micros // message.parts,
        card=judged.card,
        rate=judged.rate if judged.rate or judged.rate is None else "*",
    )
