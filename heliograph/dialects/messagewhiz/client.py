"""The other face: MessageWhiz as a carrier. A message becomes a tiny single, a webhook call its receipt.

Pure functions for a carrier that does the IO (`UPSTREAM`). The number in the answer is that of a
broadcast with one recipient, so a webhook's `broadcast_id` names the message. The vendor's staff sets
up the webhook; where there is none the outcome is asked for (/api/3/DeliveryReport). Every reply has a
reading: one that neither takes nor declines clearly is Unknown, so that nothing is sent twice by
mistake (promise P2).

The vendor documents no call for messages from handsets: answers of handsets do not come by it. It has
no flash, no binary content and no validity either; the first two are declined, the last is ours to
keep. A text with what the vendor would take for a token is declined, for it would come out changed.
Source: seeds/004; facts 3.1 and 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
from heliograph.dialects.messagewhiz import codes
from heliograph.dialects.messagewhiz.wire import (
    NAME,
    CombinedRecipient,
    CombinedRequest,
    ReportRequest,
    SingleRequest,
    TinyRequest,
)
from heliograph.model.message import SMS, Encoding, Message
from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, Declined, OpenId, Outcome, Receipt, Taken, Unknown

_BASE_URL: Final = "https://sms.messagewhiz.com"
_JSON: Final = msgspec.json.Encoder()
_CANNOT: Final = Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
_OK: Final = HttpReply(status=200, body=b"OK", content_type="text/plain; charset=utf-8")
_BAD: Final = HttpReply(status=400, body=b"Bad Request", content_type="text/plain; charset=utf-8")
_SUBMITS: Final = ("tiny", "single", "combined")
_TOKEN: Final = re.compile(r"\{\{\s*[A-Za-z_]\w*\s*(?::[^{}]*)?\}\}")
_RAW_MAX: Final = 2000
_MOST_TOLD: Final = 10_000
_YEARS: Final = range(2000, 2100)
_LARGEST_MS: Final = 10**13


class MessageWhizUpstream:
    """See `heliograph.dialects._shape.Upstream`."""

    name = NAME
    settings: Mapping[str, str] = MappingProxyType(
        {
            "base_url": f"Where the API stands; `{_BASE_URL}` if left out.",
            "api_key_secret": "The API key of our account there (`apikey`).",
            "submit": "`tiny` (the usual one) and `combined` name the sender; `single` names `campaign_id` "
            "and `sender_id` of the account there and leaves the message's own sender out.",
            "campaign_id": "The campaign there, for `single`.",
            "sender_id": "The sender there, for `single`.",
        }
    )

    def fault(self, settings: Mapping[str, str]) -> str | None:
        """What is wrong with the settings."""
        submit = settings.get("submit", _SUBMITS[0])
        if submit not in _SUBMITS:
            return f"submit is one of {', '.join(_SUBMITS)}"
        ids = ("campaign_id", "sender_id") if submit == "single" else ()
        for name in ids:
            if settings.get(name) and not _whole(settings[name]):
                return f"{name} is a number"
        return settings_fault(settings, self.settings, ("api_key_secret", *ids))

    def send(
        self, settings: Mapping[str, str], message: Message, report_url: str
    ) -> HttpCall | Declined:
        """The call that hands the message over, or why MessageWhiz cannot carry it (another may)."""
        del report_url  # the vendor's staff is told it once
        if message.channel != SMS or message.flash or message.udh or not message.text:
            return _CANNOT
        if message.encoding is Encoding.BINARY or _TOKEN.search(message.text):
            return _CANNOT
        return _submit(settings, message)

    def outcome(self, reply: HttpReply) -> Outcome:
        """What became of the attempt: total over every status and body."""
        members = _forms.json_object(reply.body)
        fields = {} if isinstance(members, _forms.Malformed) else members
        number = _whole(fields.get("id")) or _broadcast(fields.get("result"))
        code = _whole(fields.get("errorCode")) or 0
        if reply.status == 200 and code == 0 and number:
            return Taken(carrier_ids=(str(number),))
        if reply.status < 300 and code == 0:
            return Unknown(detail=f"MessageWhiz answered HTTP {reply.status} without an id")
        status = code if reply.status < 300 else reply.status
        usual = Reason.DATA_ERROR if 300 <= status < 500 else None
        reason = codes.CARRIER_NOES.get(status, usual)
        if reason is None:
            return Unknown(detail=f"MessageWhiz answered HTTP {reply.status}, error {code}")
        return Declined(
            reason=reason,
            vendor_code=f"http {status}",
            retry_after_seconds=_retry_after_seconds(reply),
        )

    def look(self, settings: Mapping[str, str], sent: OpenId) -> HttpCall | None:
        """Asks for the report of the message's broadcast."""
        number = _whole(sent.carrier_message_id)
        if not number:
            return None
        return _call(settings, "/api/3/DeliveryReport", ReportRequest(bid=number))

    def looked(
        self, reply: HttpReply, sent: OpenId, *, carrier_id: int, at: datetime
    ) -> tuple[Receipt, ...]:
        """The end of the one message of the broadcast; empty while none is counted."""
        members = _forms.json_object(reply.body)
        if reply.status != 200 or isinstance(members, _forms.Malformed):
            return ()
        counted = members.get("result")
        for each in counted if isinstance(counted, list) else []:
            for name, state in codes.REPORT_NAMES.items():
                if isinstance(each, dict) and _whole(each.get(name)):
                    raw = reply.body[:_RAW_MAX].decode("utf-8", "replace")
                    return _receipts(sent.carrier_message_id, state, carrier_id, at, raw)
        return ()

    def pull(self, settings: Mapping[str, str]) -> HttpCall | None:
        """The vendor has no inbox."""
        del settings
        return None

    def pulled(self, reply: HttpReply, *, carrier_id: int, at: datetime) -> tuple[Arrival, ...]:
        """Nothing was asked."""
        del reply, carrier_id, at
        return ()

    def hear(
        self, settings: Mapping[str, str], request: HttpRequest, *, carrier_id: int, at: datetime
    ) -> Heard | HttpReply:
        """Reports: an array of objects, or one; anything else is refused.

        A state that says that the end is still to come, or one that nobody knows, is acknowledged.
        """
        del settings
        value = _forms.json_value(request.body)
        items = value if isinstance(value, list) else [value]
        told = [item for item in items if isinstance(item, dict)]
        if not told or len(told) < len(items) or len(items) > _MOST_TOLD:
            return _BAD
        receipts = tuple(receipt for each in told for receipt in _told(each, carrier_id, at))
        if not receipts and not any(_whole(each.get("broadcast_id")) for each in told):
            return _BAD
        return Heard(receipts=receipts, reply=_OK)


UPSTREAM: Final[Upstream] = MessageWhizUpstream()


def _call(settings: Mapping[str, str], path: str, body: msgspec.Struct) -> HttpCall:
    base_url = settings.get("base_url") or _BASE_URL
    return HttpCall(
        method="POST",
        url=base_url.rstrip("/") + path,
        headers=(
            ("content-type", "application/json"),
            ("accept", "application/json"),
            ("apikey", settings["api_key_secret"]),
        ),
        body=_JSON.encode(body),
    )


def _submit(settings: Mapping[str, str], message: Message) -> HttpCall:
    """One message, in the way that the operator chose."""
    match settings.get("submit"):
        case "single":
            single = SingleRequest(
                campaign_id=int(settings["campaign_id"]),
                sender_id=int(settings["sender_id"]),
                recipient=message.recipient,
                message_body=message.text,
            )
            return _call(settings, "/api/3/Broadcast", single)
        case "combined":
            combined = CombinedRequest(
                message_body=message.text,
                sender=message.sender,
                recipients=(CombinedRecipient(phone_number=int(message.recipient)),),
            )
            return _call(settings, "/api/3/Broadcast/combinedsubmit", combined)
    tiny = TinyRequest(
        recipient=message.recipient, sender=message.sender, message_body=message.text
    )
    return _call(settings, "/api/broadcasts/tiny/single", tiny)


def _broadcast(result: object) -> int | None:
    """The number in the result of a create; combinedsubmit gives an array of one."""
    first = result[0] if isinstance(result, list) and result else result
    return _whole(first.get("broadcastID")) if isinstance(first, dict) else None


def _whole(value: object) -> int | None:
    """A number from 0, as JSON has it or as text."""
    text = (_forms.text_of(value) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _retry_after_seconds(reply: HttpReply) -> float | None:
    for name, value in reply.headers:
        if name.lower() == "retry-after" and value.isascii() and value.isdigit():
            return float(value[:6])
    return None


# -- hearing ----------------------------------------------------------------------------------------


def _told(each: Mapping[str, object], carrier_id: int, at: datetime) -> Iterator[Receipt]:
    number, state = _whole(each.get("broadcast_id")), _whole(each.get("task_state"))
    if not number or state is None:
        return
    raw = _JSON.encode(each)[:_RAW_MAX].decode("utf-8", "replace")
    yield from _receipts(str(number), state, carrier_id, _moment(each.get("updated")) or at, raw)


def _receipts(
    number: str, state: int, carrier_id: int, at: datetime, raw: str
) -> tuple[Receipt, ...]:
    outcome = codes.OUTCOMES.get(state)
    if outcome is None:
        return ()
    status, reason = outcome
    receipt = Receipt(
        carrier_id=carrier_id,
        carrier_message_id=number,
        status=status,
        reason=reason,
        vendor_code=str(state),
        at=at,
        raw=raw,
    )
    return (receipt,)


def _moment(value: object) -> datetime | None:
    """Milliseconds since 1970; None for what is no time of these days."""
    number = _whole(value)
    if number is None or number >= _LARGEST_MS:
        return None
    moment = datetime.fromtimestamp(number / 1000, UTC)
    return moment if moment.year in _YEARS else None
