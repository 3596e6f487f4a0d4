"""Requests, replies and notifications of IMIconnect as they stand on the wire, in the vendor's spelling.

Attribute names follow the house; `rename` or `name` gives each its name on the wire. The order of
attributes is the order of the printed samples. Codes are JSON strings, as printed. Nothing here leaves
the room. Source: seeds/002; facts 2.1 to 2.4.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import msgspec

from heliograph.model.ids import seal, seal_tag
from heliograph.model.message import Message

NAME: Final = "imiconnect"
PLACE: Final = "n"
"""The word of a message that says which of its request's destinations it was for, counted from 0."""
CALLBACK_DATA: Final = "callbackData"

# -- transid --------------------------------------------------------------------------------------

_TAG_BITS: Final = 58
_TRANSID = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})(?:_([1-9][0-9]{0,3}))?",
    re.ASCII,
)


def transid(key: bytes, number: int, place: int = 0) -> str:
    """Our id as IMIconnect writes one: a UUID (version 4 in form), sealed under the account's key.

    Of its 122 free bits 64 are the sealed number and 58 a tag. What follows the first destination of a
    request has the same UUID with its place behind, `_1`, `_2`, … (fact 18).
    """
    sealed = seal(key, number)
    bits = sealed << _TAG_BITS | seal_tag(key, sealed) >> (64 - _TAG_BITS)
    whole = bits >> 74 << 80 | 4 << 76 | (bits >> 62 & 0xFFF) << 64 | 2 << 62 | bits & (1 << 62) - 1
    digits = f"{whole:032x}"
    text = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return f"{text}_{place}" if place else text


class Asked(NamedTuple):
    """What a transid says without a key."""

    transid: str
    """In lower case."""
    sealed: int
    place: int


def read_transid(text: str) -> Asked | None:
    """The sealed number and the place in a transid, in any case; None for any other text."""
    match = _TRANSID.fullmatch(text.strip().lower())
    if match is None:
        return None
    whole = int(match[1].replace("-", ""), 16)
    bits = whole >> 80 << 74 | (whole >> 64 & 0xFFF) << 62 | whole & (1 << 62) - 1
    return Asked(match[0], bits >> _TAG_BITS, int(match[2] or 0))


def place_of(message: Message) -> int | None:
    """The place that a message has in its request; None for the only one, and for other doors'."""
    place = None if message.extra is None else message.extra.words.get(PLACE)
    return None if message.dialect != NAME or place is None else int(place)


def transid_of(key: bytes, message: Message) -> str:
    """The transid that was answered for a message, or that one of another door's would have."""
    place = place_of(message)
    if place is None:
        return transid(key, message.id)
    return transid(key, message.submission_id or message.id, place)


# -- the room's note between reading and writing --------------------------------------------------


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """One place in the answer: accepted or refused by the flow, or refused here (`code`)."""

    correlation: str = ""
    code: str = ""
    description: str = ""


class Note(msgspec.Struct, frozen=True, array_like=True):
    """What writing must know of the request: the room's `Ask.form`."""

    slots: tuple[Slot, ...] = ()


_ENCODE: Final = msgspec.json.Encoder()
_NOTE: Final = msgspec.json.Decoder(Note)


def form_of(note: Note) -> str:
    """The note as `Ask.form`."""
    return _ENCODE.encode(note).decode()


def note_of(form: str) -> Note:
    """The inverse of `form_of`."""
    return _NOTE.decode(form)


# -- replies --------------------------------------------------------------------------------------


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """One element of the answer to what was accepted, or to a batch."""

    code: str
    description: str
    transid: str
    correlationid: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request that was refused as a whole: no array around it."""

    code: str
    description: str
    transid: str


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope: an array says accepted, an object says refused; callers tell them apart so."""

    response: tuple[Queued, ...] | Fault


class Transaction(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """The element of the answer to `status/{transid}`."""

    transactionid: str
    clientid: str
    api_version: str = "v1"
    type: str = "outbound-api"
    sender: str
    to: str
    body: str
    channel: str = "sms"
    status: str
    date_created: str
    last_updated: str
    error_code: str | None
    error_message: str | None


# -- notifications --------------------------------------------------------------------------------


class DeliveryInfo(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "delivery_channel": "deliveryChannel",
        "description": "Description",
        "destination_type": "destinationType",
        "time_stamp": "timeStamp",
        "delivery_status": "deliveryStatus",
    },
):
    """What became of one message. The capital D is the vendor's."""

    delivery_channel: str = "SMS"
    description: str
    destination_type: str = "msisdn"
    time_stamp: str
    code: str
    delivery_status: str
    destination: str


class DeliveryNotification(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"delivery_info": "deliveryInfo", "callback_data": "callbackData"},
):
    """The object within the envelope of a delivery notification."""

    delivery_info: DeliveryInfo
    correlationid: str
    callback_data: str
    transid: str


class DeliveryEnvelope(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"notification": "deliveryInfoNotification"},
):
    """A delivery notification."""

    notification: DeliveryNotification


# -- requests, as our carrier face makes them -----------------------------------------------------


class Sms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`channels.sms`."""

    text: str | None = None
    body: str | None = None
    senderid: str
    type: str | None = None


class Channels(msgspec.Struct, frozen=True, kw_only=True):
    """`channels`."""

    sms: Sms


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `destination`."""

    msisdn: tuple[str, ...]


class SendRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """POST /resources/v1/messaging."""

    notifyurl: str | None = None
    expiry: str | None = None
    priority: str | None = None
    route: str | None = None
    deliverychannel: str
    channels: Channels
    destination: tuple[Destination, ...]
