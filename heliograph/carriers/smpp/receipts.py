"""What an SMSC brings: deliver_sm and data_sm to receipts and to messages from handsets, and what it answers
to query_sm.

Pure readings of one PDU, or of the joined parts of a message. Whatever was said is kept; what the
database cannot hold (NUL) is left out. It must never acknowledge anything.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from heliograph.carriers.smpp.codes import reading_of, vendor_code_of
from heliograph.carriers.smpp.profile import Profile
from heliograph.model.report import Arrival, OpenId, Receipt
from heliograph.model.status import Status
from heliograph.smpp import (
    Alphabet,
    AnswerableError,
    DataSm,
    DeliverSm,
    MessageState,
    QuerySmResp,
    Tag,
    find_tlv,
    message_id_candidates,
    normalise_message_id,
    parse_receipt,
    parse_time,
    read_data_coding,
)
from heliograph.smpp import Receipt as Told
from heliograph.text import UdhError, decode_gsm7, decode_ucs2, parse_udh

_MOST_RAW: Final = 2000
_MINUTE: Final = timedelta(minutes=1)
_NAMED_TLVS: Final = (Tag.RECEIPTED_MESSAGE_ID, Tag.MESSAGE_STATE, Tag.NETWORK_ERROR_CODE)
_CODECS: Final[dict[Alphabet, str]] = {
    Alphabet.IA5: "ascii",
    Alphabet.LATIN1: "latin-1",
    Alphabet.JIS: "shift_jis",
    Alphabet.CYRILLIC: "iso8859-5",
    Alphabet.HEBREW: "iso8859-8",
    Alphabet.ISO_2022_JP: "iso2022_jp",
    Alphabet.EXTENDED_KANJI: "euc_jp",
    Alphabet.KS_C_5601: "euc_kr",
}
_STATES: Final[dict[int, MessageState]] = {int(state): state for state in MessageState}
_IA5: Final = bytes(range(0x20, 0x80)) + b"\t\n\r"
_OWN: Final = {"latin1": "latin-1", "ascii": "ascii"}


def taken_id(profile: Profile, message_id: str) -> str:
    """The id of a submit_sm_resp in the form under which receipts will find it."""
    return message_id if profile.id_form == "as_is" else normalise_message_id(message_id)


def asked_id(profile: Profile, carrier_message_id: str) -> str:
    """The id that the SMSC gave, from the form in which `taken_id` keeps it."""
    if profile.id_form == "as_is":
        return carrier_message_id
    plain = carrier_message_id.upper() if profile.query_id_upper else carrier_message_id
    return plain.rjust(profile.query_id_digits, "0")


def receipt_of_answer(
    profile: Profile, carrier_id: int, open_id: OpenId, answer: QuerySmResp, now: datetime
) -> Receipt | None:
    """The delivery report that a query_sm_resp amounts to; None when the message has not ended.

    A final_date that cannot be read, or that is still to come, counts as now.
    """
    state = _STATES.get(answer.message_state, MessageState.UNKNOWN)
    told = Told(
        message_id=open_id.carrier_message_id,
        state=state,
        stat=state.name,
        error=str(answer.error_code),
    )
    status, reason = reading_of(profile, told)
    if status is Status.SENT:
        return None
    try:
        at = parse_time(answer.final_date, now) or now
    except AnswerableError:
        at = now
    return Receipt(
        carrier_id=carrier_id,
        carrier_message_id=open_id.carrier_message_id,
        status=status,
        reason=reason,
        vendor_code=vendor_code_of(told),
        at=min(at, now),
        raw=f"query_sm_resp message_state:{answer.message_state} error_code:{answer.error_code}"
        f" final_date:{_clean(answer.final_date)}",
    )


def receipt_ids(profile: Profile, told: Told) -> tuple[str, tuple[str, ...]]:
    """The id that a receipt means, and the others it may mean, likeliest first."""
    message_id = told.message_id
    match profile.id_form:
        case "as_is":
            return message_id, ()
        case "hex":
            return _converted(message_id, 10, "x"), ()
        case "decimal":
            return _converted(message_id, 16, "d"), ()
        case _:
            found = dict.fromkeys(message_id_candidates(message_id))
            if told.text_message_id != message_id:
                found |= dict.fromkeys(message_id_candidates(told.text_message_id))
            first, *others = found
            return first, tuple(form for form in others if form)


def _converted(message_id: str, base: int, form: str) -> str:
    """From one base to the other; what is no such number stays what it is."""
    plain = normalise_message_id(message_id)
    try:
        return format(int(plain, base), form) if plain.isalnum() and plain.isascii() else plain
    except ValueError:
        return plain


def receipt_of(
    profile: Profile, carrier_id: int, pdu: DeliverSm | DataSm, now: datetime
) -> Receipt | None:
    """The delivery report in a PDU; None when it is a message from a handset.

    Intermediate ones are SENT, which changes nothing and is kept for the trace.
    """
    if not (pdu.esm_class & 0x3C or pdu.tlvs or profile.unmarked_receipts):
        return None
    told = parse_receipt(
        pdu,
        utc_offset_minutes=profile.utc_offset_minutes,
        accept_unmarked=profile.unmarked_receipts,
    )
    if told is None:
        return None
    message_id, others = receipt_ids(profile, told)
    status, reason = reading_of(profile, told)
    vendor_code = vendor_code_of(told)
    return Receipt(
        carrier_id=carrier_id,
        carrier_message_id=_clean(message_id),
        status=status,
        reason=reason,
        vendor_code=None if vendor_code is None else _clean(vendor_code),
        at=_when(told.done_at, now),
        raw=_raw(pdu),
        other_forms=others,
    )


def _when(done_at: datetime | None, now: datetime) -> datetime:
    """When it happened. Most carriers know no seconds, and a minute's beginning may be before the message
    was sent; a clock that is ahead of ours is wrong."""
    if done_at is None or done_at > now:
        return now
    return now if done_at.second == 0 and now - done_at < _MINUTE else done_at


def _raw(pdu: DeliverSm | DataSm) -> str:
    """The text as it came, or the TLVs where there is none."""
    content = pdu.short_message if isinstance(pdu, DeliverSm) else b""
    content = content or find_tlv(pdu.tlvs, Tag.MESSAGE_PAYLOAD) or b""
    if content:
        return _clean(content[:_MOST_RAW].decode("latin-1"))
    return " ".join(
        f"{tag:04x}={value[:_MOST_RAW].hex()}" for tag, value in pdu.tlvs if tag in _NAMED_TLVS
    )


def arrival_of(
    profile: Profile,
    carrier_id: int,
    pdu: DeliverSm | DataSm,
    *,
    udh: bytes,
    octets: bytes,
    now: datetime,
) -> Arrival:
    """A message from a handset. `octets` are those of the whole message after its header."""
    text = _text(profile, pdu.data_coding, udh, octets)
    return Arrival(
        carrier_id=carrier_id,
        sender=pdu.source_addr.removeprefix("+"),
        recipient=pdu.destination_addr.removeprefix("+"),
        text="" if text is None else _clean(text),
        body=octets if text is None else None,
        at=now,
    )


def _text(profile: Profile, dcs: int, udh: bytes, octets: bytes) -> str | None:
    """The characters of a message; None for octets, and for what cannot be read."""
    coding = read_data_coding(dcs)
    if coding is None or coding.compressed:
        return None
    match coding.alphabet:
        case Alphabet.UCS2:
            return decode_ucs2(octets, tolerant=True)
        case Alphabet.DEFAULT if profile.alphabet == "gsm":
            locking, single = _shifts(udh)
            return decode_gsm7(octets, locking=locking, single=single)
        case Alphabet.IA5 if _has_controls(octets):
            return decode_gsm7(octets)
        case Alphabet.DEFAULT:
            return octets.decode(_OWN[profile.alphabet], "replace")
        case alphabet if alphabet in _CODECS:
            return octets.decode(_CODECS[alphabet], "replace")
        case _:
            return None


def _has_controls(octets: bytes) -> bool:
    """Control characters are in no IA5 text; npm smpp says IA5 and writes GSM 7-bit (@ is 0, $ is 2)."""
    return bool(octets.translate(None, _IA5))


def _shifts(udh: bytes) -> tuple[int, int]:
    """The national tables that a header names."""
    if not udh:
        return 0, 0
    try:
        header = parse_udh(udh)
    except UdhError:
        return 0, 0
    return header.locking, header.single


def _clean(text: str) -> str:
    return text.replace("\0", "")
