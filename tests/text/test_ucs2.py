"""UCS2 bodies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.text import TextError, UnencodableError, decode_ucs2, encode_ucs2


def test_an_emoji_is_a_surrogate_pair() -> None:
    assert encode_ucs2("a😀").hex() == "0061d83dde00"


def test_a_lone_surrogate_is_named_with_its_place() -> None:
    with pytest.raises(UnencodableError, match=r"U\+DE00 .* position 2") as caught:
        encode_ucs2("ab\ude00")
    assert caught.value.position == 2


@pytest.mark.parametrize("octets", [b"\x00a\x00", b"\xd8\x3d\x00a", b"\xde\x00\x00a"])
def test_broken_utf16_raises_or_reads_with_a_replacement(octets: bytes) -> None:
    with pytest.raises(TextError, match="not UTF-16BE"):
        decode_ucs2(octets)
    assert "\ufffd" in decode_ucs2(octets, tolerant=True)


@given(st.text(max_size=40))
def test_decoding_undoes_encoding(text: str) -> None:
    assert decode_ucs2(encode_ucs2(text)) == text


@given(st.binary(max_size=20))
def test_tolerant_decoding_never_raises(octets: bytes) -> None:
    assert len(decode_ucs2(octets, tolerant=True)) <= (len(octets) + 1) // 2
