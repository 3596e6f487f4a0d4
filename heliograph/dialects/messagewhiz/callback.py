"""Delivery reports as MessageWhiz tells them: a POST with a JSON array of objects, one for each message.

Source: seeds/004 ("DLR to webhook"), facts 34. Reports are gathered: the first of a message is told T1
after it was sent, and what has changed since T2 after that; later changes as long again after they
happened, by T1 where there is no T2. What is due together goes in one array, each message once, as
it is by then. The reference knows no call for messages from handsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from heliograph.dialects._shape import HttpCall
from heliograph.dialects.messagewhiz import codes
from heliograph.dialects.messagewhiz.wire import NAME, TaskState, cents
from heliograph.model.account import Endpoint
from heliograph.model.ids import seal, seal_tag
from heliograph.model.manners import Manners, Waits
from heliograph.model.message import Event, Message, MessageRecord

__all__ = ["MANNERS", "endpoint_faults", "numbers_of", "render", "render_gathered"]

BROADCAST: Final = "broadcast"
SEGMENT: Final = "segment"
"""Names of the words that a broadcast's message carries."""
_LONGEST_NUMBER: Final = 10
_JSON: Final = msgspec.json.Encoder()
_HEADERS: Final = (("content-type", "application/json"), ("user-agent", "Heliograph"))
_SETTINGS: Final = ("t1_minutes", "t2_minutes")
_NOT_TOLD: Final = frozenset({"*", "message.received"})
_LEAST_MINUTES: Final = 3
_MOST_MINUTES: Final = 7 * 24 * 60


def render(
    endpoint: Endpoint, event: Event, record: MessageRecord, key: bytes, now: datetime
) -> HttpCall:
    """The call that tells an endpoint what has become of a message."""
    return render_gathered(endpoint, [(event, record)], key, now)


def render_gathered(
    endpoint: Endpoint, items: Sequence[tuple[Event, MessageRecord]], key: bytes, now: datetime
) -> HttpCall:
    """The call that tells of several messages, each with its last event."""
    del now
    told = [_told(event, record, key) for event, record in items]
    return HttpCall(method="POST", url=endpoint.url, headers=_HEADERS, body=_JSON.encode(told))


def _told(event: Event, record: MessageRecord, key: bytes) -> TaskState:
    message = record.message
    broadcast_id, segment_id = numbers_of(message)
    return TaskState(
        segment_id=segment_id,
        id=_object_id(key, message.id),
        broadcast_id=broadcast_id,
        recipient=message.recipient,
        price=cents(message.price_micros),
        task_state=codes.TASK_STATES[event.status],
        updated=int(event.at.timestamp() * 1000),
        client_ref=_client_ref(message),
    )


def numbers_of(message: Message) -> tuple[int, int]:
    """The numbers of its broadcast and segment; 0 where it has none, because it came by another door.

    The number of a one-time code is the reference of its message.
    """
    if _is_code(message):
        return int(message.reference or 0), 0
    words = {} if message.extra is None else message.extra.words
    broadcast, segment = (words.get(name, "") for name in (BROADCAST, SEGMENT))
    return (
        int(broadcast) if broadcast.isdigit() else 0,
        int(segment) if segment.isdigit() else 0,
    )


def _is_code(message: Message) -> bool:
    words = {} if message.extra is None else message.extra.words
    reference = message.reference or ""
    numbered = reference.isascii() and reference.isdigit() and len(reference) <= _LONGEST_NUMBER
    return message.dialect == NAME and BROADCAST not in words and numbered


def _client_ref(message: Message) -> str | msgspec.UnsetType:
    return msgspec.UNSET if _is_code(message) else message.reference or msgspec.UNSET


def _object_id(key: bytes, number: int) -> str:
    """24 hexadecimal digits, sealed under the account's key: two reports of a message have the same."""
    sealed = seal(key, number)
    return f"{sealed:016x}{seal_tag(key, sealed):016x}"[:24]


def _waits(endpoint: Endpoint) -> Waits:
    first = int(endpoint.settings.get(_SETTINGS[0], _LEAST_MINUTES)) * 60.0
    later = endpoint.settings.get(_SETTINGS[1])
    return Waits(first_seconds=first, later_seconds=None if later is None else int(later) * 60.0)


MANNERS: Final = Manners(gathers=_waits)
"""T1 is three minutes where it is not set; T2 is optional, as the reference has it."""


def endpoint_faults(endpoint: Endpoint) -> list[str]:
    """What is wrong with an endpoint that is called in this form."""
    faults = [f"There is no setting {n}." for n in endpoint.settings if n not in _SETTINGS]
    if not endpoint.events or _NOT_TOLD.intersection(endpoint.events):
        # without any it would be told of messages from handsets too
        faults.append("This form has no message.received: name the events that it shall tell.")
    for name in _SETTINGS:
        word = endpoint.settings.get(name, str(_LEAST_MINUTES))
        sound = word.isascii() and word.isdigit() and len(word) < 6
        if not sound or not _LEAST_MINUTES <= int(word) <= _MOST_MINUTES:
            faults.append(f"{name} is a number of minutes from {_LEAST_MINUTES}.")
    return faults
