"""Readers of the operations on messages: sending, estimating, looking, following."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

import msgspec

from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import (
    Asked,
    idempotency_key,
    path_sealed,
    plain_id,
    sealed,
    utc,
)
from heliograph.dialects.native._ids import read_sealed
from heliograph.dialects.native.codes import (
    CLASS_OF,
    ENCODING_OF,
    Unreadable,
    field_error,
)
from heliograph.model.command import (
    CancelMessage,
    Command,
    Estimate,
    FetchInbound,
    FindMessage,
    FindSubmission,
    GetBalance,
    ListLedger,
    ListOrphans,
    ReadHandset,
    SendFromHandset,
    SendMessages,
    WatchEvents,
)
from heliograph.model.message import SMS, Draft, Encoding, Extra
from heliograph.model.refusal import Refusal, Refused

_FINGERPRINT_BYTES: Final = 16
_ADDRESS: Final = re.compile(r"[!-~]{1,20}", re.ASCII)
"""What fits into the address field of a deliver_sm."""
_MESSAGE: Final = msgspec.json.Decoder(wire.MessageBody)
_MESSAGES: Final = msgspec.json.Decoder(wire.EstimateBody)


def fingerprint_of(path: str, body: bytes) -> bytes:
    """Tells two requests apart that come with the same idempotency key."""
    return blake2b(path.encode() + b"\0" + body, digest_size=_FINGERPRINT_BYTES).digest()


def draft_of(body: wire.Content, to: str, variables: dict[str, str] | None) -> Draft:
    """A message of the request as the flow takes it; raises Unreadable."""
    octets = None
    encoding = ENCODING_OF[body.encoding]
    if body.body_hex is not None:
        if body.text:
            raise field_error("/body_hex", "Give `text` or `body_hex`, not both.")
        if body.template is not None:
            raise field_error("/body_hex", "Give `template` or `body_hex`, not both.")
        octets, encoding = bytes.fromhex(body.body_hex), Encoding.BINARY
    if body.valid_until is not None and body.validity_seconds is not None:
        raise field_error("/valid_until", "Give `validity_seconds` or `valid_until`, not both.")
    if body.template is not None and body.text:
        raise field_error("/template", "Give `text` or `template`, not both.")
    return Draft(
        recipient=to,
        sender=body.sender,
        text=body.text,
        body=octets,
        udh=b"" if body.udh_hex is None else bytes.fromhex(body.udh_hex),
        encoding=encoding,
        smart=body.smart,
        traffic_class=CLASS_OF[body.traffic_class],
        campaign=body.campaign,
        test=body.test,
        flash=body.flash,
        priority=body.priority,
        send_at=None if body.send_at is None else utc(body.send_at, "/send_at"),
        validity_seconds=body.validity_seconds,
        valid_until=None if body.valid_until is None else utc(body.valid_until, "/valid_until"),
        reference=body.reference,
        callback=body.callback_url,
        variables=variables,
        template=body.template,
        links=_links_of(body),
        extra=_extra_of(body),
    )


def _links_of(body: wire.Content) -> dict[int, int] | None:
    """Which smart links stand in the text, and for how many minutes."""
    if body.links is None:
        return None
    if body.body_hex is not None:
        raise field_error("/links", "Octets have no place for links.")
    return {
        plain_id(name, "lnk", f"/links/{name}") or 0: minutes
        for name, minutes in body.links.items()
    }


def _extra_of(body: wire.Content) -> Extra | None:
    """What only calls and media messages have; beside a short message it is an error."""
    if body.channel != SMS:
        return Extra(
            channel=body.channel,
            media_url=body.media_url,
            language=body.language,
            duration_seconds=body.duration_seconds,
        )
    for name in ("media_url", "language", "duration_seconds"):
        if getattr(body, name) is not None:
            raise field_error(f"/{name}", "Only with another `channel` than sms.")
    return None


def send_message(asked: Asked) -> Command:
    """POST /v1/messages."""
    request, body = asked.request, asked.body
    key = idempotency_key(request)
    return SendMessages(
        drafts=(draft_of(body, body.to, body.variables),),
        whole=True,
        idempotency_key=key,
        fingerprint=b"" if key is None else fingerprint_of(request.path, request.body),
        submission=False,
    )


def estimate(asked: Asked) -> Command:
    """POST /v1/estimate: `{"messages": […]}` or one message as it would be sent."""
    body = asked.body
    messages = body.messages if isinstance(body, wire.EstimateBody) else (body,)
    if len(messages) > wire.ESTIMATE_MAX:
        raise field_error(
            "/messages",
            f"At most {wire.ESTIMATE_MAX} messages in one estimate.",
            Refusal.TOO_MANY_RECIPIENTS,
        )
    return Estimate(drafts=tuple([draft_of(each, each.to, each.variables) for each in messages]))


class _Probe(msgspec.Struct):
    messages: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def estimate_body(body: bytes) -> wire.EstimateBody | wire.MessageBody:
    """Either form, told apart by the name of the list; raises what msgspec raises."""
    # The word may also stand in the text of a single message.
    if b'"messages"' in body and _PROBE.decode(body).messages is not msgspec.UNSET:
        return _MESSAGES.decode(body)
    return _MESSAGE.decode(body)


_PROBE: Final = msgspec.json.Decoder(_Probe)


def find_message(asked: Asked) -> Command:
    """GET /v1/messages/{id}."""
    return FindMessage(message=path_sealed(asked, "msg"))


def cancel_message(asked: Asked) -> Command:
    """POST /v1/messages/{id}/cancel."""
    return CancelMessage(message=path_sealed(asked, "msg"))


def find_submission(asked: Asked) -> Command:
    """GET /v1/submissions/{id}."""
    return FindSubmission(submission=path_sealed(asked, "sub"))


def get_balance(asked: Asked) -> Command:
    """GET /v1/balance."""
    del asked
    return GetBalance()


def list_ledger(asked: Asked) -> Command:
    """GET /v1/ledger."""
    return ListLedger(before=sealed(asked.query.before, "led", "before"), limit=asked.query.limit)


def list_inbound(asked: Asked) -> Command:
    """GET /v1/inbound."""
    query: wire.InboundQuery = asked.query
    return FetchInbound(
        unread_only=query.unread, before=sealed(query.before, "inb", "before"), limit=query.limit
    )


def take_inbound(asked: Asked) -> Command:
    """POST /v1/inbound/take."""
    return FetchInbound(take=True, unread_only=True, limit=asked.query.limit)


def watch_events(asked: Asked) -> Command:
    """GET /v1/events; after a broken connection a browser says where it was by `Last-Event-ID`."""
    last = asked.request.headers.get("last-event-id")
    if last:
        return WatchEvents(after=_seen(last, "Last-Event-ID"))
    after = asked.query.after
    return WatchEvents(after=None if after is None else _seen(after, "after"))


def _seen(text: str, field: str) -> int:
    """The last of the stream that was seen: an event, or a message from a handset."""
    for prefix in ("evt", "inb"):
        number = read_sealed(prefix, text)
        if number is not None:
            return number
    raise field_error(field, "Expected an event id, evt_ or inb_ and 13 characters.")


def read_handset(asked: Asked) -> Command:
    """GET /v1/simulator/handsets/{msisdn}."""
    return ReadHandset(msisdn=handset_number(asked))


def list_orphans(asked: Asked) -> Command:
    """GET /v1/orphans."""
    del asked
    return ListOrphans()


def send_from_handset(asked: Asked) -> Command:
    """POST /v1/simulator/handsets/{msisdn}/messages."""
    body: wire.HandsetBody = asked.body
    if not _ADDRESS.fullmatch(body.to):
        raise field_error("to", "Expected a number that handsets can write to.")
    return SendFromHandset(msisdn=handset_number(asked), recipient=body.to, text=body.text)


def handset_number(asked: Asked) -> str:
    """The number in the path; digits, with a plus sign or without."""
    digits = asked.path["msisdn"].removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise Unreadable(Refused(refusal=Refusal.NOT_FOUND))
    return digits
