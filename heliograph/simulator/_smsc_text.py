"""What an SMSC reads from a submission and writes for a handset's message: octets to text and back.

Reading is tolerant, since a handset shows whatever it was sent; writing is strict. It must never look at
a session: which version the peer speaks and whether it takes TLVs is decided where the PDU is sent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from heliograph.model.status import Status
from heliograph.simulator._smsc_book import Address, Booked
from heliograph.smpp import (
    Alphabet,
    AnswerableError,
    CommandStatus,
    DeliverSm,
    EsmClass,
    MessageState,
    Npi,
    Ton,
    format_receipt_text,
    read_data_coding,
    receipt_tlvs,
)
from heliograph.text import (
    Encoding,
    UdhError,
    choose,
    choose_binary,
    decode_gsm7,
    decode_ucs2,
    parse_udh,
    segment,
)

STATES: Final[dict[Status, MessageState]] = {
    Status.DELIVERED: MessageState.DELIVERED,
    Status.UNDELIVERED: MessageState.UNDELIVERABLE,
    Status.EXPIRED: MessageState.EXPIRED,
    Status.REJECTED: MessageState.REJECTED,
}
_CODECS: Final[dict[Alphabet, str]] = {
    Alphabet.LATIN1: "latin-1",
    Alphabet.IA5: "latin-1",
    Alphabet.CYRILLIC: "iso-8859-5",
    Alphabet.HEBREW: "iso-8859-8",
    Alphabet.JIS: "shift_jis",
    Alphabet.ISO_2022_JP: "iso2022_jp",
    Alphabet.KS_C_5601: "euc_kr",
}
_DATA_CODINGS: Final[dict[Encoding, int]] = {
    Encoding.GSM7: 0x00,
    Encoding.UCS2: 0x08,
    Encoding.BINARY: 0x04,
}
# network_error_code's first octet (3.4, 5.3.2.31): 3 is GSM.
_GSM_NETWORK: Final = 3
_RECEIPT: Final = int(EsmClass.DELIVERY_RECEIPT)


def read_content(octets: bytes, udh: bytes, data_coding: int) -> tuple[str, bytes | None]:
    """A message's text, or "" and its octets where it is binary; `octets` come without their header.

    Raises `AnswerableError` RINVDCS for a data_coding that means nothing.
    """
    coding = read_data_coding(data_coding)
    if coding is None:
        raise AnswerableError(
            f"data_coding 0x{data_coding:02X} is reserved", command_status=CommandStatus.RINVDCS
        )
    alphabet = coding.alphabet
    if alphabet is Alphabet.DEFAULT and not coding.compressed:
        if not udh:
            return decode_gsm7(octets), None
        locking, single = _shifts(udh)
        return decode_gsm7(octets, locking=locking, single=single), None
    if alphabet is Alphabet.UCS2:
        return decode_ucs2(octets, tolerant=True), None
    codec = _CODECS.get(alphabet)
    if codec is None or coding.compressed:
        return "", octets
    return octets.decode(codec, "replace"), None


def _shifts(udh: bytes) -> tuple[int, int]:
    try:
        header = parse_udh(udh)
    except UdhError:
        return 0, 0
    return header.locking, header.single


def address_of(number: str) -> Address:
    """TON, NPI and digits of an MSISDN, or of a name or short code."""
    if not number.isdecimal():
        return int(Ton.ALPHANUMERIC), int(Npi.UNKNOWN), number
    if len(number) < 7:
        return int(Ton.ABBREVIATED), int(Npi.ISDN), number
    return int(Ton.INTERNATIONAL), int(Npi.ISDN), number


def inbound_pdus(
    sender: str, recipient: str, text: str, body: bytes | None, *, reference: int
) -> tuple[DeliverSm, ...]:
    """The deliver_sm, one or several, that bring a handset's message."""
    if body is None:
        parts = segment(text, choose(text), reference=reference)
    else:
        parts = segment(body, choose_binary(body), reference=reference)
    source, destination = address_of(sender), address_of(recipient)
    return tuple(
        DeliverSm(
            source_addr_ton=source[0],
            source_addr_npi=source[1],
            source_addr=source[2],
            dest_addr_ton=destination[0],
            dest_addr_npi=destination[1],
            destination_addr=destination[2],
            esm_class=int(EsmClass.UDHI) if part.udh else 0,
            data_coding=_DATA_CODINGS[part.encoding],
            short_message=part.user_data,
        )
        for part in parts
    )


def receipt_pdu(
    booked: Booked, *, message_id: str, state: MessageState, done_at: datetime, error: int
) -> DeliverSm:
    """The delivery receipt of a submission, as the strictest readers want it (addresses swapped)."""
    return DeliverSm(
        source_addr_ton=booked.destination[0],
        source_addr_npi=booked.destination[1],
        source_addr=booked.destination[2],
        dest_addr_ton=booked.source[0],
        dest_addr_npi=booked.source[1],
        destination_addr=booked.source[2],
        esm_class=_RECEIPT,
        short_message=format_receipt_text(
            message_id=message_id,
            state=state,
            submitted_at=datetime.fromtimestamp(booked.at, UTC),
            done_at=done_at,
            error=error,
            text=booked.text,
        ),
        tlvs=receipt_tlvs(
            message_id=message_id,
            state=state,
            network_error_code=(_GSM_NETWORK, error) if error else None,
        ),
    )
