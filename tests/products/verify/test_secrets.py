"""Codes and their hashes."""

from __future__ import annotations

from collections import Counter

import pytest

from heliograph.products.verify.secrets import hash_code, is_code, key_word, make_code

KEY = bytes(range(32))


@pytest.mark.parametrize(("length", "alphabet"), [(4, "0123456789"), (6, "ABC"), (12, "01")])
def test_a_code_has_its_length_and_alphabet_and_is_the_same_again(length, alphabet):
    code = make_code(KEY, 77, length, alphabet)
    assert len(code) == length
    assert set(code) <= set(alphabet)
    assert make_code(KEY, 77, length, alphabet) == code


def test_codes_are_spread_evenly_and_depend_on_key_and_verification():
    drawn = Counter("".join(make_code(KEY, number, 10, "0123456789") for number in range(3_000)))
    assert all(2_700 < drawn[digit] < 3_300 for digit in "0123456789")
    assert make_code(KEY, 1, 12, "0123456789") != make_code(KEY, 2, 12, "0123456789")
    assert make_code(bytes(32), 1, 12, "0123456789") != make_code(KEY, 1, 12, "0123456789")


def test_a_hash_holds_for_one_code_of_one_verification_under_one_key():
    kept = hash_code(KEY, 5, "482913")
    assert is_code(KEY, 5, "482913", kept)
    assert not is_code(KEY, 5, "482914", kept)
    assert not is_code(KEY, 6, "482913", kept)
    assert not is_code(bytes(32), 5, "482913", kept)
    assert b"482913" not in kept


def test_a_callers_key_is_counted_by_without_being_kept():
    assert key_word(KEY, "203.0.113.7") == key_word(KEY, "203.0.113.7") != key_word(KEY, "x")
    assert "203" not in key_word(KEY, "203.0.113.7")
