"""Whatever a carrier says can be written down, and what is fine stays the very same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heliograph.model.keepable import (
    ID_CHARS,
    keepable,
    keepable_arrival,
    keepable_outcome,
    keepable_receipt,
)
from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, Declined, Receipt, Taken, Unknown
from heliograph.model.status import Status

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("Grüße 😀", "Grüße 😀"), ("a\x00b", "ab"), ("\ud83d", "\ufffd"), ("abcdefghij", "abcdefgh")],
)
def test_a_text_is_kept_without_what_no_database_takes(text: str, kept: str) -> None:
    assert keepable(text, 8) == kept


def test_what_is_fine_is_not_copied() -> None:
    arrival = Arrival(carrier_id=1, sender="1", recipient="2", text="Grüße", at=AT)
    receipt = Receipt(
        carrier_id=1,
        carrier_message_id="a",
        status=Status.DELIVERED,
        reason=Reason.NONE,
        at=AT,
        other_forms=("b",),
    )
    assert keepable_arrival(arrival) is arrival
    assert keepable_receipt(receipt) is receipt


def test_an_id_is_cut_alike_when_it_is_given_and_when_it_is_reported() -> None:
    name = "\x00" + "x" * 9000
    receipt = Receipt(
        carrier_id=1, carrier_message_id=name, status=Status.SENT, reason=Reason.NONE, at=AT
    )
    kept = keepable_receipt(receipt).carrier_message_id
    assert len(kept) < ID_CHARS
    assert keepable_outcome(Taken(carrier_ids=(name,))) == Taken(carrier_ids=(kept,))
    unknown = keepable_outcome(Unknown(detail="\x00", carrier_ids=((2, name),)))
    assert unknown == Unknown(detail="", carrier_ids=((2, kept),))
    declined = Declined(reason=Reason.THROTTLED, vendor_code="4\x002")
    assert keepable_outcome(declined) == Declined(reason=Reason.THROTTLED, vendor_code="42")
