"""Reports and messages from handsets as MiMSMS tells them: in answer to a question, never by a call.

MiMSMS has no push callbacks: its documents name no URL to register and none of its callers serves
one. A delivery report is what DlrApi answers about one recipient of a trxnId, a message from a
handset is what PullSMS hands out next. This module renders and reads those two bodies; it must never
make an HTTP call that the vendor would not make, so endpoints in this dialect receive none.
Source: the vendor's Postman collection (recorded answers of DlrApi and PullSMS).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from heliograph.dialects.mimsms import codes
from heliograph.dialects.mimsms.wire import DlrReply, PullEmptyReply, PullReply
from heliograph.model.ids import seal
from heliograph.model.message import Inbound, MessageRecord

DHAKA: Final = timezone(timedelta(hours=6))
"""The vendor's clock. Bangladesh has no summer time since 2010; the offset is an inference."""
_TIME_FORMAT: Final = "%m/%d/%Y %I:%M:%S %p"


def report_body(record: MessageRecord, trxn_id: str) -> DlrReply:
    """Where a message stands, as DlrApi's answer; `trxn_id` is the id that was asked about."""
    operator = codes.operator_of(record.status, record.reason)
    return DlrReply(
        status_code=codes.SUCCESS_CODE,
        status=codes.OK_STATUS,
        trxn_id=trxn_id,
        dlr_code=operator.dlr_code,
        operator_status=operator.status,
        receiver_mobile=record.message.recipient,
    )


def inbound_body(inbound: Inbound, key: bytes, trxn_id: str) -> PullReply:
    """A message from a handset as PullSMS's answer; binary content is shown in hexadecimal."""
    return PullReply(
        status_code=codes.SUCCESS_CODE,
        status=codes.SUCCESS_STATUS,
        message_id=str(seal(key, inbound.id)),
        sender=inbound.sender,
        receiver=inbound.recipient,
        message_text=inbound.text if inbound.body is None else inbound.body.hex().upper(),
        message_time=message_time(inbound.received_at),
        trxn_id=trxn_id,
    )


def nothing_body(trxn_id: str) -> PullEmptyReply:
    """PullSMS's answer when nothing waits."""
    return PullEmptyReply(
        status_code=codes.SUCCESS_CODE, status=codes.NO_DATA_STATUS, trxt_id=trxn_id
    )


def message_time(at: datetime) -> str:
    """`2025-09-21T07:37:12Z` → `9/21/2025 1:37:12 PM`: US order, Bangladesh time, no leading zeros.

    Built by hand: strftime's names for AM and PM follow the process's locale.
    """
    local = at.astimezone(DHAKA)
    half = "AM" if local.hour < 12 else "PM"
    clock = f"{local.hour % 12 or 12}:{local.minute:02}:{local.second:02} {half}"
    return f"{local.month}/{local.day}/{local.year} {clock}"


def read_message_time(text: str) -> datetime | None:
    """The inverse of `message_time`, in UTC; None for any other form."""
    try:
        local = datetime.strptime(text.strip(), _TIME_FORMAT).replace(tzinfo=DHAKA)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
