"""The operator's stock of numbers and sender IDs: offers, what countries ask for, rentals; and what is
asked of them.

Prices are micro-units of the offer's currency. A month is a calendar month, counted from the moment a
rental began: what began on 31 January is due on 28 February and on 31 March.
"""

from __future__ import annotations

import calendar
from datetime import datetime
from enum import StrEnum

import msgspec

from heliograph.model.account import Sender


class OfferKind(StrEnum):
    """What is on offer."""

    LONG_NUMBER = "long_number"
    SHORT_CODE = "short_code"
    TOLL_FREE = "toll_free"
    ALPHANUMERIC = "alphanumeric"
    """A sender ID of the customer's own wording; one offer stands for all names in a country."""


class OfferState(StrEnum):
    """Whether an offer can be had."""

    FREE = "free"
    TAKEN = "taken"
    RESTING = "resting"
    """Released a while ago: only who had it may have it again before it is free."""
    WITHDRAWN = "withdrawn"
    """Not for sale; who rents it keeps it."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A number that can be had, or the right to a name in a country."""

    id: int
    kind: OfferKind
    country: str
    """ISO 3166-1 alpha-2."""
    msisdn: str | None = None
    """None for alphanumeric senders."""
    features: tuple[str, ...] = ("sms",)
    """`sms`, `voice`, `mms`, `two_way`."""
    currency: str
    setup_micros: int = 0
    monthly_micros: int = 0
    approval: bool = False
    """Whether the operator must approve: asked by the offer, or by the country."""
    state: OfferState = OfferState.FREE
    free_from: datetime | None = None
    taken_by: int | None = None
    """The account that rents it; only the operator is told."""


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """What a country, or its networks, ask of senders."""

    country: str
    kinds: tuple[OfferKind, ...] = tuple(OfferKind)
    """The kinds of senders that work there."""
    registration: bool = False
    """Sender IDs are registered before they are used."""
    two_way: bool = True
    """Whether handsets can answer."""
    content: str = ""
    """What may not be sent, in words."""
    hours: str = ""
    """When it may be sent, in words."""
    note: str = ""


class RentalState(StrEnum):
    """Where a rental stands."""

    PENDING = "pending"
    """Paid; waits for the operator's approval."""
    ACTIVE = "active"
    OVERDUE = "overdue"
    """The month could not be paid; it works until the days of grace are over."""
    ENDED = "ended"


class Rental(msgspec.Struct, frozen=True, kw_only=True):
    """A number or sender ID that an account rents. It keeps the price at which it was bought."""

    account_id: int
    id: int
    offer_id: int
    kind: OfferKind
    country: str
    name: str
    """The number's digits, or the sender ID."""
    features: tuple[str, ...]
    state: RentalState
    reason: str | None = None
    """Why it ended: `released`, `refused`, `unpaid`."""
    sender_id: int
    number_id: int | None = None
    """None for names, and while approval is awaited."""
    service_id: int | None = None
    """The service to which it was to be mapped when it was bought."""
    currency: str
    setup_micros: int
    monthly_micros: int
    bought_at: datetime
    began_at: datetime | None = None
    months: int = 0
    """How many were paid."""
    paid_until: datetime | None = None
    due_at: datetime | None = None
    """When the next month is tried to be booked."""
    ended_at: datetime | None = None


def month_after(began_at: datetime, months: int) -> datetime:
    """The moment `months` calendar months after another; the last day where there is no such day."""
    years, month = divmod(began_at.month - 1 + months, 12)
    year = began_at.year + years
    day = min(began_at.day, calendar.monthrange(year, month + 1)[1])
    return began_at.replace(year=year, month=month + 1, day=day)


# -- commands and answers ---------------------------------------------------------------------


class ListOffers(msgspec.Struct, frozen=True, kw_only=True):
    """What can be had, oldest first; conditions add up."""

    country: str | None = None
    kind: OfferKind | None = None
    feature: str | None = None
    contains: str | None = None
    """Digits anywhere in the number; with `*` for any digits, the whole number."""
    stock: bool = False
    """True shows everything in every state, to the operator."""
    after: int = 0
    limit: int = 100


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListOffers`."""

    items: tuple[Offer, ...]
    more: bool
    restriction: Restriction | None = None
    """Of the country that was asked for."""


class ImportOffers(msgspec.Struct, frozen=True, kw_only=True):
    """Put these into the stock (ids are 0), or change what is there: numbers are found by their digits,
    alphanumeric senders by country and currency. Who rents one keeps its price."""

    offers: tuple[Offer, ...]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How many were put in or changed."""

    count: int


class WithdrawOffer(msgspec.Struct, frozen=True, kw_only=True):
    """Sell it no more; an import brings it back."""

    offer: int


class BuyOffer(msgspec.Struct, frozen=True, kw_only=True):
    """Rent an offer: set-up and first month are booked now. The answer is the rental."""

    offer: int
    sender: str | None = None
    """The name wanted, for an alphanumeric sender."""
    service: int | None = None
    """A service of the account: the number is mapped to it, a name becomes its sender."""


class ReleaseRental(msgspec.Struct, frozen=True, kw_only=True):
    """Give back what is rented, named by rental, number or sender. What was paid stays paid, unless
    approval was still awaited. The answer is the rental."""

    rental: int | None = None
    number: int | None = None
    sender: int | None = None
    for_account: int | None = None


class ListRentals(msgspec.Struct, frozen=True, kw_only=True):
    """What the account rents and has rented, oldest first."""

    after: int = 0
    limit: int = 100
    for_account: int | None = None


class Rentals(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListRentals`."""

    items: tuple[Rental, ...]
    more: bool


class ListRestrictions(msgspec.Struct, frozen=True, kw_only=True):
    """What countries ask for; of all of them, or of one."""

    country: str | None = None


class ImportRestrictions(msgspec.Struct, frozen=True, kw_only=True):
    """Put these in, each instead of the former one of its country; `replace` forgets all others."""

    restrictions: tuple[Restriction, ...]
    replace: bool = False


class Restrictions(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListRestrictions` and `ImportRestrictions`, by country."""

    items: tuple[Restriction, ...]


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A sender ID of any account that waits for the operator."""

    account_id: int
    account: str
    """The account's name."""
    sender: Sender
    rental: Rental | None = None
    """None where it was asked for without buying an offer."""


class ListApprovals(msgspec.Struct, frozen=True, kw_only=True):
    """Sender IDs of all accounts that wait for the operator, oldest first."""

    after: int = 0
    limit: int = 100


class Approvals(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListApprovals`."""

    items: tuple[Approval, ...]
    more: bool


Stocking = (
    ListOffers
    | ImportOffers
    | WithdrawOffer
    | BuyOffer
    | ReleaseRental
    | ListRentals
    | ListRestrictions
    | ImportRestrictions
    | ListApprovals
)
"""The commands about the inventory. (An approval is given by saving the sender with another state.)"""
Stocked = Offers | Imported | Rental | Rentals | Restrictions | Approvals
"""Their answers, beside `Done`."""
