"""Smart encoding: what it replaces, and when."""

import pytest

from heliograph.text import (
    Encoding,
    Replacement,
    UnencodableError,
    choose,
    encode_gsm7,
    join,
    non_gsm_characters,
    segment,
)
from heliograph.text._smart import REPLACEMENTS, plain

LONG = "It’s “ready” – collect your order today… " * 3


def test_it_is_off_by_default() -> None:
    assert choose(LONG).encoding is Encoding.UCS2
    assert choose(LONG).replaced == ()


def test_it_says_what_it_replaced_and_how_often() -> None:
    choice = choose(LONG, smart=True)
    assert (choice.encoding, choice.parts) == (Encoding.GSM7, 1)
    assert choice.replaced == (
        Replacement("’", "'", 3),
        Replacement("“", '"', 3),
        Replacement("”", '"', 3),
        Replacement("–", "-", 3),
        Replacement("…", "...", 3),
    )


def test_segmenting_makes_the_same_replacements() -> None:
    parts = segment(LONG, choose(LONG, smart=True), reference=1)
    assert join(parts) == 'It\'s "ready" - collect your order today... ' * 3


def test_nothing_is_replaced_when_no_part_is_saved() -> None:
    choice = choose("It’s “short”", smart=True)
    assert (choice.encoding, choice.parts, choice.replaced) == (Encoding.UCS2, 1, ())


def test_nothing_is_replaced_when_another_character_keeps_the_text_in_ucs2() -> None:
    choice = choose(LONG + "я", smart=True)
    assert (choice.encoding, choice.replaced) == (Encoding.UCS2, ())


def test_nothing_is_replaced_in_a_long_gsm_text() -> None:
    assert choose("plain text " * 30, smart=True) == choose("plain text " * 30)


def test_with_national_tables_the_cheaper_way_wins() -> None:
    text = "“Değişti…” " * 9
    choice = choose(text, smart=True, allow_national=True)
    assert (choice.encoding, choice.parts, choice.locking) == (Encoding.GSM7_NATIONAL, 1, 1)
    assert join(segment(text, choice, reference=0)) == '"Değişti..." ' * 9


def test_it_makes_a_forced_gsm7_possible() -> None:
    choice = choose("It’s", smart=True, force="gsm7")
    assert (choice.encoding, choice.replaced) == (Encoding.GSM7, (Replacement("’", "'", 1),))


def test_a_forced_gsm7_names_the_character_that_nothing_replaces() -> None:
    with pytest.raises(UnencodableError) as caught:
        choose("so… я", smart=True, force="gsm7")
    assert (caught.value.character, caught.value.position) == ("я", 4)


@pytest.mark.parametrize("character", REPLACEMENTS)
def test_each_replacement_is_gsm_and_each_original_is_not(character: str) -> None:
    assert non_gsm_characters(character) == (character,)
    assert len(encode_gsm7(REPLACEMENTS[character])) <= 8


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢＣ！～", "ABC!~"),
        ("ﬁne eﬃcient œuvre", "fine efficient oeuvre"),
        ("1½ or ½", "1 1/2 or 1/2"),
        ("a\u00a0b\u2009c\u3000d\te", "a b c d e"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("• one\u2028• two", "* one\n* two"),
        ("café não", "café não"),
    ],
)
def test_looks_change_and_letters_do_not(text: str, expected: str) -> None:
    assert plain(text) == expected
