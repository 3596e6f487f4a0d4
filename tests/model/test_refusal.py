"""Every "no" has a stable word, a sentence, somebody who can mend it, and a fitting HTTP status."""

from __future__ import annotations

import re

import pytest

from heliograph.model.refusal import Fault, Refusal, Refused


@pytest.mark.parametrize("refusal", Refusal)
def test_each_refusal_is_complete(refusal: Refusal) -> None:
    assert refusal.code == refusal.name.lower()
    assert re.fullmatch(r"[A-Z][^\n]+\.", refusal.sentence)
    assert isinstance(refusal.fault, Fault)


def test_no_two_refusals_share_a_word_or_a_sentence() -> None:
    assert len({refusal.code for refusal in Refusal}) == len(Refusal)
    assert len({refusal.sentence for refusal in Refusal}) == len(Refusal)


@pytest.mark.parametrize("refusal", Refusal)
def test_the_http_status_agrees_with_whose_fault_it_is(refusal: Refusal) -> None:
    assert 400 <= refusal.http_status < 600
    if refusal.http_status >= 500:
        assert refusal.fault is Fault.HOUSE
    assert refusal.retry is (refusal.http_status >= 500 or refusal.http_status == 429)


def test_a_detail_takes_the_place_of_the_sentence() -> None:
    assert Refused(refusal=Refusal.NO_PRICE).sentence == Refusal.NO_PRICE.sentence
    assert Refused(refusal=Refusal.NO_PRICE, detail="None for Mars.").sentence == "None for Mars."
