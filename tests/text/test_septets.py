"""Seven-bit packing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.text import TextError, encode_gsm7, fill_bits, pack_septets, unpack_septets

CODES = st.binary(max_size=170).map(lambda octets: bytes(octet & 0x7F for octet in octets))


def test_the_well_known_vector_packs() -> None:
    assert pack_septets(encode_gsm7("hellohello")).hex() == "e8329bfd4697d9ec37"
    assert unpack_septets(bytes.fromhex("e8329bfd4697d9ec37")) == b"hellohello"


def test_160_septets_are_140_octets_and_153_fit_beside_six() -> None:
    assert len(pack_septets(b"a" * 160)) == 140
    assert len(pack_septets(b"a" * 153, fill_bits=fill_bits(6))) == 134
    assert len(pack_septets(b"a" * 152, fill_bits=fill_bits(7))) == 133


@pytest.mark.parametrize(("octets", "bits"), [(0, 0), (4, 3), (6, 1), (7, 0), (9, 5), (12, 2)])
def test_fill_bits_bring_the_first_code_to_a_septet_boundary(octets: int, bits: int) -> None:
    assert fill_bits(octets) == bits
    assert (octets * 8 + bits) % 7 == 0


def test_seven_left_over_bits_are_a_code_only_if_counted() -> None:
    packed = pack_septets(b"1234567")
    assert unpack_septets(packed) == b"1234567\x00"
    assert unpack_septets(packed, septets=7) == b"1234567"


@given(CODES, st.integers(0, 6))
def test_unpacking_undoes_packing(codes: bytes, fill: int) -> None:
    packed = pack_septets(codes, fill_bits=fill)
    assert unpack_septets(packed, septets=len(codes), fill_bits=fill) == codes


def test_nothing_packs_to_nothing() -> None:
    assert pack_septets(b"") == b""
    assert unpack_septets(b"") == b""


def test_what_is_no_septet_is_refused() -> None:
    with pytest.raises(TextError, match="7F"):
        pack_septets(b"\x80")
    with pytest.raises(TextError, match="hold 1 septets, not 2"):
        unpack_septets(b"\x00", septets=2)
