"""The user data header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.text import (
    Concatenation,
    Element,
    LockingShift,
    OtherElement,
    Ports,
    SingleShift,
    Udh,
    UdhError,
    build_udh,
    parse_udh,
    split_udh,
)

VECTORS: list[tuple[str, Element]] = [
    ("050003ff0302", Concatenation(reference=255, total=3, sequence=2)),
    ("050003000101", Concatenation(reference=0, total=1, sequence=1)),
    ("060804abcd0201", Concatenation(reference=0xABCD, total=2, sequence=1, wide=True)),
    ("040402f0f1", Ports(destination=0xF0, source=0xF1, wide=False)),
    ("06050415811581", Ports(destination=0x1581, source=0x1581)),
    ("03240101", SingleShift(language=1)),
    ("03250103", LockingShift(language=3)),
    ("0470020102", OtherElement(identifier=0x70, data=b"\x01\x02")),
    ("020100", OtherElement(identifier=0x01, data=b"")),
]

ELEMENTS = st.one_of(
    st.builds(
        lambda reference, places, wide: Concatenation(
            reference=reference, total=max(places), sequence=min(places), wide=wide
        ),
        st.integers(0, 255),
        st.tuples(st.integers(1, 255), st.integers(1, 255)),
        st.booleans(),
    ),
    st.builds(
        Ports, destination=st.integers(0, 255), source=st.integers(0, 255), wide=st.booleans()
    ),
    st.builds(SingleShift, language=st.integers(0, 255)),
    st.builds(LockingShift, language=st.integers(0, 255)),
    st.builds(OtherElement, identifier=st.integers(0x26, 255), data=st.binary(max_size=9)),
)


@pytest.mark.parametrize(("octets", "element"), VECTORS)
def test_each_element_has_its_octets(octets: str, element: Element) -> None:
    assert build_udh([element]).hex() == octets
    assert parse_udh(bytes.fromhex(octets)).elements == (element,)


@pytest.mark.parametrize(
    "octets",
    [
        "050003ff0000",
        "050003ff0300",
        "050003ff0304",
        "040002ff03",
        "06080400010001",
        "022400",
        "0505031581ff",
    ],
)
def test_an_element_with_senseless_values_is_kept_uninterpreted(octets: str) -> None:
    udh = parse_udh(bytes.fromhex(octets))
    assert [type(element) for element in udh.elements] == [OtherElement]
    assert build_udh(udh.elements).hex() == octets


def test_a_header_is_split_from_the_body() -> None:
    udh, body = split_udh(bytes.fromhex("0b0003070201 240101 250101".replace(" ", "")) + b"hi")
    assert udh.concatenation == Concatenation(reference=7, total=2, sequence=1)
    assert (udh.single, udh.locking, udh.ports) == (1, 1, None)
    assert body == b"hi"


def test_of_repeated_elements_the_last_counts() -> None:
    assert parse_udh(bytes.fromhex("06240101240103")).single == 3


def test_no_elements_are_no_header() -> None:
    assert build_udh([]) == b""
    assert parse_udh(b"") == Udh()
    assert split_udh(b"\x00hi") == (Udh(), b"hi")


@pytest.mark.parametrize("octets", ["", "05", "050003", "0100", "03000301", "0500030102"])
def test_a_header_that_runs_past_its_end_is_refused(octets: str) -> None:
    with pytest.raises(UdhError):
        split_udh(bytes.fromhex(octets))


def test_octets_after_a_lone_header_are_refused() -> None:
    with pytest.raises(UdhError, match="1 octets follow"):
        parse_udh(b"\x03\x24\x01\x01x")


@pytest.mark.parametrize(
    "element",
    [
        Concatenation(reference=256, total=2, sequence=1),
        Concatenation(reference=65536, total=2, sequence=1, wide=True),
        Concatenation(reference=1, total=256, sequence=1),
        Concatenation(reference=1, total=2, sequence=3),
        Concatenation(reference=1, total=2, sequence=0),
        Ports(destination=256, source=0, wide=False),
        Ports(destination=0, source=-1),
        SingleShift(language=256),
        OtherElement(identifier=0x70, data=bytes(254)),
    ],
)
def test_values_that_do_not_fit_are_refused(element: Element) -> None:
    with pytest.raises(UdhError):
        build_udh([element])


@given(st.lists(ELEMENTS, max_size=8))
def test_parsing_undoes_building(elements: list[Element]) -> None:
    assert parse_udh(build_udh(elements)).elements == tuple(elements)


@given(st.binary(max_size=60))
def test_any_well_formed_header_is_built_again_to_the_octet(octets: bytes) -> None:
    try:
        udh, body = split_udh(octets)
    except UdhError:
        return
    header = octets[: len(octets) - len(body)]
    assert build_udh(udh.elements) == (b"" if header == b"\x00" else header)
