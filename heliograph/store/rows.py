"""Messages and events as the parameters of the statements that write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from heliograph.model.message import Event, Message
from heliograph.model.money import Charge
from heliograph.model.status import Status
from heliograph.store._columns import known, same

_EXTRA = msgspec.json.Encoder()


class NewMessage(NamedTuple):
    """A message with what its acceptance decided."""

    message: Message
    status: Status
    charge: Charge


def message_columns(items: Sequence[NewMessage], at: datetime) -> tuple[object, ...]:
    """The parameters of `insert_messages`."""
    messages = [item.message for item in items]
    return (
        same([m.account_id for m in messages]),
        [m.id for m in messages],
        known([m.submission_id for m in messages]),
        same([m.price_micros for m in messages]),
        [m.valid_until for m in messages],
        at,
        known([m.send_at for m in messages]),
        same([item.status for item in items]),
        same([item.charge for item in items]),
        same([m.encoding for m in messages]),
        same([m.parts for m in messages]),
        same([m.traffic_class for m in messages]),
        same([m.priority for m in messages]),
        same([m.flash for m in messages]),
        same([m.test for m in messages]),
        same([m.dialect for m in messages]),
        same([m.sender for m in messages]),
        [m.recipient for m in messages],
        same([m.text for m in messages]),
        known([m.body for m in messages]),
        known([m.udh or None for m in messages]),
        known([m.country for m in messages]),
        known([m.mcc for m in messages]),
        known([m.mnc for m in messages]),
        known([m.reference for m in messages]),
        known([m.callback for m in messages]),
        known([None if m.extra is None else _EXTRA.encode(m.extra).decode() for m in messages]),
    )


def event_columns(events: Sequence[Event]) -> tuple[object, ...]:
    """The parameters of `insert_events`."""
    return (
        same([e.account_id for e in events]),
        [e.message_id for e in events],
        [e.id for e in events],
        same([e.at for e in events]),
        known([e.carrier_id for e in events]),
        same([e.kind for e in events]),
        same([e.status for e in events]),
        same([e.reason for e in events]),
        same([e.attempt for e in events]),
        same([e.part for e in events]),
        known([e.vendor_code for e in events]),
        known([e.detail.decode() if e.detail else None for e in events]),
    )
