"""Which encoding a text takes, and the account of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.text import (
    Choice,
    Encoding,
    TextError,
    UnencodableError,
    choose,
    choose_binary,
    segment,
)

TURKISH = "Şifreniz değişti, işlem başarıyla tamamlandı. Güle güle kullanın. "


def account(choice: Choice) -> tuple[str, int, int, int, int]:
    return choice.encoding, choice.parts, choice.units, choice.unit_limit, choice.chars_left


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("gsm7", 1, 0, 160, 160)),
        ("a" * 160, ("gsm7", 1, 160, 160, 0)),
        ("a" * 161, ("gsm7", 2, 161, 153, 145)),
        ("a" * 306, ("gsm7", 2, 306, 153, 0)),
        ("a" * 307, ("gsm7", 3, 307, 153, 152)),
        ("a" * 158 + "€", ("gsm7", 1, 160, 160, 0)),
        ("a" * 159 + "€", ("gsm7", 2, 161, 153, 145)),
        ("a" * 152 + "€" + "a" * 152, ("gsm7", 3, 306, 153, 152)),
        ("€" * 80, ("gsm7", 1, 160, 160, 0)),
        ("я" * 70, ("ucs2", 1, 70, 70, 0)),
        ("я" * 71, ("ucs2", 2, 71, 67, 63)),
        ("я" * 134, ("ucs2", 2, 134, 67, 0)),
        ("я" * 135, ("ucs2", 3, 135, 67, 66)),
        ("a" * 68 + "😀", ("ucs2", 1, 70, 70, 0)),
        ("a" * 69 + "😀", ("ucs2", 2, 71, 67, 63)),
        ("a" * 66 + "😀" + "a" * 66, ("ucs2", 3, 134, 67, 66)),
    ],
)
def test_lengths_at_the_boundaries(text: str, expected: tuple[str, int, int, int, int]) -> None:
    assert account(choose(text)) == expected


def test_wide_references_take_one_unit_of_each_part() -> None:
    assert account(choose("a" * 305, wide_reference=True)) == ("gsm7", 3, 305, 152, 151)
    assert account(choose("я" * 133, wide_reference=True)) == ("ucs2", 3, 133, 66, 65)
    assert choose_binary(bytes(267), wide_reference=True).parts == 3


def test_binary_is_counted_in_octets() -> None:
    assert account(choose_binary(bytes(140))) == ("binary", 1, 140, 140, 0)
    assert account(choose_binary(bytes(141))) == ("binary", 2, 141, 134, 127)


def test_the_first_character_that_forces_ucs2_is_named() -> None:
    assert choose("price: 5 € and ¢ or ₹").first_non_gsm == "¢"
    assert choose("ok 😀").first_non_gsm == "😀"
    assert choose("price: 5 €").first_non_gsm is None


def test_a_lone_surrogate_is_an_error_with_its_place() -> None:
    with pytest.raises(UnencodableError) as caught:
        choose("abc\ud83d", smart=True, allow_national=True)
    assert caught.value.position == 3


def test_national_tables_are_used_only_when_allowed_and_only_to_save_a_part() -> None:
    assert choose(TURKISH * 2).encoding is Encoding.UCS2
    choice = choose(TURKISH * 2, allow_national=True)
    assert account(choice) == ("gsm7-national", 1, 132, 155, 23)
    assert (choice.locking, choice.single, choice.first_non_gsm) == (1, 0, "Ş")
    assert choose(TURKISH, allow_national=True).encoding is Encoding.UCS2


def test_only_the_named_languages_are_considered() -> None:
    assert choose(TURKISH * 2, allow_national=True, languages=[2, 3]).encoding is Encoding.UCS2
    assert choose(TURKISH * 2, allow_national=True, languages=[3, 1]).locking == 1


def test_a_few_spanish_accents_take_the_single_shift_table() -> None:
    choice = choose("Mañana habrá café aquí. " * 4, allow_national=True)
    assert (choice.encoding, choice.locking, choice.single) == ("gsm7-national", 0, 2)


def test_both_tables_are_used_when_one_does_not_do() -> None:
    choice = choose("नमस्ते, यह एक परीक्षण है @ ५० क़लम। " * 3, allow_national=True)
    assert (choice.locking, choice.single, choice.unit_limit) == (6, 6, 152)


def test_text_of_no_national_language_stays_ucs2() -> None:
    assert choose("привет " * 20, allow_national=True).encoding is Encoding.UCS2
    assert choose("ş привет " * 20, allow_national=True).encoding is Encoding.UCS2


def test_an_encoding_can_be_forced() -> None:
    assert choose("abc", force="ucs2").units == 3
    assert choose("abc", force=Encoding.GSM7).encoding is Encoding.GSM7
    assert choose("ş", force="gsm7-national").locking == 1
    assert choose("abc", force="gsm7-national").encoding is Encoding.GSM7_NATIONAL
    assert choose("я", force="ucs2").first_non_gsm == "я"


def test_a_forced_encoding_that_cannot_carry_the_text_says_why() -> None:
    with pytest.raises(UnencodableError) as caught:
        choose("aя", force="gsm7")
    assert (caught.value.character, caught.value.position) == ("я", 1)
    with pytest.raises(UnencodableError) as caught:
        choose("aşя", force="gsm7-national")
    assert (caught.value.character, caught.value.position) == ("я", 2)
    with pytest.raises(TextError, match="no national language"):
        choose("ş", force="gsm7-national", languages=[])


@pytest.mark.parametrize("force", ["binary", "latin-1", ""])
def test_what_is_no_encoding_of_text_cannot_be_forced(force: str) -> None:
    with pytest.raises(TextError, match="not an encoding of text"):
        choose("abc", force=force)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(TextError, match="no national language 14"):
        choose("abc", allow_national=True, languages=[14])


ANY_TEXT = st.text(alphabet="ab€^@éşğ½“…я😀ñáक\0\n", max_size=200)


@given(ANY_TEXT, st.booleans(), st.booleans(), st.booleans())
def test_the_account_is_what_segmenting_yields(
    text: str, national: bool, smart: bool, wide: bool
) -> None:
    choice = choose(text, allow_national=national, smart=smart, wide_reference=wide)
    parts = segment(text, choice, reference=1, wide_reference=wide)
    width = 2 if choice.encoding is Encoding.UCS2 else 1
    assert len(parts) == choice.parts
    assert sum(len(part.body) for part in parts) == choice.units * width
    assert max(len(part.body) for part in parts) <= choice.unit_limit * width
    assert choice.chars_left == choice.unit_limit - len(parts[-1].body) // width


@given(ANY_TEXT)
def test_allowing_more_never_costs_more(text: str) -> None:
    plain = choose(text)
    assert choose(text, allow_national=True).parts <= plain.parts
    assert choose(text, smart=True).parts <= plain.parts
    assert choose(text, smart=True, allow_national=True).parts <= plain.parts
