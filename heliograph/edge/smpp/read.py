"""From a request PDU to commands of the house. A request that cannot mean what it says is refused by an
`AnswerableError` with its status: no field is dropped without a word but those that `docs/smpp-server.md`
lists. Pure: the time comes in.
"""

from __future__ import annotations

import hashlib
import math
import re
from datetime import datetime
from typing import Final

import msgspec

from heliograph.edge.smpp.content import Content, Submit
from heliograph.edge.smpp.settings import Terms
from heliograph.flow.callback import session_callback
from heliograph.model.account import TrafficClass
from heliograph.model.command import SendMessages
from heliograph.model.message import Draft
from heliograph.smpp import (
    AnswerableError,
    CommandStatus,
    DataSm,
    EsmClass,
    RegisteredDelivery,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    Tag,
    Ton,
    encode,
    parse_time,
    tlv_int,
)

__all__ = [
    "Times",
    "draft_of",
    "drafts_of",
    "read_id",
    "read_times",
    "recipient_of",
    "replaced_callback",
    "send_one",
]

_S = CommandStatus
_SERVICE_TYPES: Final[dict[str, TrafficClass]] = {
    "OTP": TrafficClass.OTP,
    "TRANS": TrafficClass.TRANSACTIONAL,
    "PROMO": TrafficClass.PROMOTIONAL,
}
"""service_type names a traffic class by these words; any other leaves the credential's."""
_WISHES: Final[dict[int, str]] = {
    RegisteredDelivery.FINAL: "final",
    RegisteredDelivery.ON_FAILURE: "failure",
    RegisteredDelivery.ON_SUCCESS: "success",
}
_HIGHEST_PRIORITY: Final = 3
_LARGEST_ID: Final = 1 << 64
_HEX: Final = re.compile("[0-9A-Fa-f]{1,16}")
_DECIMAL: Final = re.compile("[0-9]{1,20}")


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When to send, None for now, and how long to try, None for the account's default."""

    send_at: datetime | None
    validity_seconds: int | None


def send_one(draft: Draft, pdu: Submit, terms: Terms) -> SendMessages:
    """The command for one message, keyed by user_message_reference where the credential says so."""
    reference = tlv_int(pdu.tlvs, Tag.USER_MESSAGE_REFERENCE) if pdu.tlvs else None
    if reference is None or not terms.idempotent:
        return SendMessages(drafts=(draft,), submission=False)
    return SendMessages(
        drafts=(draft,),
        submission=False,
        idempotency_key=f"umr:{reference}:{draft.recipient}",
        fingerprint=hashlib.blake2b(encode(pdu, 0), digest_size=32).digest(),
    )


def draft_of(
    pdu: SubmitSm | DataSm, content: Content, terms: Terms, credential_id: int, now: datetime
) -> Draft:
    """The message of a submit_sm or data_sm."""
    recipient = recipient_of(pdu.dest_addr_ton, pdu.destination_addr)
    return _draft(pdu, recipient, content, terms, credential_id=credential_id, now=now)


def drafts_of(
    pdu: SubmitMulti, content: Content, terms: Terms, credential_id: int, now: datetime
) -> tuple[Draft, ...]:
    """A message for each address of a submit_multi; distribution lists are not kept here."""
    return tuple(
        _draft(
            pdu,
            recipient_of(each.addr_ton, each.destination_addr),
            content,
            terms,
            credential_id=credential_id,
            now=now,
        )
        for each in pdu.dest_addresses
        if not each.dl_name
    )


def recipient_of(ton: int, address: str) -> str:
    """The address so that a number marked as international is read as nothing else."""
    if ton == Ton.INTERNATIONAL and address[:1] != "+" and address[:2] != "00":
        return f"+{address}"
    return address


def read_id(text: str, terms: Terms) -> int | None:
    """The sealed number that a message_id writes; None for what none of ours looks like."""
    form = _DECIMAL if terms.decimal_ids else _HEX
    if form.fullmatch(text) is None:
        return None
    number = int(text, 10 if terms.decimal_ids else 16)
    return number if number < _LARGEST_ID else None


def read_times(schedule: str, validity: str, now: datetime) -> Times:
    """schedule_delivery_time and validity_period; a relative validity counts from now."""
    if not schedule and not validity:
        return Times(send_at=None, validity_seconds=None)
    send_at = parse_time(schedule, now, fault=_S.RINVSCHED)
    until = parse_time(validity, now, fault=_S.RINVEXPIRY)
    if until is None:
        return Times(send_at=send_at, validity_seconds=None)
    start = now if send_at is None or send_at < now else send_at
    seconds = math.ceil((until - start).total_seconds())
    if seconds <= 0:
        raise AnswerableError("validity ends before it begins", command_status=_S.RINVEXPIRY)
    return Times(send_at=send_at, validity_seconds=seconds)


def replaced_callback(pdu: ReplaceSm, credential_id: int) -> str | None:
    """Where receipts go from now on; None leaves it as it was."""
    return _callback(pdu.registered_delivery, credential_id)


def _draft(
    pdu: Submit,
    recipient: str,
    content: Content,
    terms: Terms,
    *,
    credential_id: int,
    now: datetime,
) -> Draft:
    if isinstance(pdu, DataSm):
        times = Times(send_at=None, validity_seconds=tlv_int(pdu.tlvs, Tag.QOS_TIME_TO_LIVE))
        priority = 0
    else:
        _take_whole(pdu)
        times = read_times(pdu.schedule_delivery_time, pdu.validity_period, now)
        priority = pdu.priority_flag
    if pdu.esm_class & EsmClass.TYPE_MASK:
        raise AnswerableError("no acknowledgements are passed on", command_status=_S.RINVESMCLASS)
    reference = tlv_int(pdu.tlvs, Tag.USER_MESSAGE_REFERENCE) if pdu.tlvs else None
    return Draft(
        recipient=recipient,
        sender=pdu.source_addr or None,
        text=content.text,
        body=content.body,
        udh=content.udh,
        encoding=content.encoding,
        flash=content.flash,
        traffic_class=_SERVICE_TYPES.get(pdu.service_type, terms.traffic_class),
        priority=priority,
        send_at=times.send_at,
        validity_seconds=times.validity_seconds,
        reference=None if reference is None else str(reference),
        callback=_callback(pdu.registered_delivery, credential_id),
    )


def _take_whole(pdu: SubmitSm | SubmitMulti) -> None:
    """Refuse what would have to be dropped."""
    if pdu.replace_if_present_flag:
        raise AnswerableError("nothing is replaced by a submit", command_status=_S.RINVREPFLAG)
    if pdu.sm_default_msg_id:
        raise AnswerableError("there are no canned messages", command_status=_S.RINVDFTMSGID)
    if pdu.priority_flag > _HIGHEST_PRIORITY:
        raise AnswerableError("priority is 0 to 3", command_status=_S.RINVPRTFLG)


def _callback(registered_delivery: int, credential_id: int) -> str | None:
    """Where receipts go: to the sessions of this credential, as many as were asked for."""
    if registered_delivery & RegisteredDelivery.INTERMEDIATE:
        return session_callback(credential_id, "all")
    wish = _WISHES.get(registered_delivery & RegisteredDelivery.RECEIPT_MASK)
    return None if wish is None else session_callback(credential_id, wish)
