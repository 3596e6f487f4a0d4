"""What another house tells us: by webhook, in the answer to a question, or out of its inbox.

Pure readers of the native API's own documents. Whether a webhook is to be believed is said by
`is_authentic` and by whoever gave out the URL that it came to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from heliograph.dialects._shape import HttpReply
from heliograph.model.reason import reason_of
from heliograph.model.report import Arrival, Receipt
from heliograph.model.signature import verify
from heliograph.model.status import SETTLED, Status

__all__ = ["hear", "is_authentic", "stand_of", "taken_of"]

_STATUS_OF: Final = {status.word: status for status in Status}


def is_authentic(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime
) -> bool:
    """Whether a webhook was signed with one of the secrets, lately. Header names are lower-case."""
    return verify(
        webhook_id=headers.get("webhook-id", ""),
        timestamp=headers.get("webhook-timestamp", ""),
        body=body,
        signature=headers.get("webhook-signature", ""),
        secrets=secrets,
        now_seconds=now.timestamp(),
    )


class _Data(msgspec.Struct, rename={"sender": "from"}):
    id: str
    status: str = ""
    reason_code: int = 0
    vendor_code: str | None = None
    sender: str = ""
    to: str = ""
    text: str = ""
    body_hex: str | None = None


class _Webhook(msgspec.Struct):
    type: str
    timestamp: datetime
    data: _Data


def hear(carrier_id: int, body: bytes) -> Receipt | Arrival | None:
    """What a webhook's body says; None for what needs no keeping (a message on its way).

    Whether to believe it is `is_authentic`'s to say. Raises ValueError for a body that is none of ours.
    """
    try:
        heard = msgspec.json.decode(body, type=_Webhook)
        octets = None if heard.data.body_hex is None else bytes.fromhex(heard.data.body_hex)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a webhook of this API: {error}") from None
    at = heard.timestamp.astimezone(UTC)
    if heard.type == "message.received":
        return Arrival(
            carrier_id=carrier_id,
            sender=heard.data.sender,
            recipient=heard.data.to,
            text=heard.data.text,
            body=octets,
            at=at,
        )
    status = _STATUS_OF.get(heard.data.status)
    if status not in SETTLED:
        return None
    return Receipt(
        carrier_id=carrier_id,
        carrier_message_id=heard.data.id,
        status=status,
        reason=reason_of(heard.data.reason_code),
        vendor_code=heard.data.vendor_code,
        at=at,
        raw=body.decode(),
    )


class _Stand(msgspec.Struct):
    """Where a message stands, as GET /v1/messages/{id} tells it."""

    id: str
    status: str
    updated_at: datetime
    reason_code: int = 0
    vendor_code: str | None = None


class _Taken(msgspec.Struct, rename={"sender": "from"}):
    sender: str
    to: str
    text: str
    received_at: datetime
    body_hex: str | None = None


class _TakenPage(msgspec.Struct):
    items: list[_Taken]


def stand_of(carrier_id: int, reply: HttpReply) -> Receipt | None:
    """What the answer about a message says; None while it has not ended, and for any other body."""
    try:
        stand = msgspec.json.decode(reply.body, type=_Stand)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    status = _STATUS_OF.get(stand.status)
    if status not in SETTLED:
        return None
    return Receipt(
        carrier_id=carrier_id,
        carrier_message_id=stand.id,
        status=status,
        reason=reason_of(stand.reason_code),
        vendor_code=stand.vendor_code,
        at=stand.updated_at.astimezone(UTC),
        raw=f"{stand.status} {stand.reason_code}",
    )


def taken_of(carrier_id: int, reply: HttpReply) -> tuple[Arrival, ...]:
    """The messages from handsets that were taken out of the inbox; none for any other body."""
    try:
        page = msgspec.json.decode(reply.body, type=_TakenPage)
        return tuple([_arrival(carrier_id, each) for each in page.items])
    except (msgspec.DecodeError, ValueError, RecursionError):
        return ()


def _arrival(carrier_id: int, taken: _Taken) -> Arrival:
    return Arrival(
        carrier_id=carrier_id,
        sender=taken.sender,
        recipient=taken.to,
        text=taken.text,
        body=None if taken.body_hex is None else bytes.fromhex(taken.body_hex),
        at=taken.received_at.astimezone(UTC),
    )
