"""Phone numbers as the network writes them: MSISDNs, the countries they belong to, and senders.

An MSISDN travels through Heliograph as its E.164 digits without the plus sign ("8801844909020").
What is a valid number is decided by the numbering plans in the `phonenumbers` library (Google's
libphonenumber metadata) and by nothing else: for each country calling code this module melts that
metadata into one regular expression, on first use, because asking the library itself costs tens of
microseconds a number. Whatever the expression cannot settle, such as a trunk prefix written behind
the calling code, is asked of the library. This module must never accept what the library rejects,
never guess a country, and never remember numbers (no caches keyed by number).
"""

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Final, TypeAlias

import msgspec
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc

__all__ = [
    "InvalidNumber",
    "InvalidSender",
    "Msisdn",
    "NumberFault",
    "Sender",
    "SenderFault",
    "SenderKind",
    "classify_sender",
    "country_of",
    "is_msisdn",
    "parse_msisdn",
]

Msisdn: TypeAlias = str
"""Canonical digits of a valid E.164 number: calling code first, no plus sign, ASCII only."""


class NumberFault(StrEnum):
    """Why a text is not an MSISDN."""

    NOT_A_NUMBER = "not_a_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNKNOWN_COUNTRY = "unknown_country"
    INVALID_FOR_COUNTRY = "invalid_for_country"


class InvalidNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A "no" to a number: the fault, and a sentence to show to whoever wrote it."""

    fault: NumberFault
    sentence: str


class SenderKind(StrEnum):
    """What a sender address is: it decides TON and NPI on the wire, and whether one can reply."""

    MSISDN = "msisdn"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


class SenderFault(StrEnum):
    """Why a text is not a sender."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    FOREIGN_CHARACTER = "foreign_character"
    NO_LETTER = "no_letter"
    NOT_A_NUMBER = "not_a_number"


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """A sender in canonical form: MSISDN digits, short code digits, or the name as written."""

    kind: SenderKind
    text: str


class InvalidSender(msgspec.Struct, frozen=True, kw_only=True):
    """A "no" to a sender: the fault, and a sentence to show to whoever wrote it."""

    fault: SenderFault
    sentence: str


_NO: Final = {
    fault: InvalidNumber(fault=fault, sentence=sentence)
    for fault, sentence in (
        (NumberFault.NOT_A_NUMBER, "The text is not a phone number."),
        (NumberFault.TOO_SHORT, "The number has too few digits for its country."),
        (NumberFault.TOO_LONG, "The number has too many digits for its country."),
        (NumberFault.UNKNOWN_COUNTRY, "The number does not begin with a country calling code."),
        (NumberFault.INVALID_FOR_COUNTRY, "No such number exists in its country's numbering plan."),
    )
}

_NO_SENDER: Final = {
    fault: InvalidSender(fault=fault, sentence=sentence)
    for fault, sentence in (
        (SenderFault.EMPTY, "The sender is empty."),
        (SenderFault.TOO_LONG, "An alphanumeric sender has at most 11 characters."),
        (SenderFault.FOREIGN_CHARACTER, "The sender has a character outside the GSM alphabet."),
        (SenderFault.NO_LETTER, "An alphanumeric sender needs at least one letter."),
        (SenderFault.NOT_A_NUMBER, "The sender is neither a valid number nor a short code."),
    )
}

# Marks people and spreadsheets put between digits, and the blank or invisible ones (U+2000 to
# U+2015, bidirectional controls, joiners, ...) that come along with a paste.
_MARKS: Final = {
    *b" \t\r\n\v\f-./()[]",
    *(0xA0, 0xAD, 0x1680, *range(0x2000, 0x2016), *range(0x202A, 0x2030), 0x205F, 0x2060),
    *(*range(0x2066, 0x206A), 0x2212, 0x3000, 0xFEFF, 0xFF08, 0xFF09, 0xFF0D),
}
_WITHOUT_MARKS: Final[dict[int, str | None]] = {**dict.fromkeys(_MARKS), 0xFF0B: "+"}

_LONGEST_TEXT: Final = 64  # generous: 17 digits, each with marks around it
_DIGITS: Final = re.compile(r"[0-9]+")
_INTERNATIONAL_CALL: Final = "00"  # the prefix ITU-T E.164 recommends and most countries dial


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The numbering plan behind one calling code (several countries may share it).

    `match` takes whole MSISDN digits: a match whose `lastgroup` is not None is a valid number, and
    the group's name is its region. `trunk` matches the national digits that libphonenumber may
    strip of a trunk prefix, or rewrite, before it judges them.
    """

    code: str
    match: Callable[[str], re.Match[str] | None]
    trunk: Callable[[str], re.Match[str] | None]
    shortest: int
    longest: int
    only_region: str | None


class _Region(msgspec.Struct, frozen=True, kw_only=True):
    """How callers inside one region write: `abroad` matches the start of an international call,
    `trunk` the trunk prefix, and `match` takes whole national digits behind it."""

    name: str
    code: str
    match: Callable[[str], re.Match[str] | None]
    trunk: Callable[[str], re.Match[str] | None]
    abroad: Callable[[str], re.Match[str] | None]


def parse_msisdn(text: str, *, default_region: str | None = None) -> Msisdn | InvalidNumber:
    """Read a phone number as people and systems write it; give its MSISDN digits or say why not.

    International forms ("+880 1844-909020", "00880 1844…", "8801844909020") need no region. A
    national form ("01844 909020") is read with `default_region`, an ISO 3166-1 alpha-2 code in
    capitals. Digits without plus or 00 are read as international first, so an MSISDN stays itself
    whatever the region. Decimal digits of every script are understood. Validity is
    `phonenumbers.is_valid_number`; a ValueError means that `default_region` has no numbering plan.
    """
    digits = text[1:] if text[:1] == "+" else text
    plan = _PLANS.get(digits[:3])
    if plan is not None and (match := plan.match(digits)) and match.lastgroup is not None:
        return digits
    return _parse_written(text, default_region)


def is_msisdn(text: str) -> bool:
    """Whether the text is a valid MSISDN already in canonical digits."""
    plan = _PLANS.get(text[:3]) or _plan_for(text)
    if plan is None:
        return False
    match = plan.match(text)
    return match is not None and match.lastgroup is not None


def country_of(msisdn: Msisdn) -> str | None:
    """The ISO 3166-1 alpha-2 country of a valid MSISDN; as in libphonenumber, XK is Kosovo.

    None for numbers that belong to no country (satellite, international freephone) and for digits
    that are not a valid number under a calling code that several countries share.
    """
    plan = _PLANS.get(msisdn[:3]) or _plan_for(msisdn)
    if plan is None:
        return None
    if plan.only_region is not None:
        return plan.only_region
    match = plan.match(msisdn)
    group = None if match is None else match.lastgroup
    return None if group == _NO_COUNTRY else group


def classify_sender(text: str, *, default_region: str | None = None) -> Sender | InvalidSender:
    """Tell what kind of sender a text is: MSISDN, short code or alphanumeric.

    Short codes are 3 to 8 digits; longer digits, or digits after a plus, are an MSISDN in any form
    `parse_msisdn` reads. An alphanumeric sender has 1 to 11 characters of the GSM default alphabet
    (3GPP TS 23.040, 9.1.2.5: ten octets of address hold eleven septets) and at least one letter.
    """
    text = text.strip()
    if not text:
        return _NO_SENDER[SenderFault.EMPTY]
    digits = _plain(text)
    if 3 <= len(digits) <= 8 and _DIGITS.fullmatch(digits):
        return Sender(kind=SenderKind.SHORT_CODE, text=digits)
    if _DIGITS.fullmatch(digits.removeprefix("+")):
        number = parse_msisdn(text, default_region=default_region)
        if isinstance(number, InvalidNumber):
            return _NO_SENDER[SenderFault.NOT_A_NUMBER]
        return Sender(kind=SenderKind.MSISDN, text=number)
    if len(text) > 11:
        return _NO_SENDER[SenderFault.TOO_LONG]
    if not _GSM_SENDER.issuperset(text):
        return _NO_SENDER[SenderFault.FOREIGN_CHARACTER]
    if not any(map(str.isalpha, text)):
        return _NO_SENDER[SenderFault.NO_LETTER]
    return Sender(kind=SenderKind.ALPHANUMERIC, text=text)


# 3GPP TS 23.038, 6.2.1, without CR, LF and the escape: an escaped character takes two septets, and
# handsets show it in a sender as anything but itself.
_GSM_SENDER: Final = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

# Plans by the first three digits of a number: at most a thousand keys, filled when first met.
_PLANS: Final[dict[str, _Plan]] = {}
_NO_COUNTRY: Final = "nowhere"
_NEVER: Final = r"(?!)"


def _parse_written(text: str, default_region: str | None) -> Msisdn | InvalidNumber:
    """Every form but plain canonical digits under a calling code already met."""
    region = None if default_region is None else _region(default_region)
    if len(text) > _LONGEST_TEXT:
        return _NO[NumberFault.TOO_LONG]
    written = _plain(text)
    digits = written.removeprefix("+")
    if not _DIGITS.fullmatch(digits):
        return _NO[NumberFault.NOT_A_NUMBER]
    if len(digits) < len(written):
        return _parse_international(digits)
    if digits.startswith(_INTERNATIONAL_CALL):
        found = _parse_international(digits[2:])
    else:
        found = _parse_international(digits)
    if region is None or isinstance(found, str):
        return found
    return _parse_national(digits, region)


def _parse_international(digits: str) -> Msisdn | InvalidNumber:
    if is_msisdn(digits):
        return digits
    plan = _plan_for(digits)
    if plan is None:
        return _NO[NumberFault.UNKNOWN_COUNTRY]
    national = digits[len(plan.code) :]
    if plan.trunk(national) is None:
        return _fault_in_plan(national, plan)
    return _ask_library("+" + digits, None)


def _parse_national(digits: str, region: _Region) -> Msisdn | InvalidNumber:
    """Digits written for callers inside `region`; the trunk prefix may be there or not."""
    if region.abroad(digits) is not None or digits.startswith(region.code):
        return _ask_library(digits, region.name)
    trunk = region.trunk(digits)
    if trunk is not None and trunk.lastindex is not None:
        return _ask_library(digits, region.name)  # carrier codes and rewritten prefixes
    national = digits if trunk is None else digits[trunk.end() :]
    if region.match(national) is not None:
        return region.code + national
    return _ask_library(digits, region.name)


def _ask_library(written: str, region_name: str | None) -> Msisdn | InvalidNumber:
    """libphonenumber's own reading, for what is too rare to be worth a fast path."""
    try:
        number = phonenumbers.parse(written, region_name)
    except phonenumbers.NumberParseException as refusal:
        return _NO[_FAULT_OF_REFUSAL[refusal.error_type]]
    national = phonenumbers.national_significant_number(number)
    digits = f"{number.country_code}{national}"
    if is_msisdn(digits):
        return digits
    return _fault_in_plan(national, _compile_plan(str(number.country_code)))


_FAULT_OF_REFUSAL: Final = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: NumberFault.UNKNOWN_COUNTRY,
    phonenumbers.NumberParseException.NOT_A_NUMBER: NumberFault.NOT_A_NUMBER,
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: NumberFault.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_SHORT_NSN: NumberFault.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_LONG: NumberFault.TOO_LONG,
}


def _fault_in_plan(national: str, plan: _Plan) -> InvalidNumber:
    if len(national) < plan.shortest:
        return _NO[NumberFault.TOO_SHORT]
    if len(national) > plan.longest:
        return _NO[NumberFault.TOO_LONG]
    return _NO[NumberFault.INVALID_FOR_COUNTRY]


def _plain(text: str) -> str:
    """The text without marks, its decimal digits in ASCII."""
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return text.translate(_WITHOUT_MARKS)


_CALLING_CODES: Final = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


def _plan_for(digits: str) -> _Plan | None:
    """The plan of the calling code that the digits begin with, kept for the next such number."""
    for length in (1, 2, 3):  # no calling code is the beginning of another
        code = digits[:length]
        if code in _CALLING_CODES:
            plan = _compile_plan(code)
            if len(digits) >= 3:
                _PLANS[digits[:3]] = plan
            return plan
    return None


@cache
def _compile_plan(code: str) -> _Plan:
    """Melt the metadata of every region under one calling code into one expression.

    The order is that of `phonenumbers.region_code_for_number`: the first region whose leading
    digits fit owns the number, valid or not; a region without leading digits owns what is valid.
    """
    regions = _metadata_under(code)
    shared = len(regions) > 1
    branches = []
    for metadata in regions:
        name = metadata.id if metadata.id != "001" else _NO_COUNTRY
        if shared and metadata.leading_digits is not None:
            lead = f"(?={metadata.leading_digits})"
            branches.append(f"(?P<{name}>{lead}{_valid_in(metadata)})|{lead}")
        else:
            branches.append(f"(?P<{name}>{_valid_in(metadata)})")
    lengths = sorted({n for m in regions if m.general_desc for n in m.general_desc.possible_length})
    only = regions[0].id if not shared and regions[0].id != "001" else None
    return _Plan(
        code=code,
        match=re.compile(f"{code}(?:{'|'.join(branches)})", re.ASCII).match,
        trunk=_trunk_of(regions[0]),
        shortest=lengths[0],
        longest=lengths[-1],
        only_region=only,
    )


def _metadata_under(code: str) -> list[PhoneMetadata]:
    names = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]
    found = (PhoneMetadata.metadata_for_region_or_calling_code(int(code), n) for n in names)
    return [metadata for metadata in found if metadata is not None]


@cache
def _region(name: str) -> _Region:
    metadata = PhoneMetadata.metadata_for_region(name, None)
    if metadata is None:
        raise ValueError(f"{name!r} is not a region with a numbering plan")
    return _Region(
        name=name,
        code=str(metadata.country_code),
        match=re.compile(_valid_in(metadata), re.ASCII).match,
        trunk=_trunk_of(metadata),
        abroad=re.compile(metadata.international_prefix or _NEVER, re.ASCII).match,
    )


def _trunk_of(metadata: PhoneMetadata) -> Callable[[str], re.Match[str] | None]:
    return re.compile(metadata.national_prefix_for_parsing or _NEVER, re.ASCII).match


def _valid_in(metadata: PhoneMetadata) -> str:
    """The expression for whole national numbers valid in one region: they fit the general
    description and that of at least one type. Mobile goes first: it is what receives SMS."""
    m = metadata
    common = (m.mobile, m.fixed_line, m.voip, m.personal_number, m.pager)
    rarer = (m.uan, m.voicemail, m.toll_free, m.premium_rate, m.shared_cost)
    fitting = "|".join(filter(None, map(_described_by, common + rarer)))
    return rf"(?={_described_by(metadata.general_desc)})(?:{fitting})"


def _described_by(desc: PhoneNumberDesc | None) -> str:
    """The expression for one description up to the end of the text; empty if nothing can fit."""
    if desc is None or not desc.national_number_pattern:
        return ""
    lengths = "|".join(rf"\d{{{n}}}" for n in desc.possible_length if n > 0)
    return rf"(?=(?:{lengths})\Z)(?:{desc.national_number_pattern})\Z"
