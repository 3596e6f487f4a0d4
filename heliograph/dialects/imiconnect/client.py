"""The other face: IMIconnect as a carrier. A message becomes the vendor's request, its reply an outcome.

Pure functions for a carrier that does the IO. Reports and messages from handsets come by its
notifications; where it cannot call us, `status/{transid}` is asked. What IMIconnect cannot say (user data
headers, text that is encoded already, other channels) is declined here and never sent as something
else, and so is a text in which it would replace something. Every reply has a reading: one that neither
takes nor declines clearly is Unknown, so that nothing is sent twice by mistake (promise P2).
Source: seeds/002; facts 2.1 to 2.4.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

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
from heliograph.dialects.imiconnect import callback, codes
from heliograph.dialects.imiconnect.wire import (
    NAME,
    Channels,
    Destination,
    SendRequest,
    Sms,
)
from heliograph.model.message import SMS, Encoding, Message
from heliograph.model.reason import Reason
from heliograph.model.report import (
    Arrival,
    Declined,
    OpenId,
    Outcome,
    Receipt,
    Taken,
    Unknown,
)

BASE_URL: Final = "https://api.imiconnect.com"
ROUTES: Final = ("IMMD", "LCGD", "LCBE")
_JSON: Final = msgspec.json.Encoder()
_ACCEPT: Final = ("accept", "application/json")
_REPLACED: Final = "$("
_PRIORITIES: Final[Mapping[int, str]] = MappingProxyType({0: "1", 1: "2", 2: "3", 3: "3"})
_RAW_MOST: Final = 2_000
_UNABLE: Final = Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
_OK: Final = HttpReply(status=200, body=b"{}")
_PLAIN: Final = "text/plain; charset=utf-8"
_UNREADABLE: Final = HttpReply(status=400, body=b"not a notification\n", content_type=_PLAIN)
_UNSIGNED: Final = HttpReply(status=401, body=b"wrong signature\n", content_type=_PLAIN)
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
_EMPTY: Final[Mapping[str, object]] = MappingProxyType({})


class _IMIconnect:
    """See `Upstream`."""

    name: Final = NAME
    settings: Final[Mapping[str, str]] = MappingProxyType(
        {
            "base_url": f"Where the API stands, without `/resources`; `{BASE_URL}` if left out.",
            "service_key_secret": "The key of the service there.",
            "route": "IMMD, LCGD or LCBE; the vendor's own choice if left out.",
            callback.SECRET_SETTING: "Shared with the vendor; notifications must be signed with it.",
            callback.ALGORITHM_SETTING: callback.SETTINGS[callback.ALGORITHM_SETTING],
        }
    )

    def fault(self, settings: Mapping[str, str]) -> str | None:
        """See `Upstream`."""
        if settings.get("route", ROUTES[0]) not in ROUTES:
            return f"route is one of {', '.join(ROUTES)}"
        algorithm = settings.get(callback.ALGORITHM_SETTING, callback.ALGORITHMS[0])
        if algorithm not in callback.ALGORITHMS:
            return f"{callback.ALGORITHM_SETTING} is one of {', '.join(callback.ALGORITHMS)}"
        return settings_fault(settings, self.settings, ("service_key_secret",))

    def send(
        self, settings: Mapping[str, str], message: Message, report_url: str
    ) -> HttpCall | Declined:
        """See `Upstream`."""
        sms = _sms(message)
        if isinstance(sms, Declined):
            return sms
        request = SendRequest(
            notifyurl=report_url or None,
            expiry=callback.milliseconds(message.valid_until)[:19],
            priority=_PRIORITIES[message.priority & 3],
            route=settings.get("route"),
            deliverychannel="sms",
            channels=Channels(sms=sms),
            destination=(Destination(msisdn=(message.recipient,)),),
        )
        return HttpCall(
            method="POST",
            url=_url(settings),
            headers=(*_headers(settings), ("content-type", "application/json")),
            body=_JSON.encode(request),
        )

    def outcome(self, reply: HttpReply) -> Outcome:
        """See `Upstream`. The body counts before the HTTP status, which the vendor leaves at 200.

        7006 may come after the hand-over, so it is Unknown. Taken without a transid is taken, with no id
        to report on.
        """
        response = _object(reply.body).get("response")
        element = response[0] if isinstance(response, list) and response else response
        fields = _texts(element)
        code, transid = fields.get("code", ""), fields.get("transid", "")
        if code == codes.QUEUED.code:
            return Taken(carrier_ids=(transid,) if transid else ())
        if code == codes.INTERNAL.code:
            return Unknown(detail="IMIconnect answered 7006")
        if code:
            return Declined(reason=codes.carrier_no(code), vendor_code=code)
        return _outcome_of_status(reply)

    def look(self, settings: Mapping[str, str], sent: OpenId) -> HttpCall | None:
        """See `Upstream`."""
        name = quote(sent.carrier_message_id, safe="")
        return HttpCall(
            method="GET", url=f"{_url(settings)}/status/{name}", headers=_headers(settings)
        )

    def looked(
        self, reply: HttpReply, sent: OpenId, *, carrier_id: int, at: datetime
    ) -> tuple[Receipt, ...]:
        """See `Upstream`. The vendor's time of the last change is to the second, so ours is taken."""
        value = _forms.json_value(reply.body)
        entries = value if isinstance(value, list) else []
        fields = _texts(entries[0]) if entries else {}
        word = fields.get("status", "")
        if word in ("queued", "sent"):
            return ()
        outcome = codes.outcome_of(fields.get("error_code", ""), word)
        if outcome is None:
            return ()
        return (
            Receipt(
                carrier_id=carrier_id,
                carrier_message_id=sent.carrier_message_id,
                status=outcome.status,
                reason=outcome.reason,
                vendor_code=fields.get("error_code") or word,
                at=at,
                raw=_raw(reply.body),
            ),
        )

    def pull(self, settings: Mapping[str, str]) -> HttpCall | None:
        """See `Upstream`. The vendor brings messages from handsets to the service's MO URL."""
        del settings
        return None

    def pulled(self, reply: HttpReply, *, carrier_id: int, at: datetime) -> tuple[Arrival, ...]:
        """See `Upstream`."""
        del reply, carrier_id, at
        return ()

    def hear(
        self, settings: Mapping[str, str], request: HttpRequest, *, carrier_id: int, at: datetime
    ) -> Heard | HttpReply:
        """See `Upstream`. A delivery notification, or a message from a handset."""
        signed = callback.signature(settings, request.body)
        given = request.headers.get(callback.SIGNATURE, "").strip().lower()
        if signed is not None and not hmac.compare_digest(
            given.rpartition("=")[2].encode(), signed.encode()
        ):
            return _UNSIGNED
        members = _object(request.body)
        notification = members.get("deliveryInfoNotification")
        if isinstance(notification, dict):
            return _report(notification, request, carrier_id, at)
        fields = _texts(members)
        sender, recipient = fields.get("oa", ""), fields.get("da", "")
        if not sender or not recipient:
            return _UNREADABLE
        arrival = Arrival(
            carrier_id=carrier_id,
            sender=sender,
            recipient=recipient,
            text=fields.get("message", ""),
            at=_moment(fields.get("ts", "")) or at,
        )
        return Heard(arrivals=(arrival,), reply=_OK)


def _sms(message: Message) -> Sms | Declined:
    """The message as `channels.sms` says it; what it cannot say is declined."""
    if message.channel != SMS or message.udh:
        return _UNABLE
    if message.body is not None:
        if message.encoding is not Encoding.BINARY or message.flash:
            return _UNABLE
        return Sms(body=message.body.hex().upper(), senderid=message.sender, type="3")
    if _REPLACED in message.text:
        return _UNABLE
    if not message.flash:
        kind = "4" if message.encoding is Encoding.UCS2 else "1"
        return Sms(text=message.text, senderid=message.sender, type=kind)
    return Sms(text=message.text, senderid=message.sender, type="2")


def _report(
    notification: Mapping[str, object], request: HttpRequest, carrier_id: int, at: datetime
) -> Heard | HttpReply:
    """What a delivery notification says; a code and a word that nobody knows say nothing."""
    info = _texts(notification.get("deliveryInfo"))
    transid = _texts(notification).get("transid", "")
    if not transid or not info:
        return _UNREADABLE
    code, word = info.get("code", ""), info.get("deliveryStatus", "")
    outcome = codes.outcome_of(code, word)
    if outcome is None:
        return Heard(reply=_OK)
    receipt = Receipt(
        carrier_id=carrier_id,
        carrier_message_id=transid,
        status=outcome.status,
        reason=outcome.reason,
        vendor_code=code or word,
        at=_moment(info.get("timeStamp", "")) or at,
        raw=_raw(request.body),
    )
    return Heard(receipts=(receipt,), reply=_OK)


def _outcome_of_status(reply: HttpReply) -> Outcome:
    """What the HTTP status alone says; a plain 3xx or 4xx comes before the API read anything."""
    usual = Reason.DATA_ERROR if 300 <= reply.status < 500 else None
    reason = _STATUSES.get(reply.status, usual)
    if reason is None:
        return Unknown(detail=f"IMIconnect answered HTTP {reply.status} without a code")
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


def _url(settings: Mapping[str, str]) -> str:
    return f"{(settings.get('base_url') or BASE_URL).rstrip('/')}/resources/v1/messaging"


def _headers(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return (("key", settings["service_key_secret"]), _ACCEPT)


def _object(body: bytes) -> Mapping[str, object]:
    members = _forms.json_object(body)
    return _EMPTY if isinstance(members, _forms.Malformed) else members


def _texts(value: object) -> dict[str, str]:
    """The members of an object that are texts or numbers; empty for anything else."""
    if not isinstance(value, Mapping):
        return {}
    texts = ((str(name), _forms.text_of(member)) for name, member in value.items())
    return {name: text for name, text in texts if text is not None}


def _raw(body: bytes) -> str:
    return body[:_RAW_MOST].decode("utf-8", "replace").replace("\x00", "")


_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?", re.A)


def _moment(text: str) -> datetime | None:
    """The vendor's `timeStamp` and `ts`: without a zone it is UTC. None for any other form."""
    if not _TIME.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


UPSTREAM: Final[Upstream] = _IMIconnect()
