"""What an offer and a country's restriction must be like to be imported. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heliograph.flow.fields import (
    country_faults,
    currency_faults,
    features_faults,
    invalid,
    storable,
)
from heliograph.model.inventory import Offer, OfferKind, Restriction
from heliograph.model.number import InvalidSender, SenderKind, classify_sender, country_of
from heliograph.model.refusal import Refused

_LARGEST_MICROS: Final = 10**15
_LONGEST_WORDS: Final = 2_000


def offer_faults(offer: Offer) -> Iterator[Refused]:
    """What is wrong with an offer."""
    yield from country_faults("country", offer.country)
    yield from currency_faults(offer.currency)
    yield from features_faults(offer.features)
    if "sms" not in offer.features:
        yield invalid("features", "What is sold here sends messages: sms is one of the features.")
    for name, micros in (("setup", offer.setup_micros), ("monthly", offer.monthly_micros)):
        if not 0 <= micros <= _LARGEST_MICROS:
            yield invalid(name, "A price is not negative, and a thousand millions at most.")
    if offer.kind is OfferKind.ALPHANUMERIC:
        if offer.msisdn is not None:
            yield invalid("number", "An alphanumeric sender has no number.")
        if "two_way" in offer.features:
            yield invalid("features", "Nobody can answer to an alphanumeric sender.")
        return
    yield from _number_faults(offer)


def canonical_msisdn(offer: Offer) -> str | None:
    """The digits of an offer without faults; None for names."""
    if offer.msisdn is None:
        return None
    found = classify_sender(offer.msisdn)
    return offer.msisdn if isinstance(found, InvalidSender) else found.text


def _number_faults(offer: Offer) -> Iterator[Refused]:
    if offer.msisdn is None:
        yield invalid("number", "This kind is a number: give its digits.")
        return
    found = classify_sender(offer.msisdn)
    short = offer.kind is OfferKind.SHORT_CODE
    wanted = SenderKind.SHORT_CODE if short else SenderKind.MSISDN
    if isinstance(found, InvalidSender):
        yield invalid("number", found.sentence)
    elif found.kind is not wanted:
        yield invalid("number", f"“{offer.msisdn}” is no number of the kind {offer.kind.value}.")
    elif not short and country_of(found.text) not in (None, offer.country):
        yield invalid("number", f"{found.text} is no number of {offer.country}.")


def restriction_faults(restriction: Restriction) -> Iterator[Refused]:
    """What is wrong with a restriction."""
    yield from country_faults("country", restriction.country)
    for name in ("content", "hours", "note"):
        words: str = getattr(restriction, name)
        if len(words) > _LONGEST_WORDS or not storable(words):
            yield invalid(name, f"It has at most {_LONGEST_WORDS} characters, none of them NUL.")
