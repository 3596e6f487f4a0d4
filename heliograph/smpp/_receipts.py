"""Delivery receipts, by text and by TLVs (3.4 appendix B, and what is seen on real links): tolerant in,
strict out. Whatever was said is kept as it was said beside what it means; a word that is not known
becomes UNKNOWN, and nothing raises for what a peer wrote.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from heliograph.smpp._coding import MessageState, is_receipt
from heliograph.smpp._errors import LocalProtocolError
from heliograph.smpp._pdus import DataSm, DeliverSm
from heliograph.smpp._tlvs import Tag, Tlvs, find_tlv, tlv, tlv_int, tlv_text

__all__ = [
    "Receipt",
    "format_receipt_text",
    "message_id_candidates",
    "normalise_message_id",
    "parse_receipt",
    "parse_receipt_text",
    "receipt_tlvs",
]

_STATES: Final[dict[str, MessageState]] = {
    "ENROUTE": MessageState.ENROUTE,
    "DELIVRD": MessageState.DELIVERED,
    "EXPIRED": MessageState.EXPIRED,
    "DELETED": MessageState.DELETED,
    "UNDELIV": MessageState.UNDELIVERABLE,
    "ACCEPTD": MessageState.ACCEPTED,
    "UNKNOWN": MessageState.UNKNOWN,
    "REJECTD": MessageState.REJECTED,
}
_BY_NUMBER: Final[dict[int, MessageState]] = {int(state): state for state in MessageState}
_INTERMEDIATE: Final = frozenset({MessageState.ENROUTE, MessageState.SCHEDULED})
_WORDS: Final[dict[MessageState, str]] = {state: word for word, state in _STATES.items()}
# Longer or shorter spellings, by their beginnings, in the order they are tried.
_BEGINNINGS: Final[tuple[tuple[str, MessageState], ...]] = (
    ("DELIV", MessageState.DELIVERED),
    ("UNDEL", MessageState.UNDELIVERABLE),
    ("EXPIR", MessageState.EXPIRED),
    ("DELET", MessageState.DELETED),
    ("ACCEP", MessageState.ACCEPTED),
    ("REJ", MessageState.REJECTED),
    ("ENR", MessageState.ENROUTE),
    ("BUFF", MessageState.ENROUTE),
)

# A label counts only at the beginning or after a blank, so that a text cannot forge another's label.
_LABELS: Final = re.compile(
    r"(?:^|(?<=\s))(id|sub|dlvrd|submit[ _]date|done[ _]date|stat|err|text)\s?:", re.IGNORECASE
)
# As nearly all receipts are written; the labels cannot stand within these fields.
_USUAL: Final = re.compile(
    r"id:([0-9A-Za-z-]*) sub:([0-9]*) dlvrd:([0-9]*) submit date:([0-9]*) done date:([0-9]*)"
    r" stat:([A-Z]*) err:([0-9A-F]*) text:(.*)",
    re.DOTALL | re.IGNORECASE,
)
_USUAL_NAMES: Final = ("id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text")
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
# By the number of digits in a date, how many of them may be the year's (strptime takes far longer).
_YEAR_DIGITS: Final[dict[int, tuple[int, ...]]] = {10: (2,), 12: (2, 4), 14: (4,)}
_MESSAGE_ID: Final = re.compile(r"[!-~]{1,64}")
_STATE_TLVS: Final = {state: tlv(Tag.MESSAGE_STATE, int(state)) for state in MessageState}
_MAX_TEXT_OCTETS: Final = 4096
_TEXT_CHARACTERS: Final = 20


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery receipt. Dates are UTC; `stat`, `error` and both ids are as the peer wrote them.

    `message_id` is that of the TLV, or of the text where there is no TLV; `text_message_id` that of the
    text. `network_error_code` is the TLV's (network type, code). None and "" mean: not said.
    """

    message_id: str = ""
    text_message_id: str = ""
    state: MessageState = MessageState.UNKNOWN
    stat: str = ""
    error: str = ""
    submitted_count: int | None = None
    delivered_count: int | None = None
    submitted_at: datetime | None = None
    done_at: datetime | None = None
    text: str = ""
    network_error_code: tuple[int, int] | None = None
    is_intermediate: bool = False


def parse_receipt(
    pdu: DeliverSm | DataSm, *, utc_offset_minutes: int = 0, accept_unmarked: bool = True
) -> Receipt | None:
    """The receipt in a deliver_sm or data_sm, or None when it is none.

    It is one when esm_class says so, or its TLVs are a receipt's, or, if `accept_unmarked`, its text has
    the id and the state of one: some SMSCs send them with esm_class 0, and so could any handset.
    `utc_offset_minutes` is where the peer's clock is.
    """
    tlvs = pdu.tlvs
    tlv_id = tlv_text(tlvs, Tag.RECEIPTED_MESSAGE_ID) if tlvs else None
    told = tlv_int(tlvs, Tag.MESSAGE_STATE) if tlvs else None
    content = pdu.short_message if isinstance(pdu, DeliverSm) else b""
    content = content or find_tlv(tlvs, Tag.MESSAGE_PAYLOAD) or b""
    marked = is_receipt(pdu.esm_class)
    unmarked = accept_unmarked and content[:3].lower() == b"id:"
    if not (marked or tlv_id or unmarked):
        return None
    network = find_tlv(tlvs, Tag.NETWORK_ERROR_CODE) if tlvs else None
    receipt = _receipt(
        content[:_MAX_TEXT_OCTETS].decode("latin-1"),
        utc_offset_minutes,
        tlv_id=tlv_id,
        told=None if told is None else _BY_NUMBER.get(told, MessageState.UNKNOWN),
        network=(network[0], int.from_bytes(network[1:], "big")) if network else None,
        intermediate=bool(pdu.esm_class & 0x20 and not pdu.esm_class & 0x04),
    )
    if not (marked or tlv_id) and not (receipt.text_message_id and receipt.stat):
        return None
    return receipt


def parse_receipt_text(text: str, *, utc_offset_minutes: int = 0) -> Receipt:
    """What a receipt's text says, in any order and with any field missing. Never raises."""
    return _receipt(text, utc_offset_minutes)


def _receipt(
    text: str,
    utc_offset_minutes: int,
    *,
    tlv_id: str | None = None,
    told: MessageState | None = None,
    network: tuple[int, int] | None = None,
    intermediate: bool = False,
) -> Receipt:
    """What a text says, and TLVs beside it, which go before it."""
    usual = _USUAL.fullmatch(text)
    said = _fields(text) if usual is None else usual.groups()
    message_id, submitted, delivered, submitted_at, done_at, stat, error, words = said
    state = _state_word(stat)
    if state is None and _state_word(error) is not None:  # seen: the two swapped
        stat, error, state = error, stat, _state_word(error)
    if told is not None:
        state = told
    return Receipt(
        message_id=tlv_id or message_id,
        text_message_id=message_id,
        state=MessageState.UNKNOWN if state is None else state,
        stat=stat,
        error=error,
        submitted_count=_count(submitted),
        delivered_count=_count(delivered),
        submitted_at=_date(submitted_at, utc_offset_minutes),
        done_at=_date(done_at, utc_offset_minutes),
        text=words.rstrip("\0"),
        network_error_code=network,
        is_intermediate=intermediate or state in _INTERMEDIATE,
    )


def _fields(text: str) -> tuple[str, ...]:
    """The fields of an unusual text, in the order of `_USUAL`; "" for what it does not have."""
    said = _said(text)
    return tuple(said.get(name, "") for name in _USUAL_NAMES)


def _said(text: str) -> dict[str, str]:
    """By label, what stands behind it."""
    said: dict[str, str] = {}
    found = list(_LABELS.finditer(text))
    for index, label in enumerate(found):
        name = label[1].lower().replace("_", " ")
        if name in said:
            continue
        if name == "text":
            said[name] = text[label.end() :]
            break
        end = found[index + 1].start() if index + 1 < len(found) else len(text)
        said[name] = text[label.end() : end].strip(" \0\r\n\t")
    return said


def _state_word(word: str) -> MessageState | None:
    upper = word.upper()
    if upper in _STATES:
        return _STATES[upper]
    for beginning, state in _BEGINNINGS:
        if upper.startswith(beginning):
            return state
    return MessageState.REJECTED if "REJECT" in upper else None  # seen: DND_REJECTED


def _count(digits: str) -> int | None:
    """sub and dlvrd: at most nine digits, or they are not counted."""
    return (
        int(digits)
        if digits and digits.isascii() and digits.isdigit() and len(digits) < 10
        else None
    )


@lru_cache(maxsize=1024)  # receipts come in bursts of the same minute
def _date(digits: str, utc_offset_minutes: int) -> datetime | None:
    """YYMMDDhhmm, YYMMDDhhmmss or YYYYMMDDhhmmss (both have been seen with 12 or 14 digits)."""
    if not digits or _DIGITS.fullmatch(digits) is None:
        return None
    for year_digits in _YEAR_DIGITS.get(len(digits), ()):
        year = int(digits[:year_digits])
        pairs = [int(digits[at : at + 2]) for at in range(year_digits, len(digits), 2)]
        try:
            local = datetime(year if year_digits == 4 else 2000 + year, *pairs, tzinfo=UTC)  # type: ignore[arg-type,misc]
            return local - timedelta(minutes=utc_offset_minutes)
        except (ValueError, OverflowError):
            continue
    return None


def format_receipt_text(
    *,
    message_id: str,
    state: MessageState,
    submitted_at: datetime,
    done_at: datetime,
    error: int = 0,
    text: bytes = b"",
    submitted_count: int = 1,
    delivered_count: int | None = None,
) -> bytes:
    """The text of a receipt, such as the strictest readers (Kannel, jsmpp, cloudhopper) take: every field,
    ten-digit UTC dates, three digits of error, the first 20 octets of `text`, which is the message without
    its user data header in the default alphabet (b"" for a message in another).

    Raises `LocalProtocolError` for an id with a blank or above 64 octets, an error above 999, or a
    state that the 3.4 words cannot tell (SCHEDULED and SKIPPED: their 5.0 words are not settled).
    """
    if (
        not message_id.isascii()
        or not 0 < len(message_id) <= 64
        or not message_id.isprintable()
        or " " in message_id
    ):
        raise LocalProtocolError("a message id is 1 to 64 ASCII characters without blanks")
    word = _WORDS.get(state)
    if word is None or not 0 <= error <= 999:
        raise LocalProtocolError("a receipt tells a 3.4 state and an error of at most 999")
    delivered = delivered_count
    if delivered is None:
        delivered = submitted_count if state is MessageState.DELIVERED else 0
    head = (
        f"id:{message_id} sub:{min(submitted_count, 999):03} dlvrd:{min(delivered, 999):03}"
        f" submit date:{_ten_digits(submitted_at)} done date:{_ten_digits(done_at)}"
        f" stat:{word} err:{error:03} text:"
    )
    return head.encode("ascii") + text[:_TEXT_CHARACTERS]


def _ten_digits(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise LocalProtocolError("a receipt's dates are aware")
    return _minute(int(moment.timestamp()) // 60)


@lru_cache(maxsize=1024)  # receipts come in bursts of the same minute
def _minute(minutes: int) -> str:
    return f"{datetime.fromtimestamp(minutes * 60, UTC):%y%m%d%H%M}"


def receipt_tlvs(
    *, message_id: str, state: MessageState, network_error_code: tuple[int, int] | None = None
) -> Tlvs:
    """receipted_message_id and message_state, which Kannel takes only together, and network_error_code
    as (network type, code) if there is one. Only for peers of 3.4 and above.
    """
    tlvs = (tlv(Tag.RECEIPTED_MESSAGE_ID, message_id), _STATE_TLVS[state])
    if network_error_code is None:
        return tlvs
    kind, code = network_error_code
    if not (0 <= kind <= 0xFF and 0 <= code <= 0xFFFF):
        raise LocalProtocolError("network_error_code is one octet of type and two of code")
    octets = bytes((kind,)) + code.to_bytes(2, "big")
    return (*tlvs, tlv(Tag.NETWORK_ERROR_CODE, octets))


def normalise_message_id(message_id: str) -> str:
    """One form for ids that differ by case, blanks, hyphens or leading zeros only. For comparing, not
    for showing: the peer is always answered with its own spelling.
    """
    plain = message_id.strip(" \0").replace("-", "").lower()
    return plain.lstrip("0") or ("0" if plain else "")


def message_id_candidates(message_id: str) -> tuple[str, ...]:
    """The normalised ids under which a receipt's message may be known, likeliest first: as written, then
    hex read as decimal and decimal as hex, for SMSCs that say one in submit_sm_resp and the other here.

    Store `normalise_message_id` of the id in submit_sm_resp and look any of these up.
    """
    plain = normalise_message_id(message_id)
    found = [plain]
    if plain.isascii() and plain.isalnum() and len(plain) <= 20:
        if plain.isdigit():
            found.append(f"{int(plain):x}")
        if len(plain) <= 16 and all(digit in "0123456789abcdef" for digit in plain):
            found.append(str(int(plain, 16)))
    return tuple(dict.fromkeys(found))
