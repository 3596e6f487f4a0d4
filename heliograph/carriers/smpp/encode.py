"""A message to its submit_sm PDUs, by a carrier's profile.

Parts, header, data_coding, addresses and validity are decided here and nowhere else. What the profile
cannot carry goes as UCS2 or is refused by an error: a text is never changed and a character never
replaced. It reads no clock and knows no connection.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from heliograph.carriers.smpp.profile import Profile
from heliograph.model.message import Encoding, Message
from heliograph.smpp import (
    Alphabet,
    EsmClass,
    LocalProtocolError,
    QuerySm,
    SubmitSm,
    Tag,
    Tlvs,
    Ton,
    data_coding,
    format_absolute_time,
    format_relative_time,
    sar_tlvs,
    tlv,
)
from heliograph.text import (
    Choice,
    TextError,
    UnencodableError,
    choose,
    choose_binary,
    decode_gsm7,
    encode_gsm7,
    encode_ucs2,
    segment,
)
from heliograph.text import Encoding as TextEncoding

_USER_DATA_BITS: Final = 1120  # 140 octets: 3GPP TS 23.040, clause 9.2.3.24
_LONGEST_VALIDITY_SECONDS: Final = 99 * 86_400
_SENDERS_REMEMBERED: Final = 4096
_MOST_ADDRESS: Final = 20
_CODECS: Final = {"latin1": "latin-1", "ascii": "ascii"}
_FORCED: Final[dict[Encoding, TextEncoding | None]] = {
    Encoding.AUTO: None,
    Encoding.GSM7: TextEncoding.GSM7,
    Encoding.GSM7_NATIONAL: TextEncoding.GSM7_NATIONAL,
    Encoding.UCS2: TextEncoding.UCS2,
    Encoding.BINARY: None,
}
_ALPHABETS: Final[dict[TextEncoding, Alphabet]] = {
    TextEncoding.GSM7: Alphabet.DEFAULT,
    TextEncoding.GSM7_NATIONAL: Alphabet.DEFAULT,
    TextEncoding.UCS2: Alphabet.UCS2,
    TextEncoding.BINARY: Alphabet.BINARY,
}


class _Address(NamedTuple):
    ton: int
    npi: int
    digits: str


class _Piece(NamedTuple):
    """What differs from part to part."""

    udh: bytes
    body: bytes
    tlvs: Tlvs = ()


class Encoder:
    """Makes PDUs for one carrier."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._codec = _CODECS.get(profile.alphabet)
        self._wide = profile.long_message == "udh16"
        self._senders: dict[str, _Address] = {}
        self._dcs = {
            TextEncoding.GSM7: profile.gsm_dcs,
            TextEncoding.GSM7_NATIONAL: profile.gsm_dcs,
            TextEncoding.UCS2: profile.ucs2_dcs,
            TextEncoding.BINARY: profile.binary_dcs,
        }

    def submissions(
        self, message: Message, *, reference: int, now: datetime, allows_tlvs: bool = True
    ) -> list[SubmitSm]:
        """The PDUs of a message, in the order of its parts.

        `reference` (0 to 65535) is used where there are several. Raises TextError for what no
        encoding of this carrier holds, LocalProtocolError for a sender that SMPP cannot carry.
        """
        encoding, pieces = self._pieces(message, reference, allows_tlvs)
        profile = self._profile
        source = self._senders.get(message.sender) or self._source(message.sender)
        destination = profile.number_prefix + message.recipient
        dcs = self._data_coding(encoding, message.flash)
        priority = message.priority & 3 if profile.priority is None else profile.priority
        validity = self._validity(message.valid_until, now)
        own = profile.tlvs if allows_tlvs else ()
        asked = message.extra.protocol_id if message.extra is not None else 0
        return [
            SubmitSm(
                tlvs=piece.tlvs + own,
                service_type=profile.service_type,
                source_addr_ton=source.ton,
                source_addr_npi=source.npi,
                source_addr=source.digits,
                dest_addr_ton=profile.dest_ton,
                dest_addr_npi=profile.dest_npi,
                destination_addr=destination,
                esm_class=EsmClass.UDHI if piece.udh else 0,
                protocol_id=asked or profile.protocol_id,
                priority_flag=priority,
                validity_period=validity,
                registered_delivery=profile.registered_delivery,
                data_coding=dcs,
                short_message=piece.udh + piece.body,
            )
            for piece in pieces
        ]

    def query(self, carrier_message_id: str, sender: str) -> QuerySm:
        """The question for a message: its source address must be that of its submit_sm.

        Raises LocalProtocolError for a sender that SMPP cannot carry.
        """
        source = self._senders.get(sender) or self._source(sender)
        return QuerySm(
            message_id=carrier_message_id,
            source_addr_ton=source.ton,
            source_addr_npi=source.npi,
            source_addr=source.digits,
        )

    # -- text --

    def _pieces(
        self, message: Message, reference: int, allows_tlvs: bool
    ) -> tuple[TextEncoding, list[_Piece]]:
        if message.body is not None:
            return self._octet_pieces(message, message.body, reference, allows_tlvs)
        encoding = message.encoding
        if encoding is Encoding.GSM7:
            if self._codec is None or _fits(message.text, self._codec):
                octets = encode_gsm7(message.text)
                if len(octets) * 7 + len(message.udh) * 8 <= _USER_DATA_BITS:
                    return TextEncoding.GSM7, [_Piece(message.udh, self._coded(octets))]
            else:
                encoding = Encoding.UCS2
        elif encoding is Encoding.GSM7_NATIONAL and (
            self._codec is not None or not self._profile.national
        ):
            encoding = Encoding.UCS2
        if encoding is Encoding.UCS2:
            octets = encode_ucs2(message.text)
            if (len(octets) + len(message.udh)) * 8 <= _USER_DATA_BITS:
                return TextEncoding.UCS2, [_Piece(message.udh, octets)]
        if message.udh:
            raise TextError("a text with a header of its own does not fit one part here")
        choice = choose(message.text, force=_FORCED[encoding], wide_reference=self._wide)
        if choice.encoding is TextEncoding.GSM7 and not self._fits_gsm(message.text):
            choice = choose(message.text, force=TextEncoding.UCS2, wide_reference=self._wide)
        return choice.encoding, self._cut(message.text, choice, reference, allows_tlvs)

    def _fits_gsm(self, text: str) -> bool:
        return self._codec is None or _fits(text, self._codec)

    def _octet_pieces(
        self, message: Message, body: bytes, reference: int, allows_tlvs: bool
    ) -> tuple[TextEncoding, list[_Piece]]:
        """A body that its sender has encoded: as it is, or cut where it is binary and too long."""
        forced = _FORCED[message.encoding]
        if forced is None:
            if message.udh or len(body) * 8 <= _USER_DATA_BITS:
                return TextEncoding.BINARY, [_Piece(message.udh, body)]
            choice = choose_binary(body, wide_reference=self._wide)
            return TextEncoding.BINARY, self._cut(body, choice, reference, allows_tlvs)
        octets = body if forced is TextEncoding.UCS2 else self._coded(body)
        return forced, [_Piece(message.udh, octets)]

    def _cut(
        self, content: str | bytes, choice: Choice, reference: int, allows_tlvs: bool
    ) -> list[_Piece]:
        """The parts of a long message in the form that the carrier takes.

        National tables need a header, which never goes together with sar_* (Kannel refuses both) nor
        with a payload, so such texts always have it. Parts of sar_* are no longer than those with a
        header: the SMSC will put one before them.
        """
        number = reference & 0xFFFF if self._wide else reference & 0xFF
        parts = segment(content, choice, reference=number, wide_reference=self._wide)
        form = self._profile.long_message
        in_septets = choice.encoding is TextEncoding.GSM7
        bodies = [self._coded(part.body) if in_septets else part.body for part in parts]
        plain = choice.encoding is not TextEncoding.GSM7_NATIONAL
        if len(parts) > 1 and plain and allows_tlvs and form in ("sar", "payload"):
            if form == "payload":
                return [_Piece(b"", b"", (tlv(Tag.MESSAGE_PAYLOAD, b"".join(bodies)),))]
            total = len(parts)
            return [
                _Piece(b"", body, sar_tlvs(reference=reference, total=total, sequence=index))
                for index, body in enumerate(bodies, 1)
            ]
        return [_Piece(part.udh, body) for part, body in zip(parts, bodies, strict=True)]

    def _coded(self, septets: bytes) -> bytes:
        """GSM 7-bit codes in what data_coding 0 means here. Raises TextError."""
        if self._codec is None:
            return septets
        try:
            return decode_gsm7(septets).encode(self._codec)
        except UnicodeEncodeError as error:
            character = error.object[error.start]
            raise UnencodableError(character, error.start, self._profile.alphabet) from None

    def _data_coding(self, encoding: TextEncoding, flash: bool) -> int:
        if flash and self._profile.flash:
            told = data_coding(_ALPHABETS[encoding], flash=True)
            if told is not None:
                return told
        return self._dcs[encoding]

    # -- addresses and time --

    def _source(self, sender: str) -> _Address:
        """The sender's kind decides its type of number; what was found is remembered."""
        profile = self._profile
        digits = sender.removeprefix("+")
        if not sender:
            found = _Address(Ton.UNKNOWN, 0, "")
        elif not (digits.isascii() and digits.isdigit()):
            found = _Address(profile.alphanumeric_ton, profile.alphanumeric_npi, sender)
        elif len(sender) <= profile.short_code_digits and digits == sender:
            found = _Address(profile.short_code_ton, profile.short_code_npi, digits)
        else:
            number = profile.number_prefix + digits
            found = _Address(profile.number_ton, profile.number_npi, number)
        if len(found.digits) > _MOST_ADDRESS or not _fits(found.digits, "latin-1"):
            raise LocalProtocolError("this sender does not fit source_addr")
        if len(self._senders) >= _SENDERS_REMEMBERED:
            self._senders.clear()
        self._senders[sender] = found
        return found

    def _validity(self, valid_until: datetime, now: datetime) -> str:
        match self._profile.validity:
            case "relative":
                return _relative(int((valid_until - now).total_seconds()))
            case "absolute":
                return format_absolute_time(valid_until)
            case _:
                return ""


def _fits(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=8192)
def _relative(seconds: int) -> str:
    """At least a second: nothing at all would mean the SMSC's own default."""
    return format_relative_time(timedelta(seconds=min(max(seconds, 1), _LONGEST_VALIDITY_SECONDS)))
