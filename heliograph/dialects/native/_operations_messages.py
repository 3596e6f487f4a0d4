"""The operations on messages: sending, looking, following; and the money they cost."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _messages as messages
from heliograph.dialects.native import _thing_views as shown
from heliograph.dialects.native import _wire_replies as replies
from heliograph.dialects.native import wire
from heliograph.dialects.native._bulk import NDJSON, send_bulk
from heliograph.dialects.native._operation import JSON, KIBIBYTE, MEBIBYTE, Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import (
    Scope,
)

_ONE: Final = {"to": "+8801844909020", "from": "Heliograph", "text": "Your code is 482913"}
_CREATED: Final = {
    "id": "msg_3v9k2m8q1r7tc",
    "submission": "sub_3v9k2m8q1r7tc",
    "to": "8801844909020",
    "status": "queued",
    "parts": 1,
    "encoding": "gsm7",
    "price": "0.0042",
    "currency": "EUR",
}

_SENDING: Final = (
    Operation(
        id="sendMessage",
        method="POST",
        path="/v1/messages",
        tag="Messages",
        summary="Send a message",
        description="Answers once the message is stored for good. With an `Idempotency-Key` the same "
        "request may be repeated for 24 hours and sends one message.",
        scope=Scope.SEND,
        read=messages.send_message,
        body=wire.MessageBody,
        body_limit_bytes=256 * KIBIBYTE,
        idempotent=True,
        status=201,
        reply=replies.CreatedView,
        reply_example=_CREATED,
        examples={
            "text": {**_ONE, "class": "otp", "reference": "order-2041"},
            "later": {**_ONE, "send_at": "2027-01-01T08:00:00Z", "validity_seconds": 3600},
            "binary": {"to": "+8801844909020", "body_hex": "0105", "udh_hex": "0605040B8423F0"},
        },
    ),
    Operation(
        id="sendBulk",
        method="POST",
        path="/v1/messages/bulk",
        tag="Messages",
        summary="Send up to 100,000 messages",
        description="Either complete `messages`, or one text for many `recipients`; or a line of JSON "
        f"for each message with the content type `{NDJSON}`. Entries that cannot be accepted are "
        "told in the reply and do not stop the others.",
        scope=Scope.SEND,
        read=send_bulk,
        query=wire.BulkQuery,
        body=wire.BulkBody,
        media=(JSON, NDJSON),
        body_limit_bytes=128 * MEBIBYTE,
        spools=True,
        idempotent=True,
        status=201,
        reply=replies.BulkView,
        examples={
            "messages": {"reference": "morning", "messages": [_ONE, _ONE]},
            "recipients": {
                "from": "Heliograph",
                "text": "Hello {{name}}",
                "recipients": [{"to": "+8801844909020", "variables": {"name": "Amina"}}],
            },
        },
    ),
    Operation(
        id="estimate",
        method="POST",
        path="/v1/estimate",
        tag="Messages",
        summary="Say what messages would do and cost",
        description="Takes one message or `messages`; nothing is sent and nothing is charged.",
        scope=Scope.SEND,
        dry=True,
        read=messages.estimate,
        body=wire.EstimateBody,
        body_also=wire.MessageBody,
        decode=messages.estimate_body,
        reply=replies.EstimatesView,
        examples={"message": _ONE, "messages": {"messages": [_ONE, _ONE]}},
    ),
    Operation(
        id="cancelMessage",
        method="POST",
        path="/v1/messages/{id}/cancel",
        id_prefix="msg",
        tag="Messages",
        summary="Stop a message that no carrier has yet",
        scope=Scope.SEND,
        read=messages.cancel_message,
        reply=replies.TraceView,
    ),
)

_LOOKING: Final = (
    Operation(
        id="findMessage",
        method="GET",
        path="/v1/messages/{id}",
        id_prefix="msg",
        tag="Messages",
        summary="One message with its whole life",
        description="The request by which it came without its secrets, what was checked, where it went and "
        "why, every receipt, and every try to tell you of it.",
        scope=Scope.READ,
        read=messages.find_message,
        reply=replies.TraceView,
    ),
    Operation(
        id="findSubmission",
        method="GET",
        path="/v1/submissions/{id}",
        id_prefix="sub",
        tag="Messages",
        summary="One submission with its sums",
        description="accepted = delivered + failed + cancelled + pending, at any time.",
        scope=Scope.READ,
        read=messages.find_submission,
        reply=replies.SubmissionView,
    ),
    Operation(
        id="watchEvents",
        method="GET",
        path="/v1/events",
        tag="Messages",
        summary="Follow events as they happen",
        description="Server-sent events: what happens to messages, and messages from handsets. "
        "`Last-Event-ID` or `after` says where to go on.",
        scope=Scope.READ,
        read=messages.watch_events,
        query=wire.EventsQuery,
        reply=str,
        reply_media=("text/event-stream",),
    ),
    Operation(
        id="listInbound",
        method="GET",
        path="/v1/inbound",
        tag="Inbound",
        summary="Messages from handsets, newest first",
        scope=Scope.READ,
        read=messages.list_inbound,
        query=wire.InboundQuery,
        reply=Page[replies.InboundView],
    ),
    Operation(
        id="takeInbound",
        method="POST",
        path="/v1/inbound/take",
        tag="Inbound",
        summary="Take unread messages and mark them as read",
        scope=Scope.READ,
        read=messages.take_inbound,
        query=wire.TakeQuery,
        reply=Page[replies.InboundView],
    ),
    Operation(
        id="getBalance",
        method="GET",
        path="/v1/balance",
        tag="Money",
        summary="The account's money",
        scope=Scope.READ,
        read=messages.get_balance,
        reply=shown.BalanceView,
    ),
    Operation(
        id="listLedger",
        method="GET",
        path="/v1/ledger",
        tag="Money",
        summary="The account's ledger, newest first",
        scope=Scope.READ,
        read=messages.list_ledger,
        query=wire.PageQuery,
        reply=Page[replies.LedgerView],
    ),
)

MESSAGES: Final[tuple[Operation, ...]] = (*_SENDING, *_LOOKING)
