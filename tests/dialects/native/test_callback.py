import json
from datetime import UTC, datetime

import msgspec
import pytest

from heliograph.dialects.native._ids import sealed_text
from heliograph.dialects.native.callback import (
    InboundDocument,
    MessageDocument,
    event_line,
    render,
    render_inbound,
)
from heliograph.dialects.native.client import hear, is_authentic
from heliograph.model.account import Endpoint
from heliograph.model.message import Inbound
from heliograph.model.reason import Reason
from heliograph.model.report import Arrival, Receipt
from heliograph.model.status import Status

NOW = datetime(2026, 3, 4, 6, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint(account_id=1, id=3, url="https://shop.example/h", secret=SECRET)


def test_an_event_is_told_as_standard_webhooks_want_it(endpoint, event, record, key):
    call = render(endpoint, event, record, key, NOW)
    headers = dict(call.headers)
    event_id = sealed_text("evt", event.id, key)
    assert (call.method, call.url) == ("POST", endpoint.url)
    assert headers["webhook-id"] == event_id
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert is_authentic(headers, call.body, [SECRET], NOW)
    document = msgspec.json.decode(call.body, type=MessageDocument)
    assert document.type == "message.delivered"
    assert document.timestamp == event.at
    assert document.data.event_id == event_id
    assert document.data.reference == "order-2041"


def test_another_try_has_the_same_id_and_body(endpoint, event, record, key):
    later = NOW.replace(day=6)
    first, second = (render(endpoint, event, record, key, now) for now in (NOW, later))
    assert first.body == second.body
    assert dict(first.headers)["webhook-id"] == dict(second.headers)["webhook-id"]
    assert dict(first.headers)["webhook-signature"] != dict(second.headers)["webhook-signature"]


def test_an_event_says_what_was_true_at_its_time(endpoint, event, record, key):
    moved_on = msgspec.structs.replace(record, status=Status.DELIVERED)
    earlier = msgspec.structs.replace(
        event, status=Status.EXPIRED, reason=Reason.VALIDITY_EXPIRED, vendor_code="7"
    )
    data = json.loads(render(endpoint, earlier, moved_on, key, NOW).body)["data"]
    assert (data["status"], data["reason"], data["vendor_code"]) == (
        "expired",
        "validity_expired",
        "7",
    )


def test_no_webhook_is_larger_than_twenty_kilobytes(endpoint, event, record, key):
    message = msgspec.structs.replace(
        record.message, text="🛰" * 40_000, reference="\x01" * 255, body=None
    )
    large = msgspec.structs.replace(record, message=message, vendor_code="x" * 255)
    assert len(render(endpoint, event, large, key, NOW).body) < 20_000
    for text in ("🛰" * 40_000, "\x01" * 40_000, '"' * 40_000):
        inbound = Inbound(
            account_id=1, id=1, sender="8801", recipient="8802", text=text, received_at=NOW
        )
        call = render_inbound(endpoint, inbound, key, NOW)
        assert len(call.body) < 20_000
        assert msgspec.json.decode(call.body, type=InboundDocument).data.truncated


def test_an_endpoint_without_secret_is_told_without_signature(endpoint, event, record, key):
    bare = msgspec.structs.replace(endpoint, secret="")
    assert "webhook-signature" not in dict(render(bare, event, record, key, NOW).headers)


def test_our_own_webhook_is_understood_by_another_house(endpoint, event, record, key):
    receipt = hear(4, render(endpoint, event, record, key, NOW).body)
    assert isinstance(receipt, Receipt)
    assert receipt.carrier_message_id == sealed_text("msg", record.message.id, key)
    assert (receipt.status, receipt.carrier_id, receipt.at) == (Status.DELIVERED, 4, event.at)


def test_a_message_from_a_handset_arrives_in_another_house(endpoint, key):
    inbound = Inbound(
        account_id=1, id=1, sender="8801", recipient="8802", text="STOP", received_at=NOW
    )
    arrival = hear(4, render_inbound(endpoint, inbound, key, NOW).body)
    assert arrival == Arrival(carrier_id=4, sender="8801", recipient="8802", text="STOP", at=NOW)


def test_a_stream_gives_each_event_three_lines(event, record, key):
    lines = event_line(event, record, key).decode().split("\n")
    assert lines[0] == f"id: {sealed_text('evt', event.id, key)}"
    assert lines[1] == "event: message.delivered"
    assert json.loads(lines[2].removeprefix("data: "))["type"] == "message.delivered"
    assert lines[3:] == ["", ""]
