"""What a PDU carries, as the words of a draft: a whole message becomes text, so that the house cuts it; a
part with the client's own user data header goes on as the octets it came in. Octets that a data_coding
cannot mean are refused, never sent as something else.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from heliograph.edge.smpp.settings import Terms
from heliograph.model.message import Encoding
from heliograph.smpp import (
    Alphabet,
    AnswerableError,
    Coding,
    CommandStatus,
    DataSm,
    Part,
    PartWidth,
    SubmitMulti,
    SubmitSm,
    Tag,
    concatenation_udh,
    has_udh,
    message_octets,
    read_data_coding,
    read_part,
    tlv_int,
)
from heliograph.text import TextError, decode_gsm7, decode_ucs2, fill_bits, unpack_septets

__all__ = [
    "Content",
    "Submit",
    "content_of",
    "content_of_joined",
    "decode_default",
    "sar_part",
    "whole",
]

Submit = SubmitSm | DataSm | SubmitMulti
_SINGLE_PART_OCTETS: Final = 140
_CODECS: Final[dict[Alphabet, str]] = {
    Alphabet.LATIN1: "latin-1",
    # IA5 is ASCII; clients that mean Latin-1 by it are seen, and its octets below 0x80 are the same.
    Alphabet.IA5: "latin-1",
    Alphabet.CYRILLIC: "iso8859-5",
    Alphabet.HEBREW: "iso8859-8",
    Alphabet.JIS: "shift_jis",
    Alphabet.ISO_2022_JP: "iso2022_jp",
    Alphabet.KS_C_5601: "euc_kr",
}


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a draft that say what is sent; `body` None means `text`."""

    text: str = ""
    body: bytes | None = None
    udh: bytes = b""
    encoding: Encoding = Encoding.AUTO
    flash: bool = False


def content_of(pdu: Submit, terms: Terms, *, version: int) -> Content:
    """What the PDU carries. Raises `AnswerableError` with the status to refuse it with."""
    coding = _coding(pdu.data_coding, version)
    octets = message_octets(pdu)
    flash = coding.message_class == 0
    if has_udh(pdu.esm_class):
        end = octets[0] + 1 if octets else 1
        if end > len(octets):
            raise _fault("the user data header is longer than the message", _S.RINVESMCLASS)
        return _part(octets[:end], octets[end:], coding, terms, flash)
    if pdu.tlvs:
        udh = _ports(pdu)
        if udh:
            return _part(udh, octets, coding, terms, flash)
        part = sar_part(pdu)
        if part is not None:
            udh = concatenation_udh(
                reference=part.reference, total=part.total, sequence=part.sequence, wide=True
            )
            return _part(udh, octets, coding, terms, flash)
    return whole(octets, coding.alphabet, terms, flash=flash)


def content_of_joined(octets: bytes, pdu: Submit, terms: Terms, *, version: int) -> Content:
    """The whole message of parts that were joined; `pdu` is one of them."""
    coding = _coding(pdu.data_coding, version)
    return whole(octets, coding.alphabet, terms, flash=coding.message_class == 0)


def sar_part(pdu: Submit) -> Part | None:
    """The part that sar_* TLVs make of this PDU; None where a header says it, or nothing does."""
    part = read_part(pdu) if pdu.tlvs else None
    return part if part is not None and part.width is PartWidth.SAR else None


def whole(octets: bytes, alphabet: Alphabet, terms: Terms, *, flash: bool = False) -> Content:
    """A message without a header of its own, of any length."""
    if alphabet is Alphabet.BINARY:
        return Content(body=octets, encoding=Encoding.BINARY, flash=flash)
    if alphabet is Alphabet.UCS2:
        try:
            return Content(text=decode_ucs2(octets), encoding=Encoding.UCS2, flash=flash)
        except TextError as error:
            raise _fault(str(error), _S.RINVMSGLEN) from error
    return Content(text=_characters(octets, alphabet, terms, 0), flash=flash)


def decode_default(octets: bytes, terms: Terms) -> str:
    """The text of octets in the credential's default alphabet."""
    return _characters(octets, Alphabet.DEFAULT, terms, 0)


def _part(udh: bytes, octets: bytes, coding: Coding, terms: Terms, flash: bool) -> Content:
    """One short message with a header: it travels as it came, if the air knows its alphabet."""
    if coding.alphabet is Alphabet.BINARY:
        return Content(body=octets, udh=udh, encoding=Encoding.BINARY, flash=flash)
    if coding.alphabet is Alphabet.UCS2:
        return Content(body=octets, udh=udh, encoding=Encoding.UCS2, flash=flash)
    if coding.alphabet is Alphabet.DEFAULT and terms.alphabet.startswith("gsm"):
        septets = _septets(octets, terms, len(udh))
        if septets.isascii():
            return Content(body=septets, udh=udh, encoding=Encoding.GSM7, flash=flash)
    text = _characters(octets, coding.alphabet, terms, len(udh))
    return Content(text=text, udh=udh, flash=flash)


def _characters(octets: bytes, alphabet: Alphabet, terms: Terms, udh_octets: int) -> str:
    if alphabet is Alphabet.DEFAULT:
        if terms.alphabet in {"latin1", "ascii"}:
            return octets.decode("latin-1")
        septets = _septets(octets, terms, udh_octets)
        # An octet above 0x7F is no GSM code: the client means Latin-1, as many do by data_coding 0.
        return decode_gsm7(septets) if septets.isascii() else octets.decode("latin-1")
    try:
        return octets.decode(_CODECS[alphabet])
    except UnicodeDecodeError as error:
        raise _fault(f"the octets are no {alphabet.value}", _S.RSUBMITFAIL) from error


def _septets(octets: bytes, terms: Terms, udh_octets: int) -> bytes:
    """One GSM code per octet, unpacked where the credential packs."""
    if terms.alphabet != "gsm_packed":
        return octets
    fill = fill_bits(udh_octets)
    codes = unpack_septets(octets, fill_bits=fill)
    # With seven bits left over a last @ cannot be told from filling; senders fill (23.038, 6.1.2.3.1).
    spare = (len(octets) * 8 - fill) % 7 == 0
    return codes[:-1] if spare and codes.endswith((b"\0", b"\r")) else codes


def _ports(pdu: Submit) -> bytes:
    """A header with both ports where TLVs name them; b"" otherwise."""
    source = tlv_int(pdu.tlvs, Tag.SOURCE_PORT)
    target = tlv_int(pdu.tlvs, Tag.DESTINATION_PORT)
    if source is None or target is None or max(source, target) > 0xFFFF:
        return b""
    return bytes((6, 5, 4)) + target.to_bytes(2, "big") + source.to_bytes(2, "big")


@lru_cache(maxsize=1024)
def _coding(value: int, version: int) -> Coding:
    coding = read_data_coding(value)
    known = coding is not None and (
        coding.alphabet in _CODECS
        or coding.alphabet in (Alphabet.DEFAULT, Alphabet.BINARY, Alphabet.UCS2)
    )
    if coding is None or not known or coding.compressed or coding.waiting:
        status = _S.RINVDCS if version >= 0x50 else _S.RSUBMITFAIL
        raise _fault(f"data_coding 0x{value:02X} is not taken", status)
    return coding


_S = CommandStatus


def _fault(sentence: str, status: CommandStatus) -> AnswerableError:
    return AnswerableError(sentence, command_status=status)
