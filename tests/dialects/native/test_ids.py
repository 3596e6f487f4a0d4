import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects.native._ids import (
    plain,
    read_plain,
    read_sealed,
    sealed_text,
    sealed_word,
)
from heliograph.model import ids


@given(st.integers(0, 2**64 - 1))
def test_a_sealed_number_is_read_back(number: int) -> None:
    assert read_sealed("msg", f"msg_{sealed_word(number)}") == number


@given(st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32))
def test_an_id_is_sealed_under_the_key(number: int, key: bytes) -> None:
    assert read_sealed("evt", sealed_text("evt", number, key)) == ids.seal(key, number)


@given(st.text(max_size=20))
def test_no_text_makes_reading_an_id_fail(text: str) -> None:
    for given_text in (text, f"msg_{text}"):
        number = read_sealed("msg", given_text)
        assert number is None or given_text == f"msg_{sealed_word(number)}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "msg_",
        "sub_0000000000000",
        "msg_000000000000",
        "msg_00000000000000",
        "msg_000000000000I",
        "MSG_0000000000000",
        "msg_000000000000A",
        "msg_g000000000000",  # beyond 64 bits
        "msg_0000000000000\n",
        "msg_٠٠٠٠٠٠٠٠٠٠٠٠٠",
    ],
)
def test_one_thing_has_one_spelling(text: str) -> None:
    assert read_sealed("msg", text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("snd_12", 12),
        ("snd_0", None),
        ("snd_012", None),
        ("snd_-1", None),
        ("cred_12", None),
        ("12", None),
        ("snd_9999999999999999999", None),
        ("snd_١", None),
    ],
)
def test_small_ids_are_plain_numbers(text: str, number: int | None) -> None:
    assert read_plain("snd", text) == number


def test_small_ids_are_written_with_their_kind() -> None:
    assert plain("snd", 12) == "snd_12"
