"""The numbers inside one-octet fields."""

import pytest

from heliograph import smpp
from heliograph.smpp import Alphabet, Coding


@pytest.mark.parametrize(
    ("value", "coding"),
    [
        (0x00, Coding(alphabet=Alphabet.DEFAULT)),
        (0x01, Coding(alphabet=Alphabet.IA5)),
        (0x02, Coding(alphabet=Alphabet.BINARY)),
        (0x03, Coding(alphabet=Alphabet.LATIN1)),
        (0x04, Coding(alphabet=Alphabet.BINARY)),
        (0x08, Coding(alphabet=Alphabet.UCS2)),
        (0x10, Coding(alphabet=Alphabet.DEFAULT, message_class=0)),
        (0x18, Coding(alphabet=Alphabet.UCS2, message_class=0)),
        (0x20, Coding(alphabet=Alphabet.DEFAULT, compressed=True)),
        (0xC8, Coding(alphabet=Alphabet.DEFAULT, waiting=True)),
        (0xE8, Coding(alphabet=Alphabet.UCS2, waiting=True)),
        (0xF0, Coding(alphabet=Alphabet.DEFAULT, message_class=0)),
        (0xF5, Coding(alphabet=Alphabet.BINARY, message_class=1)),
        (0x0B, None),
        (0x1C, None),
        (0x80, None),
    ],
)
def test_data_coding_is_understood(value: int, coding: Coding | None) -> None:
    assert smpp.read_data_coding(value) == coding


def test_what_we_send_is_what_we_would_read() -> None:
    for alphabet in Alphabet:
        value = smpp.data_coding(alphabet)
        assert value is not None
        assert smpp.read_data_coding(value) == Coding(alphabet=alphabet)
        flash = smpp.data_coding(alphabet, flash=True)
        if flash is not None:
            assert smpp.read_data_coding(flash) == Coding(alphabet=alphabet, message_class=0)
    assert smpp.data_coding(Alphabet.DEFAULT, flash=True) == 0xF0
    assert smpp.data_coding(Alphabet.LATIN1, flash=True) is None


def test_bits_are_tested_and_not_whole_values() -> None:
    assert smpp.has_udh(0x40)
    assert smpp.has_udh(0x43)
    assert not smpp.has_udh(0x03)
    for esm_class, receipt in (
        (0x04, 1),
        (0x24, 1),
        (0x20, 1),
        (0x44, 1),
        (0x08, 0),
        (0x10, 0),
        (3, 0),
    ):
        assert smpp.is_receipt(esm_class) == bool(receipt), esm_class
