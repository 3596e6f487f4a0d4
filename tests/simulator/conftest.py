"""Dispatches for a network whose clock the tests turn by hand."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from heliograph.model.account import TrafficClass
from heliograph.model.message import Encoding, Message
from heliograph.model.report import Dispatch


@pytest.fixture
def dispatch() -> Callable[..., Dispatch]:
    def make(
        recipient: str = "8801844909020",
        *,
        message_id: int = 1,
        attempt: int = 1,
        parts: int = 1,
        sender: str = "8801552146283",
        text: str = "Hello",
    ) -> Dispatch:
        message = Message(
            account_id=1,
            id=message_id,
            submission_id=None,
            dialect="native",
            sender=sender,
            recipient=recipient,
            text=text,
            encoding=Encoding.GSM7,
            parts=parts,
            traffic_class=TrafficClass.TRANSACTIONAL,
            valid_until=datetime(2030, 1, 1, tzinfo=UTC),
        )
        return Dispatch(message=message, attempt=attempt)

    return make
