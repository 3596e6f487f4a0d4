"""Requests and replies of MiMSMS as they stand on the wire, in the vendor's own spelling and order.

Attribute names follow the house; `rename` gives each its name on the wire. The order of attributes is
the order of the printed answers, which some callers compare as text. The replies hold strings only,
numbers included: clients test `statusCode === '200'`. Nothing here leaves the room.
Source: seeds/000 (fields, answers, order), the vendor's Postman collection (DlrApi, PullSMS).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import msgspec

from heliograph.model.ids import seal, seal_tag


class Form(StrEnum):
    """How an endpoint answers: the room's note in `Ask.form`."""

    SEND = "send"
    DYNAMIC = "dynamic"
    """DSMS: as SEND, the trxnId has a suffix."""
    QUERY = "query"
    QUERY_LIST = "query_list"
    BALANCE = "balance"
    SHORT_BALANCE = "short_balance"
    DLR = "dlr"
    PULL = "pull"


# -- trxnId ---------------------------------------------------------------------------------------

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TAGS: Final = 36 * 36
_PAIRS: Final = tuple(high + low for high in _DIGITS for low in _DIGITS)
_TRXN_ID = re.compile(r"([0-9A-Z]{15})(?:_C[0-9]*)?", re.ASCII | re.IGNORECASE)


def trxn_id(key: bytes, number: int) -> str:
    """Our id as MiMSMS writes one: 15 characters `[0-9A-Z]`, sealed under the account's key.

    It is the sealed number in base 36 with two digits of its tag behind; `sealed_id` reads it back.
    """
    return trxn_id_of_sealed(key, seal(key, number))


def trxn_id_of_sealed(key: bytes, sealed: int) -> str:
    """The same for a number that is sealed already."""
    pairs = [_PAIRS[seal_tag(key, sealed) % _TAGS]]
    rest = sealed
    for _ in range(6):
        rest, pair = divmod(rest, _TAGS)
        pairs.append(_PAIRS[pair])
    pairs.reverse()
    return _DIGITS[rest] + "".join(pairs)


def sealed_id(text: str) -> int | None:
    """The sealed number in a trxnId, in any case, with or without the suffix of DSMS; else None."""
    match = _TRXN_ID.fullmatch(text.strip())
    if match is None:
        return None
    sealed = int(match[1], 36) // _TAGS
    return sealed if sealed >> 64 == 0 else None


# -- replies --------------------------------------------------------------------------------------


class SendReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer to POST SMS, OneToMany, DSMS and Balance, and the vendor's error object."""

    status_code: str
    status: str
    trxn_id: str
    response_result: str


class QueryReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer to Send and SendOneToMany: the same fields, the last two the other way round."""

    status_code: str
    status: str
    response_result: str
    trxn_id: str


class ShortBalanceReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer to a balance asked for by GET: no trxnId."""

    status_code: str
    status: str
    response_result: str


class DlrReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer to DlrApi."""

    status_code: str
    status: str
    trxn_id: str
    dlr_code: str
    operator_status: str
    receiver_mobile: str


class PullReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer to PullSMS: one message from a handset. The underscores are the vendor's."""

    status_code: str
    status: str
    message_id: str
    sender: str
    receiver: str
    message_text: str = msgspec.field(name="message_Text")
    message_time: str = msgspec.field(name="message_time")
    trxn_id: str


class PullEmptyReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer to PullSMS when nothing waits; the id's name is really spelled `trxt_Id`."""

    status_code: str
    status: str
    trxt_id: str = msgspec.field(name="trxt_Id")


Reply = SendReply | QueryReply | ShortBalanceReply | DlrReply | PullReply | PullEmptyReply

# -- requests, as our carrier face makes them -----------------------------------------------------


class Login(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Who calls: the account's e-mail address and its API key. Alone it asks for the balance."""

    user_name: str
    apikey: str


class SmsRequest(Login, frozen=True, kw_only=True, rename="pascal"):
    """POST SMS."""

    mobile_number: str
    campaign_id: str = "null"
    """The seed's own spelling of "no campaign" is this word."""
    sender_name: str
    transaction_type: str
    message: str


class DlrRequest(Login, frozen=True, kw_only=True, rename="pascal"):
    """POST DlrApi."""

    mobile_number: str
    trxn_id: str = msgspec.field(name="trxnId")
