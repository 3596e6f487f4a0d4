"""The published capacities follow from 140 octets less the header."""

import pytest

from heliograph.text import (
    Concatenation,
    Encoding,
    LockingShift,
    SingleShift,
    build_udh,
)
from heliograph.text._capacity import cut, limits, udh_octets, unit_capacity

GSM7, NATIONAL, UCS2, BINARY = Encoding


@pytest.mark.parametrize(
    ("encoding", "wide", "shifts", "published"),
    [
        (GSM7, False, (0, 0), (160, 153)),
        (GSM7, True, (0, 0), (160, 152)),
        (UCS2, False, (0, 0), (70, 67)),
        (UCS2, True, (0, 0), (70, 66)),
        (BINARY, False, (0, 0), (140, 134)),
        (BINARY, True, (0, 0), (140, 133)),
        (NATIONAL, False, (0, 1), (155, 149)),
        (NATIONAL, False, (1, 0), (155, 149)),
        (NATIONAL, False, (1, 1), (152, 146)),
        (NATIONAL, True, (0, 1), (155, 148)),
        (NATIONAL, True, (1, 1), (152, 145)),
    ],
)
def test_capacities_are_the_published_ones(
    encoding: Encoding, wide: bool, shifts: tuple[int, int], published: tuple[int, int]
) -> None:
    assert limits(encoding, wide, *shifts) == published


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(("locking", "single"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_counted_header_octets_are_those_of_the_built_header(
    wide: bool, locking: int, single: int
) -> None:
    shifts = [SingleShift(language=1)] * single + [LockingShift(language=1)] * locking
    place = Concatenation(reference=1, total=2, sequence=1, wide=wide)
    alone = udh_octets(concatenated=False, locking=locking, single=single)
    several = udh_octets(concatenated=True, wide_reference=wide, locking=locking, single=single)
    assert alone == len(build_udh(shifts))
    assert several == len(build_udh([place, *shifts]))


def test_septets_beside_a_header_fill_140_octets_and_one_more_does_not() -> None:
    for header in range(20):
        septets = unit_capacity(GSM7, header)
        assert (header * 8 + 6) // 7 * 7 + septets * 7 <= 1120
        assert (header * 8 + 6) // 7 * 7 + (septets + 1) * 7 > 1120


def test_a_cut_never_comes_after_escape_or_a_high_surrogate() -> None:
    assert cut(b"a" * 152 + b"\x1be" + b"a" * 7, GSM7, 160, 153) == [152, 161]
    assert cut(b"\0a" * 66 + b"\xd8\x3d\xde\x00" + b"\0a" * 3, UCS2, 70, 67) == [132, 142]


def test_binary_is_cut_anywhere() -> None:
    assert cut(b"\x1b" * 141, BINARY, 140, 134) == [134, 141]
