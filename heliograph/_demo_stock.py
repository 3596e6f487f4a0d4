"""What `--demo` has for sale: numbers and sender IDs of a few countries, and what these ask of senders.

The numbers and prices are made up; what is said of the countries is general knowledge, and no advice.
"""

from __future__ import annotations

from typing import Final

from heliograph.model.inventory import Offer, OfferKind, Restriction
from heliograph.store import inventory
from heliograph.store.database import Link

_BOTH_WAYS: Final = ("sms", "two_way")
_RESTRICTIONS: Final = (
    Restriction(
        country="BD",
        kinds=(OfferKind.ALPHANUMERIC, OfferKind.LONG_NUMBER, OfferKind.SHORT_CODE),
        registration=True,
        content="Promotions go out under an approved campaign.",
        hours="Promotions by day only.",
    ),
    Restriction(country="DE", content="Promotions need consent.", note="Names cannot be answered."),
    Restriction(
        country="US",
        kinds=(OfferKind.LONG_NUMBER, OfferKind.SHORT_CODE, OfferKind.TOLL_FREE),
        content="Campaigns are registered with the carriers; STOP and HELP are honoured.",
        note="Alphanumeric senders do not work.",
    ),
)


def _number(
    kind: OfferKind, country: str, msisdn: str, prices: tuple[int, int], *more: str
) -> Offer:
    setup, monthly = prices
    return Offer(
        id=0,
        kind=kind,
        country=country,
        msisdn=msisdn,
        features=(*_BOTH_WAYS, *more),
        currency="EUR",
        setup_micros=setup,
        monthly_micros=monthly,
    )


_LONG, _SHORT, _FREE = OfferKind.LONG_NUMBER, OfferKind.SHORT_CODE, OfferKind.TOLL_FREE
_OFFERS: Final = (
    *(_number(_LONG, "BD", f"88018449090{n}", (5_000_000, 2_500_000)) for n in (20, 21, 22)),
    _number(_SHORT, "BD", "16222", (500_000_000, 150_000_000)),
    *(_number(_LONG, "DE", f"491511234567{n}", (0, 3_000_000), "mms") for n in (1, 2, 3)),
    *(_number(_LONG, "US", f"1212555234{n}", (0, 1_150_000), "voice", "mms") for n in (1, 2)),
    _number(_FREE, "US", "18005552345", (0, 2_150_000), "voice"),
    *(
        Offer(
            id=0,
            kind=OfferKind.ALPHANUMERIC,
            country=country,
            currency="EUR",
            setup_micros=setup,
            monthly_micros=monthly,
        )
        for country, setup, monthly in (("BD", 10_000_000, 4_000_000), ("DE", 0, 1_000_000))
    ),
)


async def stock(link: Link) -> None:
    """Put it all in. Needs a transaction."""
    await inventory.put_restrictions(link, _RESTRICTIONS, replace=False)
    await inventory.put_offers(link, _OFFERS)
