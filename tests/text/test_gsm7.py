"""Characters and GSM 7-bit codes, under every pair of tables."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.text import (
    TextError,
    UnencodableError,
    decode_gsm7,
    encode_gsm7,
    non_gsm_characters,
)
from heliograph.text._gsm7 import alphabet
from heliograph.text._national import DEFAULT, EXTENSION, GAP, LANGUAGES, LOCKING, SINGLE

PAIRS = tuple(product((0, *LOCKING), (0, *LANGUAGES)))


def repertoire(locking: int, single: int) -> str:
    base = LOCKING[locking] if locking else DEFAULT
    shift = SINGLE[single] if single else EXTENSION
    return "".join(sorted(set(base + shift) - {GAP}))


def test_every_default_character_is_its_own_code() -> None:
    text = DEFAULT.replace(GAP, "")
    assert encode_gsm7(text) == bytes(code for code in range(128) if code != 0x1B)
    assert decode_gsm7(encode_gsm7(text)) == text


def test_extension_characters_are_escape_pairs() -> None:
    octets = bytes.fromhex("1b14 1b28 1b29 1b2f 1b3c 1b3d 1b3e 1b40 1b65 1b0a")
    assert encode_gsm7("^{}\\[~]|€\f") == octets
    assert decode_gsm7(octets) == "^{}\\[~]|€\f"


def test_at_sign_is_code_zero_beside_an_escape_pair() -> None:
    assert encode_gsm7("@€@") == b"\x00\x1b\x65\x00"


@pytest.mark.parametrize(("locking", "single"), PAIRS)
def test_every_character_of_a_pair_of_tables_survives(locking: int, single: int) -> None:
    text = repertoire(locking, single)
    octets = encode_gsm7(text, locking=locking, single=single)
    assert octets.isascii()
    assert decode_gsm7(octets, locking=locking, single=single) == text


def test_a_character_of_both_tables_takes_the_shorter_form() -> None:
    assert encode_gsm7("ç€", locking=1, single=1) == b"\x60\x04"


def test_a_national_single_shift_table_replaces_the_extension() -> None:
    assert encode_gsm7("á", single=2) == b"\x1b\x61"
    assert decode_gsm7(b"\x1b\x61") == "a"


def test_unencodable_character_is_named_with_its_place() -> None:
    with pytest.raises(UnencodableError, match=r"U\+015F .* position 3") as caught:
        encode_gsm7("abcşdeşf")
    assert (caught.value.character, caught.value.position) == ("ş", 3)


@pytest.mark.parametrize(
    ("text", "position"),
    [("\0", 0), ("a\0b", 1), ("a\0ж", 1), ("аж\0", 0), ("a\x1b", 1), ("a\ud800", 1), ("a😀", 1)],
)
def test_nul_escape_surrogate_and_emoji_are_not_gsm(text: str, position: int) -> None:
    with pytest.raises(UnencodableError) as caught:
        encode_gsm7(text)
    assert caught.value.position == position


def test_backtick_is_not_the_section_sign() -> None:
    assert encode_gsm7("§") == b"\x5f"
    with pytest.raises(UnencodableError):
        encode_gsm7("`")


@pytest.mark.parametrize(("locking", "single"), [(2, 0), (14, 0), (0, 14), (-1, 0)])
def test_encoding_with_a_table_that_does_not_exist_is_refused(locking: int, single: int) -> None:
    with pytest.raises(TextError, match="there is no"):
        encode_gsm7("a", locking=locking, single=single)


def test_decoding_with_a_table_that_does_not_exist_reads_the_default() -> None:
    assert decode_gsm7(b"\x1b\x65\x0a\x40", locking=2, single=99) == "€\n¡"


def test_unknown_escape_pair_shows_the_base_character() -> None:
    assert decode_gsm7(b"\x1b\x41\x1b\x0d") == "A\r"
    assert decode_gsm7(b"\x1b\x07", locking=1) == "ı"


def test_double_escape_and_escape_at_the_end_show_spaces() -> None:
    assert decode_gsm7(b"a\x1b\x1bb\x1b") == "a b "


def test_octets_that_stand_for_nothing_show_the_replacement_character() -> None:
    assert decode_gsm7(b"a\x80\xff") == "a\ufffd\ufffd"
    assert decode_gsm7(b"\x1b\xe9\x1b\x41") == "\ufffdA"
    assert decode_gsm7(b"\x00", locking=11) == "\ufffd"


@given(st.binary(max_size=40), st.sampled_from(PAIRS))
def test_decoding_never_raises(octets: bytes, pair: tuple[int, int]) -> None:
    text = decode_gsm7(octets, locking=pair[0], single=pair[1])
    assert len(octets) / 2 <= len(text) <= len(octets)


@given(st.sampled_from(PAIRS), st.data())
def test_decoding_undoes_encoding(pair: tuple[int, int], data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet=repertoire(*pair), max_size=60))
    octets = encode_gsm7(text, locking=pair[0], single=pair[1])
    assert decode_gsm7(octets, locking=pair[0], single=pair[1]) == text


def test_fast_character_map_is_in_use() -> None:
    # CPython falls back to a slower dict if the table breaks its conditions.
    assert all(type(alphabet(*pair).compact).__name__ == "EncodingMap" for pair in PAIRS)


def test_non_gsm_characters_are_distinct_in_order_and_bounded() -> None:
    assert non_gsm_characters("plain € text\n") == ()
    assert non_gsm_characters("“so” – “so”") == ("“", "”", "–")
    assert non_gsm_characters("абвгд", limit=2) == ("а", "б")
