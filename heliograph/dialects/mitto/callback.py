"""Delivery reports and messages from handsets as Mitto tells them: a call to a URL that is a template.

The customer's URL holds names in `<angle brackets>` or between `$dollar signs$` (seeds/003), which are
replaced by percent-encoded values; a name of the other kind of call becomes empty, any other text
stays as it is. A URL without names gets every name as query, or the call would say nothing. GET is
the default; with the setting `method` = POST the same URL is called, with every name as form field
as well. The setting holds for all calls to an endpoint; a `callback` of a single message is called
by GET. The host can never come from a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from heliograph.dialects._shape import HttpCall
from heliograph.dialects.mitto import codes
from heliograph.dialects.mitto.wire import message_id
from heliograph.model.account import Endpoint
from heliograph.model.ids import made_at
from heliograph.model.message import Encoding, Event, Inbound, MessageRecord
from heliograph.model.money import decimal_text
from heliograph.text import non_gsm_characters

__all__ = [
    "ARRIVAL_NAMES",
    "REPORT_NAMES",
    "endpoint_faults",
    "render",
    "render_inbound",
    "template_fault",
]

REPORT_NAMES: Final = (
    "msgid",
    "sendtime",
    "status",
    "receiver",
    "mcc",
    "mnc",
    "cost",
    "errorcode",
    "sendtimestamp",
    "reference",
)
ARRIVAL_NAMES: Final = ("coding", "sender", "content", "receiver", "msgid")
METHODS: Final = ("GET", "POST")
_SHARED: Final = frozenset(REPORT_NAMES) & frozenset(ARRIVAL_NAMES)
_ANY: Final = "|".join(sorted({*REPORT_NAMES, *ARRIVAL_NAMES}, key=len, reverse=True))
_HOLE: Final = re.compile(
    rf"(?:<|%3C)(?P<angled>{_ANY})(?:>|%3E)|(?:\$|%24)(?P<dollar>{_ANY})(?:\$|%24)", re.IGNORECASE
)
"""A name between delimiters, which some tools escape when a URL is pasted into them."""
_AUTHORITY: Final = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_HUNDREDTHS: Final = 100
_FORM: Final = (("content-type", "application/x-www-form-urlencoded"),)
_AGENT: Final = (("user-agent", "Heliograph"),)


# -- what is told -----------------------------------------------------------------------------------


def render(
    endpoint: Endpoint, event: Event, record: MessageRecord, key: bytes, now: datetime
) -> HttpCall:
    """The call that tells an endpoint what has become of a message."""
    del now
    message = record.message
    sent_at = message.send_at or made_at(message.id)
    return _call(
        endpoint,
        {
            "msgid": message_id(key, message.id),
            "sendtime": sent_at.astimezone(UTC).strftime(_TIME_FORMAT),
            "status": codes.STATUS_WORDS[event.status],
            "receiver": message.recipient,
            "mcc": message.mcc or "",
            "mnc": message.mnc or "",
            "cost": decimal_text(message.price_micros * _HUNDREDTHS),
            "errorcode": str(codes.error_code(event.reason)),
            "sendtimestamp": str(int(event.at.timestamp())),
            "reference": message.reference or "",
        },
    )


def render_inbound(endpoint: Endpoint, inbound: Inbound, key: bytes, now: datetime) -> HttpCall:
    """The call that tells an endpoint of a message from a handset; binary content in hexadecimal."""
    del now
    return _call(
        endpoint,
        {
            "coding": _coding(inbound),
            "sender": inbound.sender,
            "content": inbound.text if inbound.body is None else inbound.body.hex().upper(),
            "receiver": inbound.recipient,
            "msgid": message_id(key, inbound.id),
        },
    )


_CODINGS: Final[Mapping[Encoding, str]] = {
    Encoding.GSM7: "GSM",
    Encoding.GSM7_NATIONAL: "Unicode",
    Encoding.UCS2: "Unicode",
    Encoding.BINARY: "Binary",
}


def _coding(inbound: Inbound) -> str:
    if inbound.body is not None:
        return "Binary"
    if inbound.encoding in _CODINGS and inbound.encoding is not Encoding.BINARY:
        return _CODINGS[inbound.encoding]
    return "Unicode" if non_gsm_characters(inbound.text) else "GSM"


# -- templates --------------------------------------------------------------------------------------


def _call(endpoint: Endpoint, values: Mapping[str, str]) -> HttpCall:
    posts = endpoint.settings.get("method", "GET").upper() == "POST"
    return HttpCall(
        method="POST" if posts else "GET",
        url=_filled(endpoint.url, values),
        headers=_AGENT + _FORM if posts else _AGENT,
        body=urlencode(values, errors="replace").encode() if posts else b"",
    )


def _filled(template: str, values: Mapping[str, str]) -> str:
    """The URL with its names replaced; with all names behind it where it says nothing of its own."""
    names = {_name(hole) for hole in _HOLE.finditer(template)}
    url = _HOLE.sub(lambda hole: _quoted(values.get(_name(hole), "")), template)
    # One that names only what both kinds of calls have was made for reports.
    if names & values.keys() and (names - _SHARED & values.keys() or "status" in values):
        return url
    address, mark, fragment = url.partition("#")
    glue = "&" if "?" in address else "?"
    query = "&".join(f"{name}={_quoted(value)}" for name, value in values.items())
    return f"{address}{glue}{query}{mark}{fragment}"


def _name(hole: re.Match[str]) -> str:
    return str(hole["angled"] or hole["dollar"]).lower()


def _quoted(value: str) -> str:
    return quote(value, safe="", errors="replace")


def template_fault(template: str) -> str | None:
    """What is wrong with a template, whatever the address; in a sentence."""
    authority = _AUTHORITY.match(template)
    if authority is None:
        return "The URL must begin with http:// or https://."
    if _HOLE.search(authority[0]):
        return "The host of a URL cannot be a placeholder."
    return None


def endpoint_faults(endpoint: Endpoint) -> list[str]:
    """What is wrong with an endpoint that is called in this form."""
    faults = [f"There is no setting {name}." for name in endpoint.settings if name != "method"]
    if endpoint.settings.get("method", "GET").upper() not in METHODS:
        faults.append("The method is GET or POST.")
    fault = template_fault(endpoint.url)
    return faults if fault is None else [*faults, fault]
