"""Reports and messages from handsets are rendered as groupstatus and getinbox answer them."""

from __future__ import annotations

from datetime import UTC, datetime

from heliograph.dialects.smsapi.callback import inbox_entry
from heliograph.dialects.smsapi.wire import id_text
from heliograph.model.message import Inbound

KEY = bytes(range(32))


def test_a_message_from_a_handset_has_a_sealed_id_and_shows_octets_as_hexadecimal() -> None:
    inbound = Inbound(
        account_id=1,
        id=188,
        sender="8801844909020",
        recipient="8809601000000",
        text="",
        body=b"\x00\xff",
        received_at=datetime(2025, 9, 21, 7, 5, 0, tzinfo=UTC),
    )
    entry = inbox_entry(inbound, KEY)
    assert (entry.id, entry.message) == (id_text(KEY, 188), "00FF")
    assert entry.date == "2025-09-21 07:05:00"
