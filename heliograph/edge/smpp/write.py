"""From answers, events and messages to PDUs. Receipts are such as the strictest readers take: full text, TLVs
that agree with it, addresses the other way round, the message id in the very octets of submit_sm_resp.
Pure; it must never show an id that is not sealed.
"""

from __future__ import annotations

from typing import Any, Final

from heliograph.edge.smpp.codes import STATES
from heliograph.edge.smpp.settings import Terms
from heliograph.model.ids import made_at, seal
from heliograph.model.message import Event, Inbound, Message, MessageRecord
from heliograph.model.status import SETTLED
from heliograph.smpp import (
    DataSm,
    DeliverSm,
    EsmClass,
    Npi,
    QuerySmResp,
    Tag,
    Tlvs,
    Ton,
    format_absolute_time,
    format_receipt_text,
    receipt_tlvs,
    tlv,
)
from heliograph.text import (
    Encoding,
    UnencodableError,
    choose,
    choose_binary,
    encode_gsm7,
    encode_ucs2,
    pack_septets,
    segment,
)

__all__ = ["address", "arrival", "query_answer", "receipt", "write_id"]

DIALECT: Final = "smpp"
_V34: Final = 0x34
_LONGEST_SHORT_MESSAGE: Final = 254
_DEFAULT, _BINARY, _UCS2 = 0x00, 0x04, 0x08
_GSM_NETWORK: Final = 3
_ONE_OCTET: Final = 0xFF
_REFERENCES: Final = 0x10000
_SHORTEST_MSISDN: Final = 9


def write_id(key: bytes, number: int, terms: Terms) -> str:
    """A message id as the customer sees it: sealed, 16 lower-case hexadecimal digits or decimal."""
    sealed = seal(key, number)
    return str(sealed) if terms.decimal_ids else f"{sealed:016x}"


def wire_id(message: Message, key: bytes, terms: Terms) -> str:
    """The id that the submit of this message was answered with: submit_multi has one for all."""
    shared = message.submission_id if message.dialect == DIALECT else None
    return write_id(key, shared or message.id, terms)


def address(text: str) -> tuple[int, int]:
    """TON and NPI of one of our addresses."""
    if not (text.isascii() and text.isdecimal()):
        return Ton.ALPHANUMERIC, Npi.UNKNOWN
    return (Ton.INTERNATIONAL if len(text) >= _SHORTEST_MSISDN else Ton.UNKNOWN), Npi.ISDN


def query_answer(record: MessageRecord, message_id: str) -> QuerySmResp:
    """What query_sm is told; the error code has one octet, and 255 stands for larger ones."""
    ended = record.status in SETTLED
    return QuerySmResp(
        message_id=message_id,
        final_date=format_absolute_time(record.updated_at) if ended else "",
        message_state=STATES[record.status],
        error_code=min(int(record.reason), _ONE_OCTET),
    )


def receipt(
    event: Event, record: MessageRecord, key: bytes, terms: Terms, version: int
) -> DeliverSm | DataSm:
    """The receipt of one event, for a session that speaks `version`."""
    message = record.message
    state = STATES[event.status]
    message_id = wire_id(message, key, terms)
    reason = int(event.reason)
    with_tlvs = terms.receipt_tlvs and version >= _V34
    text = b""
    if terms.receipt_text or not with_tlvs:
        text = format_receipt_text(
            message_id=message_id,
            state=state,
            submitted_at=made_at(message.id),
            done_at=event.at,
            error=min(reason, 999),
            # Readers take a receipt for ASCII, whatever the alphabet of messages is.
            text=message.text[:20].encode("ascii", "replace"),
        )
    tlvs: Tlvs = ()
    if with_tlvs:
        network_error = (_GSM_NETWORK, reason) if 0 < reason <= _ONE_OCTET else None
        tlvs = receipt_tlvs(message_id=message_id, state=state, network_error_code=network_error)
        if message.reference is not None and _is_reference(message.reference):
            tlvs = (*tlvs, tlv(Tag.USER_MESSAGE_REFERENCE, int(message.reference)))
    carried = DataSm if terms.receipt_by_data_sm and version >= _V34 else DeliverSm
    return carried(
        **_addresses(message.recipient, message.sender),
        esm_class=(
            EsmClass.DELIVERY_RECEIPT
            if event.status in SETTLED
            else EsmClass.INTERMEDIATE_NOTIFICATION
        ),
        **_body(carried, text, tlvs),
    )


def _body(kind: type[DeliverSm | DataSm], text: bytes, tlvs: Tlvs) -> dict[str, Any]:
    """data_sm has its text in a TLV."""
    if kind is DeliverSm:
        return {"short_message": text, "tlvs": tlvs}
    return {"tlvs": (*tlvs, tlv(Tag.MESSAGE_PAYLOAD, text)) if text else tlvs}


def _addresses(source: str, target: str) -> dict[str, Any]:
    source_ton, source_npi = address(source)
    target_ton, target_npi = address(target)
    return {
        "source_addr_ton": source_ton,
        "source_addr_npi": source_npi,
        "source_addr": source,
        "dest_addr_ton": target_ton,
        "dest_addr_npi": target_npi,
        "destination_addr": target,
    }


def arrival(inbound: Inbound, terms: Terms, version: int) -> tuple[DeliverSm, ...]:
    """A message from a handset, in as many deliver_sm as it needs."""
    octets, coding = _octets(inbound, terms)
    if len(octets) <= _LONGEST_SHORT_MESSAGE:
        return (_delivered(inbound, octets, coding),)
    if terms.inbound_by_payload and version >= _V34:
        payload = (tlv(Tag.MESSAGE_PAYLOAD, octets),)
        return (_delivered(inbound, b"", coding, tlvs=payload),)
    return _in_parts(inbound, terms)


def _octets(inbound: Inbound, terms: Terms) -> tuple[bytes, int]:
    """The whole message in the alphabet that the customer reads it in, and its data_coding."""
    if inbound.body is not None:
        return inbound.body, _BINARY
    try:
        if terms.alphabet in ("latin1", "ascii"):
            codec = "latin-1" if terms.alphabet == "latin1" else "ascii"
            return inbound.text.encode(codec), _DEFAULT
        octets = encode_gsm7(inbound.text)
    except (UnencodableError, UnicodeEncodeError):
        return encode_ucs2(inbound.text), _UCS2
    return (pack_septets(octets) if terms.alphabet == "gsm_packed" else octets), _DEFAULT


def _in_parts(inbound: Inbound, terms: Terms) -> tuple[DeliverSm, ...]:
    content: str | bytes = inbound.text if inbound.body is None else inbound.body
    gsm = terms.alphabet == "gsm"
    if isinstance(content, bytes):
        choice = choose_binary(content)
    else:
        choice = choose(content, force=None if gsm else Encoding.UCS2)
    coding = {Encoding.GSM7: _DEFAULT, Encoding.UCS2: _UCS2}.get(choice.encoding, _BINARY)
    parts = segment(content, choice, reference=inbound.id % _REFERENCES, wide_reference=True)
    return tuple(
        _delivered(inbound, part.user_data, coding, esm_class=EsmClass.UDHI if part.udh else 0)
        for part in parts
    )


def _delivered(
    inbound: Inbound, octets: bytes, coding: int, *, esm_class: int = 0, tlvs: Tlvs = ()
) -> DeliverSm:
    return DeliverSm(
        **_addresses(inbound.sender, inbound.recipient),
        esm_class=esm_class,
        data_coding=coding,
        short_message=octets,
        tlvs=tlvs,
    )


def _is_reference(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= 5 and int(word) < _REFERENCES
