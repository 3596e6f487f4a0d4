"""Events as the HTTP calls that native customers expect: Standard Webhooks 1.0.

The body is `{"type", "timestamp", "data"}` and is signed as it is sent. It never holds the text of a
message that we sent, which keeps it far below the 20 kB that the specification advises; a text that a
handset sent is cut. `webhook-id` is the event's id and so stays the same in every retry and replay.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from heliograph.dialects._shape import HttpCall
from heliograph.dialects.native._ids import sealed_text
from heliograph.dialects.native._views import inbound_view, message_fields
from heliograph.dialects.native._wire_replies import InboundView, MessageView
from heliograph.model.account import Endpoint
from heliograph.model.message import Event, Inbound, MessageRecord
from heliograph.model.signature import sign

__all__ = [
    "EventData",
    "InboundDocument",
    "MessageDocument",
    "event_line",
    "inbound_line",
    "render",
    "render_inbound",
]

_JSON: Final = msgspec.json.Encoder()
_RECEIVED: Final = "message.received"
INBOUND_TEXT_MAX: Final = 4_000
"""Characters: at most 16,000 octets in UTF-8."""
_ESCAPED_MAX: Final = 2_500
"""Where JSON must escape control characters, one of them takes six octets."""


class EventData(MessageView, frozen=True, kw_only=True):
    """The message after the event."""

    event_id: Annotated[str, Meta(examples=["evt_5q0w8zk3n1x4d"])]


class MessageDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook or a stream says of a message."""

    type: Annotated[str, Meta(examples=["message.delivered"])]
    timestamp: datetime
    data: EventData


class InboundData(InboundView, frozen=True, kw_only=True):
    """A message from a handset."""

    truncated: bool = False


class InboundDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook says of a message from a handset."""

    type: str = _RECEIVED
    timestamp: datetime
    data: InboundData


def document(event: Event, record: MessageRecord, key: bytes) -> tuple[str, bytes]:
    """The event's id and the JSON that tells of it."""
    event_id = sealed_text("evt", event.id, key)
    fields = message_fields(record, key)
    # The record may have moved on since; the document says what was true at the event.
    fields.update(
        text=None,
        body_hex=None,
        udh_hex=None,
        status=event.status.word,
        reason=event.reason.word if event.reason else None,
        reason_code=int(event.reason) or None,
        vendor_code=event.vendor_code,
        updated_at=event.at,
        event_id=event_id,
    )
    data = EventData(**fields)  # type: ignore[arg-type]
    return event_id, _JSON.encode(MessageDocument(type=event.type, timestamp=event.at, data=data))


def render(
    endpoint: Endpoint, event: Event, record: MessageRecord, key: bytes, now: datetime
) -> HttpCall:
    """The call that tells an endpoint of an event. `now` is the time of this try (aware)."""
    event_id, body = document(event, record, key)
    return _call(endpoint, event_id, body, now)


def render_inbound(endpoint: Endpoint, inbound: Inbound, key: bytes, now: datetime) -> HttpCall:
    """The call that tells an endpoint of a message from a handset."""
    return _call(endpoint, *_inbound_document(inbound, key), now)


def _inbound_document(inbound: Inbound, key: bytes) -> tuple[str, bytes]:
    """The message's id and the JSON that tells of it."""
    shown = inbound_view(inbound, key)
    longest = INBOUND_TEXT_MAX if shown.text.isprintable() else _ESCAPED_MAX
    fields = msgspec.structs.asdict(shown)
    fields.update(text=shown.text[:longest], truncated=len(shown.text) > longest)
    document = InboundDocument(timestamp=inbound.received_at, data=InboundData(**fields))
    return shown.id, msgspec.json.encode(document)


def event_line(event: Event, record: MessageRecord, key: bytes) -> bytes:
    """The event in a stream of server-sent events; JSON has no line feeds, so one data line does."""
    return _line(event.type, *document(event, record, key))


def inbound_line(inbound: Inbound, key: bytes) -> bytes:
    """A message from a handset in such a stream."""
    return _line(_RECEIVED, *_inbound_document(inbound, key))


def _line(kind: str, name: str, body: bytes) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (name.encode(), kind.encode(), body)


def _call(endpoint: Endpoint, webhook_id: str, body: bytes, now: datetime) -> HttpCall:
    seconds = int(now.timestamp())
    headers: tuple[tuple[str, str], ...] = (
        ("content-type", "application/json"),
        ("user-agent", "Heliograph"),
        ("webhook-id", webhook_id),
        ("webhook-timestamp", str(seconds)),
    )
    if endpoint.secret:  # a message's own callback URL has none
        signature = sign(
            webhook_id=webhook_id, timestamp_seconds=seconds, body=body, secrets=(endpoint.secret,)
        )
        headers += (("webhook-signature", signature),)
    return HttpCall(method="POST", url=endpoint.url, headers=headers, body=body)
