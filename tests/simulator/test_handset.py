"""Handsets remember within their bounds."""

from datetime import UTC, datetime

from heliograph.simulator import Handsets
from heliograph.simulator.handset import Parcel

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def parcel(recipient: str, message_id: int) -> Parcel:
    return Parcel(
        message_id=message_id, attempt=1, sender="Heliograph", recipient=recipient, text="Hi"
    )


def test_a_handset_keeps_its_latest_messages_in_order() -> None:
    handsets = Handsets(most_per_handset=3)
    for number in range(5):
        handsets.land(parcel("8801844909020", number), NOON)
    assert [shown.message_id for shown in handsets.of("8801844909020")] == [2, 3, 4]
    assert handsets.held == 3


def test_the_handset_that_heard_nothing_for_longest_is_forgotten() -> None:
    handsets = Handsets(most_handsets=2)
    for recipient in ("1", "2", "1", "3"):
        handsets.land(parcel(recipient, 1), NOON)
    assert [len(handsets.of(recipient)) for recipient in "123"] == [2, 0, 1]
    assert (len(handsets), handsets.held) == (2, 3)


def test_all_handsets_together_are_bounded() -> None:
    handsets = Handsets(most_held=10)
    for number in range(100):
        handsets.land(parcel(str(number % 7), number), NOON)
    assert handsets.held <= 10


def test_an_unknown_handset_shows_nothing() -> None:
    assert Handsets().of("8801844909020") == ()
