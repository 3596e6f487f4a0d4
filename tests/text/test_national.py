"""Our alphabets against an independent extraction of the standard's tables."""

import json
from pathlib import Path

import pytest

from heliograph.text import LANGUAGE_NAMES, LANGUAGES
from heliograph.text._national import CR2, DEFAULT, ESC, EXTENSION, GAP, LOCKING, SINGLE

ORACLE = Path(__file__).parents[3] / "shared" / "facts" / "gsm-national-tables.json"

SPACE_LEFT_OUT_BY_ORACLE = {(language, 0x20): " " for language in range(4, 14)}
BENGALI_SIGNS_IN_ORACLES_HINDI = {
    (6, 0x00): "\u0901",
    (6, 0x01): "\u0902",
    (6, 0x02): "\u0903",
}


def oracle_table(language: int, kind: str) -> dict[int, str]:
    if not ORACLE.is_file():
        pytest.skip(f"the oracle of national tables does not lie beside this checkout: {ORACLE}")
    entry = json.loads(ORACLE.read_text())[str(language)]
    return {int(code, 16): chr(int(point[2:], 16)) for code, point in entry[kind].items()}


def our_table(table: str) -> dict[int, str]:
    assert len(table) == 128
    return {code: character for code, character in enumerate(table) if character != GAP}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_locking_code_agrees_with_the_oracle(language: int) -> None:
    # TS 23.038 A.3 has SP at 20 in each table, and the Hindi signs 0901 to 0903 at 00 to 02.
    corrections = SPACE_LEFT_OUT_BY_ORACLE | BENGALI_SIGNS_IN_ORACLES_HINDI
    expected = oracle_table(language, "locking")
    expected.pop(ESC, None)
    for (of_language, code), character in corrections.items():
        if of_language == language:
            assert expected.get(code) != character, "the oracle was corrected: drop this line"
            expected[code] = character
    assert our_table(LOCKING.get(language, GAP * 128)) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_single_shift_code_agrees_with_the_oracle(language: int) -> None:
    expected = oracle_table(language, "single_shift")
    # CR2 is a control character of the standard; the oracle shows it as LF or CR.
    assert expected.pop(CR2) in "\r\n"
    assert our_table(SINGLE[language]) == expected


def test_languages_are_one_to_thirteen_and_only_spanish_has_no_locking_table() -> None:
    assert tuple(range(1, 14)) == LANGUAGES
    assert set(LANGUAGES) - set(LOCKING) == {2}
    assert set(LANGUAGE_NAMES) == set(LANGUAGES)


def test_default_alphabet_has_every_code_but_escape_and_no_character_twice() -> None:
    assert [code for code, character in enumerate(DEFAULT) if character == GAP] == [ESC]
    assert len(set(DEFAULT)) == 128


def test_default_alphabet_reads_as_the_standard_prints_it() -> None:
    assert DEFAULT[:0x20] == "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\ufffeÆæßÉ"
    assert DEFAULT[0x24] == "¤"
    assert DEFAULT[0x40] == "¡"
    assert DEFAULT[0x5B:0x61] == "ÄÖÑÜ§¿"
    assert DEFAULT[0x7B:] == "äöñüà"


def test_extension_has_ten_characters() -> None:
    assert our_table(EXTENSION) == {
        0x0A: "\f",
        0x14: "^",
        0x28: "{",
        0x29: "}",
        0x2F: "\\",
        0x3C: "[",
        0x3D: "~",
        0x3E: "]",
        0x40: "|",
        0x65: "€",
    }


def test_no_table_gives_the_escape_code_away() -> None:
    assert all(table[ESC] == GAP for table in (*LOCKING.values(), *SINGLE.values()))
