"""The words of handsets: what is one, in every way in which people type it, and what is not."""

from __future__ import annotations

import pytest

from heliograph.model.replies import (
    KINDS,
    TEXTS,
    WORDS,
    Asked,
    classify,
    filled,
    is_stop,
    plain,
    spoken_in,
)


@pytest.mark.parametrize("language", WORDS)
def test_every_word_is_found_in_every_case_and_with_marks_around(language: str) -> None:
    for kind, words in WORDS[language].items():
        for word in words:
            for typed in (word, word.lower(), f"  {word}.\n", f"“{word}!”", f"{word} 🛑"):
                found = classify(typed)
                assert found is not None, typed
                assert (found.kind, found.rest, found.everything) == (kind, "", False), typed


def test_no_word_means_two_things() -> None:
    meanings: dict[str, set[str]] = {}
    for kinds in WORDS.values():
        for kind, words in kinds.items():
            for word in words:
                meanings.setdefault(plain(word), set()).add(kind)
    assert {word: kinds for word, kinds in meanings.items() if len(kinds) > 1} == {}


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("ＳＴＯＰ", Asked(kind="stop")),  # full width
        ("s t o p", None),
        ("STOP ALL", Asked(kind="stop", everything=True)),
        ("stopall", Asked(kind="stop", everything=True)),
        ("Stop, all!", Asked(kind="stop", everything=True)),
        ("STOPP ALLES", Asked(kind="stop", language="de", everything=True)),
        ("Stop EID-2027", Asked(kind="stop", rest="eid 2027")),
        ("opt out pizza", Asked(kind="stop", rest="pizza")),
        ("STOP pizza", Asked(kind="stop", rest="pizza")),
        ("বন্ধ পিজা", Asked(kind="stop", language="bn", rest="পিজা")),
        ("বন্ধ করুন", Asked(kind="stop", language="bn")),
        ("إِيقَاف", Asked(kind="stop", language="ar")),  # with vowel signs
        ("ايقاف", Asked(kind="stop", language="ar")),  # without the hamza
        ("ﻗﻒ", Asked(kind="stop", language="ar")),  # presentation forms
        ("iptal", Asked(kind="stop", language="tr")),
        ("İptal", Asked(kind="stop", language="tr")),
        ("çıkış", Asked(kind="stop", language="tr")),
        ("arrêt", Asked(kind="stop", language="fr")),
        ("मदद", Asked(kind="help", language="hi")),
        ("stop sending me this", Asked(kind="stop", rest="sending me this")),
        ("please stop", None),
        ("helpful", None),
        ("help me", None),
        ("Start now", None),
        ("non-stop", None),
        ("", None),
        ("!!!", None),
        ("stop" * 50, None),
    ],
)
def test_a_message_is_the_word_and_nothing_else(typed: str, asked: Asked | None) -> None:
    assert classify(typed) == asked


def test_every_language_has_every_answer_and_each_names_the_sender() -> None:
    assert TEXTS.keys() == WORDS.keys()
    for texts in TEXTS.values():
        assert set(texts) == set(KINDS)
        for text in texts.values():
            assert text.count("{{sender}}") == 1
            assert filled(text, "8801844") == text.replace("{{sender}}", "8801844")


def test_a_shared_word_is_answered_in_the_language_of_the_country_in_latin_script() -> None:
    said = {country: spoken_in(country) for country in ("DE", "MX", "FR", "TR", "BD", "IN", None)}
    assert said == {
        "DE": "de", "MX": "es", "FR": "fr", "TR": "tr", "BD": "en", "IN": "en", None: "en",
    }  # fmt: skip


def test_a_word_that_stops_can_be_no_keyword() -> None:
    assert [is_stop(word) for word in ("Stop!", "বন্ধ", "PIZZA", "INFO")] == [
        True,
        True,
        False,
        False,
    ]
