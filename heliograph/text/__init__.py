"""Characters to segments and back: GSM 7-bit with national tables, UCS2, 8-bit, the user data header,
and the choice between them (3GPP TS 23.038 and TS 23.040). Pure functions over values: nothing here
does input or output, reads a clock or imports another room.
"""

from heliograph.text._capacity import Encoding
from heliograph.text._choice import Choice, choose, choose_binary
from heliograph.text._errors import TextError, TooManyPartsError, UdhError, UnencodableError
from heliograph.text._gsm7 import decode_gsm7, encode_gsm7, non_gsm_characters
from heliograph.text._national import LANGUAGE_NAMES, LANGUAGES
from heliograph.text._segments import Segment, join, read_segment, segment
from heliograph.text._septets import fill_bits, pack_septets, unpack_septets
from heliograph.text._smart import Replacement
from heliograph.text._ucs2 import decode_ucs2, encode_ucs2
from heliograph.text._udh import (
    Concatenation,
    Element,
    LockingShift,
    OtherElement,
    Ports,
    SingleShift,
    Udh,
    build_udh,
    parse_udh,
    split_udh,
)

__all__ = [
    "LANGUAGES",
    "LANGUAGE_NAMES",
    "Choice",
    "Concatenation",
    "Element",
    "Encoding",
    "LockingShift",
    "OtherElement",
    "Ports",
    "Replacement",
    "Segment",
    "SingleShift",
    "TextError",
    "TooManyPartsError",
    "Udh",
    "UdhError",
    "UnencodableError",
    "build_udh",
    "choose",
    "choose_binary",
    "decode_gsm7",
    "decode_ucs2",
    "encode_gsm7",
    "encode_ucs2",
    "fill_bits",
    "join",
    "non_gsm_characters",
    "pack_septets",
    "parse_udh",
    "read_segment",
    "segment",
    "split_udh",
    "unpack_septets",
]
