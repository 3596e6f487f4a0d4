"""Keys, the hashes by which credentials are known, and the vault."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model.account import Mode
from heliograph.model.secret import SealError, Vault, hash_secret, hint_of, make_key

_SERVER_KEY = bytes(range(32))


@given(st.binary(min_size=20, max_size=20))
def test_a_key_is_its_mode_and_base_62_of_one_length(random_bytes: bytes) -> None:
    key = make_key(Mode.LIVE, random_bytes)
    assert re.fullmatch(r"hg_live_[0-9A-Za-z]{27}", key)


@given(st.binary(min_size=20, max_size=32), st.binary(min_size=20, max_size=32))
def test_other_random_bytes_make_another_key(one: bytes, other: bytes) -> None:
    same = len(one) == len(other) and one == other
    assert (make_key(Mode.TEST, one) == make_key(Mode.TEST, other)) == same


def test_a_key_of_less_than_160_bits_is_not_made() -> None:
    with pytest.raises(ValueError, match="20 random bytes"):
        make_key(Mode.LIVE, bytes(19))


def test_an_e_mail_address_is_one_whatever_its_case() -> None:
    typed = hash_secret(_SERVER_KEY, "mimsms", "Shop@Example.com ", "s3cret")
    assert typed == hash_secret(_SERVER_KEY, "mimsms", "shop@example.com", "s3cret")


def test_other_names_and_secrets_keep_their_case() -> None:
    known = hash_secret(_SERVER_KEY, "smsapi", "shop", "s3cret")
    assert known != hash_secret(_SERVER_KEY, "smsapi", "Shop", "s3cret")
    assert known != hash_secret(_SERVER_KEY, "smsapi", "shop", "S3cret")


_FIELDS = st.tuples(*[st.text(alphabet="ab", max_size=3)] * 3)


@given(_FIELDS, _FIELDS)
def test_fields_do_not_run_into_each_other(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    same = hash_secret(_SERVER_KEY, *one) == hash_secret(_SERVER_KEY, *other)
    assert same == (one == other)


def test_another_server_key_makes_another_hash() -> None:
    assert hash_secret(_SERVER_KEY, "native", "", "s") != hash_secret(bytes(32), "native", "", "s")


def test_a_short_secret_gives_no_hint() -> None:
    assert hint_of("abcdefgh12345678") == "5678"
    assert hint_of("abcdefgh") == ""


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again_and_does_not_show(plain: bytes) -> None:
    vault = Vault(_SERVER_KEY)
    sealed = vault.seal(plain)
    assert vault.open(sealed) == plain
    assert len(sealed) == len(plain) + 29
    assert len(plain) < 4 or plain not in sealed


def test_the_same_is_never_sealed_the_same_way() -> None:
    vault = Vault(_SERVER_KEY)
    assert vault.seal(b"secret") != vault.seal(b"secret")


@pytest.mark.parametrize("place", [0, 5, 13, -1])
def test_a_changed_byte_does_not_open(place: int) -> None:
    vault = Vault(_SERVER_KEY)
    sealed = bytearray(vault.seal(b"secret"))
    sealed[place] ^= 1
    with pytest.raises(SealError):
        vault.open(bytes(sealed))


def test_another_server_key_does_not_open() -> None:
    with pytest.raises(SealError, match="server_key"):
        Vault(bytes(32)).open(Vault(_SERVER_KEY).seal(b"secret"))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(12), b"plain text of old times"])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SealError):
        Vault(_SERVER_KEY).open(sealed)
