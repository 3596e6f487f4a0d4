"""Delivery reports as MessageWhiz tells them: a POST with a JSON array of objects, one for each message.

Source: seeds/004 ("DLR to webhook"). The vendor gathers reports for T1, and later ones for T2, minutes;
the house tells each as soon as it is known, in an array of one, so that calling again and the order of
a message's reports stay what they are for every endpoint. The reference knows no call for messages
from handsets.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from heliograph.dialects._shape import HttpCall
from heliograph.dialects.messagewhiz import codes
from heliograph.dialects.messagewhiz.wire import NAME, TaskState, cents
from heliograph.model.account import Endpoint
from heliograph.model.ids import seal, seal_tag
from heliograph.model.message import Event, Message, MessageRecord

__all__ = ["endpoint_faults", "numbers_of", "render"]

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
    del now
    message = record.message
    broadcast_id, segment_id = numbers_of(message)
    told = TaskState(
        segment_id=segment_id,
        id=_object_id(key, message.id),
        broadcast_id=broadcast_id,
        recipient=message.recipient,
        price=cents(message.price_micros),
        task_state=codes.TASK_STATES[event.status],
        updated=int(event.at.timestamp() * 1000),
        client_ref=_client_ref(message),
    )
    return HttpCall(method="POST", url=endpoint.url, headers=_HEADERS, body=_JSON.encode([told]))


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
