"""What carriers tell, in a form that can be kept: without the characters that PostgreSQL refuses in a text,
and no longer than its indexes and our patience reach.

A word that cannot be written would be tried again for ever and never acknowledged (promise P3). So NUL is
left out, half of a surrogate pair becomes U+FFFD, and what is too long is cut. Ids are cut alike wherever
they come from, so that a receipt still finds its message.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec.structs import replace

from heliograph.model.report import Arrival, Declined, Outcome, Receipt, Taken, Unknown

ID_CHARS: Final = 500
"""Four octets each, and PostgreSQL's indexes take 2,704 octets."""
ADDRESS_CHARS: Final = 100
TEXT_CHARS: Final = 40_000
"""More than 255 parts of 153 characters."""
_CODE_CHARS: Final = 500
_RAW_CHARS: Final = 20_000
_REFUSED: Final = re.compile("[\x00\ud800-\udfff]")


def keepable(text: str, most: int) -> str:
    """The text as it can be kept, `most` characters of it."""
    if len(text) <= most and _REFUSED.search(text) is None:
        return text
    return _REFUSED.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", text[:most])


def keepable_arrival(arrival: Arrival) -> Arrival:
    """A message from a handset; the same one where nothing is wrong with it, which is nearly always."""
    sender = keepable(arrival.sender, ADDRESS_CHARS)
    recipient = keepable(arrival.recipient, ADDRESS_CHARS)
    text = keepable(arrival.text, TEXT_CHARS)
    if (sender, recipient, text) == (arrival.sender, arrival.recipient, arrival.text):
        return arrival
    return replace(arrival, sender=sender, recipient=recipient, text=text)


def keepable_receipt(receipt: Receipt) -> Receipt:
    """A delivery report, likewise."""
    name, raw = _id(receipt.carrier_message_id), keepable(receipt.raw, _RAW_CHARS)
    code, forms = _code(receipt.vendor_code), tuple(map(_id, receipt.other_forms))
    if (name, raw, code, forms) == (
        receipt.carrier_message_id,
        receipt.raw,
        receipt.vendor_code,
        receipt.other_forms,
    ):
        return receipt
    return replace(receipt, carrier_message_id=name, raw=raw, vendor_code=code, other_forms=forms)


def keepable_outcome(outcome: Outcome) -> Outcome:
    """What became of an attempt, likewise."""
    match outcome:
        case Taken(carrier_ids=ids):
            return replace(outcome, carrier_ids=tuple(map(_id, ids)))
        case Declined(vendor_code=code):
            return replace(outcome, vendor_code=_code(code))
        case Unknown(detail=detail, carrier_ids=known):
            parts = tuple((part, _id(each)) for part, each in known)
            return replace(outcome, detail=keepable(detail, _RAW_CHARS), carrier_ids=parts)


def _id(text: str) -> str:
    return keepable(text, ID_CHARS)


def _code(text: str | None) -> str | None:
    return None if text is None else keepable(text, _CODE_CHARS)
