"""The other face: smsAPI as a carrier. A message becomes a sendsms call, groupstatus its receipt.

Pure functions for a carrier that does the IO (`UPSTREAM`). Calls are POSTs with the fields in a
urlencoded body and only the command in the URL, so that no secret is in an address. What smsAPI cannot say
(binary content, user data headers, protocol ids, flash in Unicode) is declined here and never sent as
something else; validity has no field there and is kept on our side of the wire alone. Every reply has a
reading: one that neither takes nor declines clearly is Unknown, so that nothing is sent twice by
mistake (promise P2).

The vendor's `sent` is taken for delivered: it is the last good word that it has. Its times have no
zone, so what it tells is dated by when it reached us.
Source: seeds/001, and the replies that callers of several deployments expect.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from heliograph.dialects import _forms
from heliograph.dialects._shape import (
    Heard,
    HttpCall,
    HttpReply,
    HttpRequest,
    Upstream,
    settings_fault,
)
from heliograph.dialects.smsapi import codes
from heliograph.dialects.smsapi.wire import Form
from heliograph.model.message import SMS, Encoding, Message
from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, Declined, OpenId, Outcome, Receipt, Taken, Unknown

_HEADERS: Final = (
    ("content-type", "application/x-www-form-urlencoded"),
    ("accept", "application/json"),
)
_TAKEN: Final = frozenset({codes.QUEUED, codes.SUCCESS, codes.SENT, "ok"})
_NO_GROUP: Final = frozenset({"", "0"})
"""Group ids that nothing can be asked about; one deployment gives 0 for scheduled messages."""
_CANNOT = Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
_STATUSES: Final[Mapping[int, Reason | None]] = {
    401: Reason.CARRIER_DOWN,
    403: Reason.CARRIER_DOWN,
    404: Reason.CARRIER_DOWN,
    407: Reason.CARRIER_DOWN,
    408: None,
    429: Reason.THROTTLED,
    503: Reason.CARRIER_DOWN,
}


class SmsAPIUpstream:
    """See `heliograph.dialects._shape.Upstream`."""

    name = "smsapi"
    settings: Mapping[str, str] = {
        "base_url": "Where the API is, up to and with `/smsAPI`.",
        "apikey": "The API key of our account there.",
        "apitoken_secret": "The API token that belongs to it.",
        "route": "ID of the vendor's route to use; 0, its own choice, without this.",
    }

    def fault(self, settings: Mapping[str, str]) -> str | None:
        """What is wrong with the settings."""
        return settings_fault(settings, self.settings, ("base_url", "apikey", "apitoken_secret"))

    def send(
        self, settings: Mapping[str, str], message: Message, report_url: str
    ) -> HttpCall | Declined:
        """The call that hands the message over, or why smsAPI cannot carry it (another carrier may)."""
        del report_url  # the vendor tells nobody
        extra = message.extra
        if message.body is not None or message.udh or (extra is not None and extra.protocol_id):
            return _CANNOT
        kind = codes.type_of(_kind(message))
        if kind is None:
            return _CANNOT
        fields = {
            "type": kind,
            "from": message.sender,
            "to": message.recipient,
            "text": message.text,
            "route": settings.get("route", "0"),
        }
        if extra is not None and extra.channel != SMS:
            fields |= {
                name: str(value)
                for name, value in (
                    ("file", extra.media_url),
                    ("language", extra.language),
                    ("duration", extra.duration_seconds),
                )
                if value is not None
            }
        return _call(settings, Form.SEND, **fields)

    def outcome(self, reply: HttpReply) -> Outcome:
        """What became of the attempt: total over every status and body.

        The word in the body counts before the HTTP status, which the vendor leaves at 200.
        """
        fields = _texts(reply)
        status = fields.get("status", "").lower()
        if status == codes.ERROR:
            message = fields.get("message", "")
            return Declined(reason=codes.carrier_no(message), vendor_code=message[:100] or None)
        if status in _TAKEN:
            group = fields.get("group_id", "")
            return Taken(carrier_ids=() if group in _NO_GROUP else (group,))
        if status:
            return Unknown(detail="smsAPI answered with a status that is not documented")
        return _outcome_of_status(reply)

    def look(self, settings: Mapping[str, str], sent: OpenId) -> HttpCall | None:
        """The call that asks about the group that the message was."""
        return _call(settings, Form.STATUS, groupid=sent.carrier_message_id)

    def looked(
        self, reply: HttpReply, sent: OpenId, *, carrier_id: int, at: datetime
    ) -> tuple[Receipt, ...]:
        """The receipt; none while the message is queued, and none for a reply that cannot be read."""
        entry = _recipient(reply, sent.recipient)
        word = entry.get("status", "")
        outcome = codes.outcome_of(word)
        if outcome is None:
            return ()
        receipt = Receipt(
            carrier_id=carrier_id,
            carrier_message_id=sent.carrier_message_id,
            status=outcome.status,
            reason=outcome.reason,
            vendor_code=word,
            at=at,
            raw=reply.body[:2000].decode("utf-8", "replace"),
        )
        return (receipt,)

    def pull(self, settings: Mapping[str, str]) -> HttpCall | None:
        """The call that takes what handsets have sent since the last one."""
        return _call(settings, Form.INBOX, list="unread")

    def pulled(self, reply: HttpReply, *, carrier_id: int, at: datetime) -> tuple[Arrival, ...]:
        """The messages in the answer; entries without a sender or recipient are passed over."""
        found = (_entry(each) for each in _list(reply, "inbox"))
        return tuple(
            Arrival(
                carrier_id=carrier_id,
                sender=each["from"].strip(),
                recipient=each["to"].strip(),
                text=each.get("message", ""),
                at=at,
            )
            for each in found
            if each.get("from", "").strip() and each.get("to", "").strip()
        )

    def hear(
        self, settings: Mapping[str, str], request: HttpRequest, *, carrier_id: int, at: datetime
    ) -> Heard | HttpReply:
        """The vendor calls nobody, so whoever does is not the vendor."""
        del settings, request, carrier_id, at
        return HttpReply(status=404, body=b"", content_type="text/plain")


UPSTREAM: Final[Upstream] = SmsAPIUpstream()


def _kind(message: Message) -> codes.Kind:
    """National alphabets exist in no `type`; such a text goes as Unicode."""
    if message.channel != SMS:
        return codes.Kind(channel=message.channel)
    wide = message.encoding in (Encoding.UCS2, Encoding.GSM7_NATIONAL)
    return codes.Kind(encoding=Encoding.UCS2 if wide else Encoding.AUTO, flash=message.flash)


def _call(settings: Mapping[str, str], form: Form, **fields: str) -> HttpCall:
    login = {"apikey": settings["apikey"], "apitoken": settings["apitoken_secret"]}
    return HttpCall(
        method="POST",
        url=f"{settings['base_url'].rstrip('/')}?{form.value}",
        headers=_HEADERS,
        body=urlencode(login | fields).encode(),
    )


def _outcome_of_status(reply: HttpReply) -> Outcome:
    """What the HTTP status alone says; a plain 3xx or 4xx comes before the API read anything."""
    usual = Reason.DATA_ERROR if 300 <= reply.status < 500 else None
    reason = _STATUSES.get(reply.status, usual)
    if reason is None:
        return Unknown(detail=f"smsAPI answered HTTP {reply.status} without a status of its own")
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


# -- replies --------------------------------------------------------------------------------------


def _members(reply: HttpReply) -> Mapping[str, object]:
    members = _forms.json_object(reply.body)
    return {} if isinstance(members, _forms.Malformed) else members


def _texts(reply: HttpReply) -> dict[str, str]:
    return {name: text.strip() for name, text in _entry(_members(reply)).items()}


def _list(reply: HttpReply, name: str) -> list[object]:
    found = _members(reply).get(name)
    return found if isinstance(found, list) else []


def _entry(value: object) -> dict[str, str]:
    """An object's texts and numbers by lower-case name; empty for what is no object."""
    if not isinstance(value, Mapping):
        return {}
    texts = ((str(name).lower(), _forms.text_of(each)) for name, each in value.items())
    return {name: text for name, text in texts if text is not None}


def _recipient(reply: HttpReply, msisdn: str) -> dict[str, str]:
    """The entry of a recipient, however its number is written; the only one where there is one."""
    entries = [_entry(each) for each in _list(reply, "recipients")]
    if len(entries) == 1:
        return entries[0]
    return next((e for e in entries if e.get("to", "").strip().lstrip("+0") == msisdn), {})
