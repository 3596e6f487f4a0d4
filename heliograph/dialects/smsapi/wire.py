"""Requests and replies of smsAPI as they stand on the wire, in the vendor's own spelling and order.

The order of attributes is the order of the printed answers. Every value is a string, ids and the
balance included: callers in typed languages decode them as such. Nothing here leaves the room.
Source: seeds/001.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from heliograph.model.ids import seal_signed


class Form(StrEnum):
    """The commands by their keys, in the order in which they count: the room's note in `Ask.form`."""

    SEND = "sendsms"
    STATUS = "groupstatus"
    INBOX = "getinbox"
    BALANCE = "balance"
    NONE = ""
    """No command was named."""


# -- ids and times --------------------------------------------------------------------------------

_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def id_text(key: bytes, number: int) -> str:
    """Our id as smsAPI writes one: decimal digits, sealed under the account's key.

    It stays below 2^63, because PHP callers turn it into an integer.
    """
    return str(seal_signed(key, number))


def sealed_id(text: str) -> int | None:
    """The sealed number in an id; None for anything that is no number of 64 bits."""
    plain = text.strip()
    if not _ID.fullmatch(plain):
        return None
    number = int(plain)
    return number if number >> 64 == 0 else None


def time_text(at: datetime) -> str:
    """`2019-02-10 13:37:51`, in UTC."""
    return at.astimezone(UTC).strftime(_TIME_FORMAT)


# -- replies --------------------------------------------------------------------------------------


class SendReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to sendsms."""

    request: str = Form.SEND.value
    status: str
    group_id: str
    date: str


class RecipientReply(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient of a group."""

    id: str
    to: str
    status: str


class StatusReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to groupstatus."""

    request: str = Form.STATUS.value
    status: str
    group_id: str
    group_status: str
    recipients: list[RecipientReply]
    date: str


class InboxMessage(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """One message from a handset."""

    id: str
    sender: str
    to: str
    message: str
    date: str


class InboxReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to getinbox."""

    request: str = Form.INBOX.value
    status: str
    inbox: list[InboxMessage]


class BalanceReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to balance; nothing stands beside it."""

    balance: str


class ErrorReply(msgspec.Struct, frozen=True, kw_only=True):
    """Any refusal."""

    request: str
    status: str
    message: str


Reply = SendReply | StatusReply | InboxReply | BalanceReply | ErrorReply
