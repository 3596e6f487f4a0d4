"""Reports and messages from handsets as smsAPI tells them: in answer to a question, never by a call.

smsAPI has no push callbacks: its page names no URL to register and none of its callers serves one. A
delivery report is a recipient's entry in the answer to groupstatus, a message from a handset is an
entry in the answer to getinbox. This module renders those two; it must never make an HTTP call that
the vendor would not make, so no endpoint can be kept in this dialect.
Source: seeds/001.
"""

from __future__ import annotations

from heliograph.dialects.smsapi import codes
from heliograph.dialects.smsapi.wire import InboxMessage, RecipientReply, id_text, time_text
from heliograph.model.message import Inbound, MessageRecord


def recipient_entry(record: MessageRecord, key: bytes) -> RecipientReply:
    """Where the message to one recipient of a group stands."""
    return RecipientReply(
        id=id_text(key, record.message.id),
        to=record.message.recipient,
        status=codes.status_of(record.status),
    )


def inbox_entry(inbound: Inbound, key: bytes) -> InboxMessage:
    """A message from a handset; binary content is shown in hexadecimal."""
    return InboxMessage(
        id=id_text(key, inbound.id),
        sender=inbound.sender,
        to=inbound.recipient,
        message=inbound.text if inbound.body is None else inbound.body.hex().upper(),
        date=time_text(inbound.received_at),
    )
