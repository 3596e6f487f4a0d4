"""Cutting and joining."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.text import (
    LANGUAGES,
    Choice,
    Encoding,
    Segment,
    TextError,
    TooManyPartsError,
    UdhError,
    UnencodableError,
    choose,
    choose_binary,
    fill_bits,
    join,
    pack_septets,
    parse_udh,
    read_segment,
    segment,
)
from heliograph.text._national import DEFAULT, EXTENSION, GAP, LOCKING, SINGLE

PAIRS = tuple(product((0, *LOCKING), (0, *LANGUAGES)))


def chosen(encoding: Encoding, locking: int = 0, single: int = 0) -> Choice:
    return Choice(
        encoding=encoding,
        parts=0,
        units=0,
        unit_limit=0,
        chars_left=0,
        locking=locking,
        single=single,
    )


def text_of(locking: int, single: int) -> st.SearchStrategy[str]:
    base = LOCKING[locking] if locking else DEFAULT
    shift = SINGLE[single] if single else EXTENSION
    characters = "".join(sorted(set(base + shift) - {GAP}))
    long_runs = st.tuples(st.text(characters, max_size=9), st.integers(1, 60))
    return st.one_of(st.text(characters, max_size=40), long_runs.map(lambda run: run[0] * run[1]))


def packed_octets(part: Segment) -> int:
    if part.encoding in {Encoding.UCS2, Encoding.BINARY}:
        return len(part.user_data)
    bits = fill_bits(len(part.udh))
    return len(part.udh) + len(pack_septets(part.body, fill_bits=bits))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(("locking", "single"), PAIRS)
def test_the_longest_mixture_of_each_pair_of_tables_survives(
    locking: int, single: int, wide: bool
) -> None:
    base = (LOCKING[locking] if locking else DEFAULT).replace(GAP, "")
    shift = (SINGLE[single] if single else EXTENSION).replace(GAP, "")
    text = (base + shift) * 4
    choice = chosen(Encoding.GSM7_NATIONAL if locking or single else Encoding.GSM7, locking, single)
    parts = segment(text, choice, reference=9, wide_reference=wide)
    assert join(parts) == text
    assert all(packed_octets(part) <= 140 and part.body[-1] != 0x1B for part in parts)


@given(st.sampled_from(PAIRS), st.booleans(), st.data())
def test_joining_undoes_cutting_for_gsm7(
    pair: tuple[int, int], wide: bool, data: st.DataObject
) -> None:
    text = data.draw(text_of(*pair))
    choice = chosen(Encoding.GSM7_NATIONAL if any(pair) else Encoding.GSM7, *pair)
    parts = segment(text, choice, reference=200, wide_reference=wide)
    assert join(parts) == text
    assert all(packed_octets(part) <= 140 for part in parts)
    assert not any(part.body.endswith(b"\x1b") for part in parts)


@given(
    st.one_of(
        st.text(max_size=90),
        st.tuples(st.text(max_size=7), st.integers(1, 60)).map(lambda run: run[0] * run[1]),
    ),
    st.booleans(),
)
def test_joining_undoes_cutting_for_ucs2(text: str, wide: bool) -> None:
    parts = segment(text, chosen(Encoding.UCS2), reference=0, wide_reference=wide)
    assert join(parts) == text
    assert all(packed_octets(part) <= 140 for part in parts)
    assert all(part.body.decode("utf-16-be") is not None for part in parts)


@given(st.binary(max_size=600), st.booleans())
def test_joining_undoes_cutting_for_binary(octets: bytes, wide: bool) -> None:
    choice = choose_binary(octets, wide_reference=wide)
    parts = segment(octets, choice, reference=255, wide_reference=wide)
    assert join(parts) == octets
    assert all(packed_octets(part) <= 140 for part in parts)


@given(st.text(alphabet="a€ş😀", min_size=1, max_size=400), st.randoms())
def test_received_parts_join_in_any_order_with_repeats(text: str, chance: random.Random) -> None:
    choice = choose(text, allow_national=True)
    parts = segment(text, choice, reference=3)
    plain = Encoding.GSM7 if choice.encoding is Encoding.GSM7_NATIONAL else choice.encoding
    received = [
        read_segment(part.user_data, plain, has_udh=bool(part.udh)) for part in [*parts, parts[0]]
    ]
    assert received[:-1] == parts
    chance.shuffle(received)
    assert join(received) == text


def test_headers_count_the_parts() -> None:
    parts = segment("a" * 400, choose("a" * 400), reference=0xAB)
    assert [part.udh.hex() for part in parts] == ["050003ab0301", "050003ab0302", "050003ab0303"]
    assert [(part.index, part.total, len(part.body)) for part in parts] == [
        (1, 3, 153),
        (2, 3, 153),
        (3, 3, 94),
    ]
    wide = segment("a" * 400, choose("a" * 400), reference=0xABCD, wide_reference=True)
    assert [part.udh.hex() for part in wide][2] == "060804abcd0303"


def test_one_part_has_no_header_unless_it_needs_a_shift_table() -> None:
    assert segment("abc", choose("abc"), reference=1)[0].user_data == b"abc"
    choice = chosen(Encoding.GSM7_NATIONAL, locking=1, single=1)
    only = segment("ş", choice, reference=1)[0]
    assert only.user_data.hex() == "062401012501011d"
    assert (parse_udh(only.udh).single, parse_udh(only.udh).locking) == (1, 1)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("a" * 152 + "€" + "a" * 10, [152, 12]),
        ("a" * 151 + "€" + "a" * 10, [153, 10]),
        ("a" * 66 + "😀" + "a" * 10, [132, 24]),
        ("a" * 65 + "😀" + "a" * 10, [134, 20]),
    ],
)
def test_a_pair_at_the_boundary_moves_whole_to_the_next_part(text: str, lengths: list[int]) -> None:
    parts = segment(text, choose(text), reference=1)
    assert [len(part.body) for part in parts] == lengths


def foreign(bodies: list[bytes], encoding: Encoding) -> list[Segment]:
    total = len(bodies)
    return [
        Segment(udh=b"", body=body, encoding=encoding, index=index, total=total)
        for index, body in enumerate(bodies, 1)
    ]


def test_an_escape_pair_that_another_sender_cut_is_read_whole() -> None:
    assert join(foreign([b"5 \x1b", b"\x65!"], Encoding.GSM7)) == "5 €!"


def test_a_surrogate_pair_that_another_sender_cut_is_read_whole() -> None:
    assert join(foreign([b"\0a\xd8\x3d", b"\xde\x00"], Encoding.UCS2)) == "a😀"


def test_parts_in_different_alphabets_are_each_read_in_their_own() -> None:
    turkish = bytes.fromhex("03250101")
    bodies = [
        (b"", b"\x1d", Encoding.GSM7),
        (turkish, b"\x1d", Encoding.GSM7_NATIONAL),
        (b"", b"\x04\x4f", Encoding.UCS2),
    ]
    parts = [
        Segment(udh=udh, body=body, encoding=encoding, index=index, total=3)
        for index, (udh, body, encoding) in enumerate(bodies, 1)
    ]
    assert join(parts) == "æşя"


def test_a_missing_part_is_an_error() -> None:
    parts = segment("a" * 400, choose("a" * 400), reference=1)
    with pytest.raises(TextError, match=r"2 parts of 3, missing \[2\]"):
        join([parts[0], parts[2]])


def test_parts_of_different_messages_are_an_error() -> None:
    two, three = (segment("a" * n, choose("a" * n), reference=1) for n in (200, 400))
    with pytest.raises(TextError, match="not of one message"):
        join([two[0], three[1], three[2]])
    with pytest.raises(TextError, match="not of one message"):
        join([])


def test_text_and_binary_parts_do_not_mix() -> None:
    text, octets = foreign([b"a", b"b"], Encoding.GSM7), foreign([b"a", b"b"], Encoding.BINARY)
    with pytest.raises(TextError, match="partly"):
        join([text[0], octets[1]])


def test_255_parts_are_possible_and_256_are_not() -> None:
    text = "a" * 153 * 255
    assert len(segment(text, choose(text), reference=1)) == 255
    with pytest.raises(TooManyPartsError, match="256 parts"):
        segment(text + "a", choose(text + "a"), reference=1)


def test_a_reference_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UdhError, match="reference 256"):
        segment("a" * 161, choose("a" * 161), reference=256)


def test_a_choice_made_for_something_else_is_refused() -> None:
    with pytest.raises(UnencodableError):
        segment("я", choose("a"), reference=1)
    with pytest.raises(TextError, match="binary"):
        segment("a", choose_binary(b"a"), reference=1)
    with pytest.raises(TextError, match="octets cannot be sent as gsm7"):
        segment(b"a", choose("a"), reference=1)


def test_ports_alone_do_not_make_a_received_message_one_of_several() -> None:
    part = read_segment(bytes.fromhex("06050415811581") + b"x", Encoding.BINARY, has_udh=True)
    assert (part.udh.hex(), part.body, part.index, part.total) == ("06050415811581", b"x", 1, 1)
