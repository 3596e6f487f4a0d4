"""The other face: Mitto as a carrier. A message becomes a POST to /sms, its callback a receipt.

Pure functions for a carrier that does the IO (`UPSTREAM`). Every call names our own callback URL as a
template with the vendor's names in it, so that nothing has to be registered there; messages from
handsets come to the same URL, once the vendor has been given it. Every reply has a reading: one that
neither takes nor declines clearly is Unknown, so that nothing is sent twice by mistake (promise P2).

A long message gets the id of its first part alone (seeds/003), so its receipt is that of the first part.
The customer's own reference is not sent on.
Source: seeds/003; facts of the API's callers for the header and the spelling of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

import msgspec

from heliograph.dialects import _forms
from heliograph.dialects._shape import (
    Heard,
    HttpCall,
    HttpReply,
    HttpRequest,
    Upstream,
    settings_fault,
)
from heliograph.dialects.mitto import codes
from heliograph.dialects.mitto.callback import REPORT_NAMES
from heliograph.dialects.mitto.wire import NAME, SmsRequest
from heliograph.model.ids import made_at
from heliograph.model.message import SMS, Encoding, Message
from heliograph.model.reason import Reason, reason_of
from heliograph.model.report import Arrival, Declined, OpenId, Outcome, Receipt, Taken, Unknown

_BASE_URL: Final = "https://rest.mittoapi.net"
_JSON = msgspec.json.Encoder()
_CANNOT = Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
_OK: Final = HttpReply(status=200, body=b"OK", content_type="text/plain; charset=utf-8")
_BAD: Final = HttpReply(status=400, body=b"Bad Request", content_type="text/plain; charset=utf-8")
_TYPES: Final[Mapping[Encoding, str]] = MappingProxyType(
    {
        Encoding.AUTO: "auto",
        Encoding.GSM7: "GSM",
        Encoding.GSM7_NATIONAL: "Unicode",
        Encoding.UCS2: "Unicode",
        Encoding.BINARY: "Binary",
    }
)
"""National tables have no type of their own; such a text goes as Unicode."""
_STATUSES: Final[Mapping[int, Reason | None]] = MappingProxyType(
    {
        401: Reason.CARRIER_DOWN,
        403: Reason.CARRIER_DOWN,
        404: Reason.CARRIER_DOWN,
        407: Reason.CARRIER_DOWN,
        408: None,
        429: Reason.THROTTLED,
        503: Reason.CARRIER_DOWN,
    }
)
_RAW_MAX: Final = 2000
_YEARS: Final = range(2000, 2100)


class MittoUpstream:
    """See `heliograph.dialects._shape.Upstream`."""

    name = NAME
    settings: Mapping[str, str] = MappingProxyType(
        {
            "base_url": f"Where the API stands; `{_BASE_URL}` if left out.",
            "api_key_secret": "The API key of our account there (`X-Mitto-API-Key`).",
        }
    )

    def fault(self, settings: Mapping[str, str]) -> str | None:
        """What is wrong with the settings."""
        return settings_fault(settings, self.settings, ("api_key_secret",))

    def send(
        self, settings: Mapping[str, str], message: Message, report_url: str
    ) -> HttpCall | Declined:
        """The call that hands the message over, or why Mitto cannot carry it (another carrier may)."""
        if message.channel != SMS:
            return _CANNOT
        text = message.text
        if message.encoding is Encoding.BINARY:
            text = (message.body or b"").hex().upper()
        elif message.encoding is Encoding.GSM7_NATIONAL and message.udh:
            return _CANNOT  # the header names shift tables that a text in Unicode does not have
        if not text:
            return _CANNOT
        body = SmsRequest(
            sender=message.sender,
            to=message.recipient,
            text=text,
            type=_TYPES[message.encoding],
            udh=message.udh.hex().upper(),
            validity=_validity_minutes(message),
            pid=message.extra.protocol_id if message.extra is not None else 0,
            flash=message.flash,
            callback=_template(report_url) if report_url else "",
        )
        base_url = settings.get("base_url") or _BASE_URL
        return HttpCall(
            method="POST",
            url=f"{base_url.rstrip('/')}/sms",
            headers=(
                ("content-type", "application/json"),
                ("accept", "application/json"),
                ("x-mitto-api-key", settings["api_key_secret"]),
            ),
            body=_JSON.encode(body),
        )

    def outcome(self, reply: HttpReply) -> Outcome:
        """What became of the attempt: total over every status and body.

        The number in the body counts before the HTTP status, which the vendor leaves at 200.
        """
        members = _forms.json_object(reply.body)
        if isinstance(members, _forms.Malformed):
            return _outcome_of_status(reply)
        fields = {name.lower(): value for name, value in members.items()}
        code = _code(fields.get("responsecode"))
        if code == codes.SENT and reply.status < 300:
            given = (_forms.text_of(fields.get("id")) or "").strip()
            return Taken(carrier_ids=(given,) if given else ())
        if code is None or code == codes.SENT:
            return _outcome_of_status(reply)
        reason = codes.CARRIER_NOES.get(code)
        if reason is None:
            return Unknown(detail=f"Mitto answered with response code {code}")
        return Declined(reason=reason, vendor_code=str(code))

    def look(self, settings: Mapping[str, str], sent: OpenId) -> HttpCall | None:
        """The vendor tells by itself."""
        del settings, sent
        return None

    def looked(
        self, reply: HttpReply, sent: OpenId, *, carrier_id: int, at: datetime
    ) -> tuple[Receipt, ...]:
        """Nothing was asked."""
        del reply, sent, carrier_id, at
        return ()

    def pull(self, settings: Mapping[str, str]) -> HttpCall | None:
        """The vendor brings messages from handsets."""
        del settings
        return None

    def pulled(self, reply: HttpReply, *, carrier_id: int, at: datetime) -> tuple[Arrival, ...]:
        """Nothing was asked."""
        del reply, carrier_id, at
        return ()

    def hear(
        self, settings: Mapping[str, str], request: HttpRequest, *, carrier_id: int, at: datetime
    ) -> Heard | HttpReply:
        """A report, or a message from a handset, by GET or POST; anything else is refused.

        A status that says that the end is still to come, or one that nobody knows, is acknowledged.
        """
        del settings
        fields = _told(request)
        if "content" in fields and fields.get("sender") and fields.get("receiver"):
            arrival = _arrival(fields, carrier_id, at)
            return _BAD if arrival is None else Heard(arrivals=(arrival,), reply=_OK)
        msgid, word = fields.get("msgid", "").strip(), fields.get("status", "").strip().upper()
        if not msgid or not word:
            return _BAD
        status = codes.OUTCOMES.get(word)
        if status is None:
            return Heard(reply=_OK)
        error = fields.get("errorcode", "").strip()
        number = int(error) if error.isascii() and error.isdigit() and len(error) < 6 else 999
        receipt = Receipt(
            carrier_id=carrier_id,
            carrier_message_id=msgid,
            status=status,
            reason=reason_of(number) if error or word != "DELIVERED" else Reason.NONE,
            vendor_code=f"{word}:{error}" if error else word,
            at=_moment(fields.get("sendtimestamp", "")) or at,
            raw=_raw(request),
            other_forms=_other_forms(msgid),
        )
        return Heard(receipts=(receipt,), reply=_OK)


UPSTREAM: Final[Upstream] = MittoUpstream()


# -- sending ----------------------------------------------------------------------------------------


def _template(report_url: str) -> str:
    glue = "&" if "?" in report_url else "?"
    return report_url + glue + "&".join(f"{name}=<{name}>" for name in REPORT_NAMES)


def _validity_minutes(message: Message) -> int:
    """Counted from when the message was to be sent; at least one."""
    start = message.send_at or made_at(message.id)
    return max(1, int((message.valid_until - start).total_seconds()) // 60)


def _code(value: object) -> int | None:
    text = (_forms.text_of(value) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _outcome_of_status(reply: HttpReply) -> Outcome:
    """What the HTTP status alone says; a plain 3xx or 4xx comes before the API read anything."""
    usual = Reason.DATA_ERROR if 300 <= reply.status < 500 else None
    reason = _STATUSES.get(reply.status, usual)
    if reason is None:
        return Unknown(detail=f"Mitto answered HTTP {reply.status} without a response code")
    return Declined(
        reason=reason,
        vendor_code=f"http {reply.status}",
        retry_after_seconds=_retry_after_seconds(reply),
    )


def _retry_after_seconds(reply: HttpReply) -> float | None:
    for name, value in reply.headers:
        if name.lower() == "retry-after" and value.isascii() and value.isdigit():
            return float(value[:6])
    return None


# -- hearing ----------------------------------------------------------------------------------------


def _told(request: HttpRequest) -> dict[str, str]:
    """The fields of the call by lower-case name; those of the body count. Empty when unreadable."""
    pairs = _forms.query_pairs(request.query)
    fields = {} if isinstance(pairs, _forms.Malformed) else _forms.by_name(pairs)
    if request.method == "GET" or not request.body.strip():
        return fields
    media = _forms.media_type(request.headers.get("content-type", ""))
    if _forms.is_json(media) or request.body.lstrip().startswith(b"{"):
        members = _forms.json_object(request.body)
        if isinstance(members, _forms.Malformed):
            return fields
        texts = ((name.lower(), _forms.text_of(value)) for name, value in members.items())
        return fields | {name: text for name, text in texts if text is not None}
    if media == "multipart/form-data":
        found = _forms.multipart_pairs(request.body, request.headers.get("content-type", ""))
    else:
        found = _forms.urlencoded_pairs(request.body)
    return fields if isinstance(found, _forms.Malformed) else fields | _forms.by_name(found)


_CODINGS: Final[Mapping[str, Encoding]] = MappingProxyType(
    {
        "gsm": Encoding.GSM7,
        "unicode": Encoding.UCS2,
        "binary": Encoding.BINARY,
        "byte": Encoding.BINARY,
    }
)


def _arrival(fields: Mapping[str, str], carrier_id: int, at: datetime) -> Arrival | None:
    """A message from a handset; None for binary content that is not hexadecimal."""
    encoding = _CODINGS.get(fields.get("coding", "").strip().lower(), Encoding.AUTO)
    content, body = fields["content"], None
    if encoding is Encoding.BINARY:
        try:
            content, body = "", bytes.fromhex(content)
        except ValueError:
            return None
    return Arrival(
        carrier_id=carrier_id,
        sender=fields["sender"].strip(),
        recipient=fields["receiver"].strip(),
        text=content,
        body=body,
        encoding=encoding,
        at=at,
    )


def _moment(seconds: str) -> datetime | None:
    """Unix time; None for what is no time of these days."""
    plain = seconds.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 10):
        return None
    moment = datetime.fromtimestamp(int(plain), UTC)
    return moment if moment.year in _YEARS else None


def _other_forms(msgid: str) -> tuple[str, ...]:
    """The same id with or without the dashes of a UUID: answers and examples differ."""
    plain = msgid.replace("-", "").lower()
    if len(plain) != 32:
        return ()
    dashed = "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
    return tuple(form for form in (plain, dashed) if form != msgid)


def _raw(request: HttpRequest) -> str:
    body = request.body[:_RAW_MAX].decode("utf-8", "replace")
    return "\n".join(part for part in (request.query[:_RAW_MAX], body) if part)
