"""Requests and replies of Mitto as they stand on the wire, in the vendor's own spelling and order.

Attribute names follow the house; `rename` gives each its name on the wire. The order of attributes is
the order of the printed answers. Codes and lengths are JSON integers, for callers compare strictly
(`responseCode !== 0`). Nothing here leaves the room. Source: seeds/003; the vendor's API descriptions
for `to` and the answer to bulk calls (facts 1.2, 1.3).
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from heliograph.model.ids import seal, seal_tag

DAY_FORMAT: Final = "%Y-%m-%d"
NAME: Final = "mitto"


class Form(StrEnum):
    """How an endpoint answers: the room's note in `Ask.form`."""

    SMS = "sms"
    SMS_TEST = "sms_test"
    BULK = "bulk"
    BULK_TEST = "bulk_test"
    CONVERTED = "converted"
    USAGE = "usage"


# -- ids and times ----------------------------------------------------------------------------------

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def message_id(key: bytes, number: int) -> str:
    """Our id as Mitto writes one: 32 lower-case hexadecimal digits, sealed under the account's key.

    The sealed number is the first half, its tag the second; `sealed_id` reads it back.
    """
    sealed = seal(key, number)
    return f"{sealed:016x}{seal_tag(key, sealed):016x}"


def sealed_id(text: str) -> int | None:
    """The sealed number in an id, with or without a UUID's dashes and braces, in any case."""
    plain = text.strip().removeprefix("{").removesuffix("}").replace("-", "").lower()
    return int(plain[:16], 16) if _ID.fullmatch(plain) else None


def timestamp(at: datetime) -> str:
    """ISO 8601 in UTC with seven decimals, as .NET prints it: `2019-04-13T17:51:06.3091182Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}0Z"


# -- replies ----------------------------------------------------------------------------------------


class SmsReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Answer to /sms. No id for test calls and refusals."""

    id: str | None = None
    timestamp: str
    to: str | None = None
    response_code: int
    text_length: int
    response_text: str
    test: bool = False


class BulkItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One message of a bulk call."""

    id: str | None = None
    timestamp: str
    to: str
    text_length: int


class BulkReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer to /smsbulk; the messages stand in the order of the numbers."""

    messages: tuple[BulkItem, ...] | msgspec.UnsetType = msgspec.UNSET
    response_code: int
    response_text: str
    test: bool | msgspec.UnsetType = msgspec.UNSET


class Problem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a request gets that none of the response codes describes: no key, a body that is no
    request, a path that is not there. Without a code, so that nobody takes it for one of them."""

    response_text: str


class UsageItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of /usage/bycountry."""

    country: str
    messages_count: int
    cost: msgspec.Raw
    """A JSON number, in units of the account's currency."""


class UsageError(msgspec.Struct, frozen=True, kw_only=True):
    """What /usage/bycountry says when it says no."""

    error: str


Reply = SmsReply | BulkReply | Problem | tuple[UsageItem, ...] | UsageError

# -- requests, as our carrier face makes them -------------------------------------------------------


class SmsRequest(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"sender": "from"},
):
    """POST /sms."""

    sender: str
    to: str
    text: str
    type: str
    udh: str = ""
    validity: int = 0
    pid: int = 0
    flash: bool = False
    callback: str = ""
