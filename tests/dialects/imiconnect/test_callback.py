"""Notifications: what they say of each status, how they are signed, and which endpoints are sound."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from heliograph.dialects._shape import HttpCall
from heliograph.dialects.imiconnect import callback
from heliograph.dialects.imiconnect.wire import transid
from heliograph.model.account import Endpoint, TrafficClass
from heliograph.model.message import Encoding, Event, Extra, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.status import SETTLED, Status

KEY = bytes(range(32))
NOW = datetime(2026, 5, 1, 12, 0, 1, 7_000, tzinfo=UTC)
ENDPOINT = Endpoint(account_id=1, id=3, url="https://mywebsite.com/dr?a=1", dialect="imiconnect")
MESSAGE = Message(
    account_id=1,
    id=100,
    submission_id=99,
    dialect="imiconnect",
    sender="DEMOBK",
    recipient="8801712345678",
    text="Hello",
    encoding=Encoding.GSM7,
    parts=1,
    traffic_class=TrafficClass.TRANSACTIONAL,
    valid_until=NOW,
)


def rendered(
    status: Status, reason: Reason = Reason.NONE, endpoint: Endpoint = ENDPOINT, **more: Any
) -> HttpCall:
    message = msgspec.structs.replace(MESSAGE, **more)
    event = Event(account_id=1, message_id=message.id, id=9, at=NOW, status=status, reason=reason)
    record = MessageRecord(
        message=message,
        status=Status.DELIVERED,  # it may have moved on since
        reason=Reason.NONE,
        vendor_code=None,
        charge=Charge.CAPTURED,
        attempts=1,
        carrier_id=1,
        updated_at=NOW,
    )
    return callback.render(endpoint, event, record, KEY, NOW)


def told(*arguments: Any, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rendered(*arguments, **more).body)
    return found["deliveryInfoNotification"]


@pytest.mark.parametrize(
    ("status", "reason", "code", "word"),
    [
        (Status.SENT, Reason.NONE, "7501", "Submitted"),
        (Status.EXPIRED, Reason.VALIDITY_EXPIRED, "7208", "Un-Delivered"),
        (Status.UNDELIVERED, Reason.MEMORY_EXCEEDED, "7206", "Failed"),
        (Status.FAILED, Reason.INVALID_SOURCE, "7101", "Failed"),
    ],
)
def test_a_notification_says_what_was_true_at_its_event(
    status: Status, reason: Reason, code: str, word: str
) -> None:
    found = told(status, reason)
    assert (found["deliveryInfo"]["code"], found["deliveryInfo"]["deliveryStatus"]) == (code, word)
    assert found["deliveryInfo"]["timeStamp"] == "2026-05-01T12:00:01.007"
    assert (found["correlationid"], found["callbackData"]) == ("", "")


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_told(status: Status) -> None:
    assert told(status)["deliveryInfo"]["code"]


def test_the_transid_is_the_one_that_was_answered() -> None:
    assert told(Status.SENT)["transid"] == transid(KEY, 100)
    words = Extra(words={"n": "2", "callbackData": "back"})
    found = told(Status.SENT, extra=words)
    assert (found["transid"], found["callbackData"]) == (transid(KEY, 99) + "_2", "back")
    alone = told(Status.SENT, extra=Extra(words={"n": "1"}), submission_id=None)
    assert alone["transid"] == transid(KEY, 100) + "_1"


def test_a_message_of_another_door_has_its_own_uuid_whatever_its_words() -> None:
    found = told(Status.SENT, dialect="native", extra=Extra(words={"n": "x"}))
    assert found["transid"] == transid(KEY, 100)


@pytest.mark.parametrize("algorithm", [None, "sha256", "sha512", "sha1"])
def test_the_signature_is_the_hexadecimal_hmac_of_the_body(algorithm: str | None) -> None:
    settings = {"signature_secret": "s3cret"}
    if algorithm is not None:
        settings["signature_algorithm"] = algorithm
    endpoint = msgspec.structs.replace(ENDPOINT, settings=settings)
    call = rendered(Status.SENT, endpoint=endpoint)
    expected = hmac.new(b"s3cret", call.body, getattr(hashlib, algorithm or "sha256")).hexdigest()
    assert dict(call.headers)["x-hub-signature"] == expected


@pytest.mark.parametrize("settings", [{}, {"signature_secret": ""}])
def test_without_a_shared_secret_nothing_is_signed(settings: dict[str, str]) -> None:
    call = rendered(Status.SENT, endpoint=msgspec.structs.replace(ENDPOINT, settings=settings))
    assert dict(call.headers).keys() == {"content-type", "user-agent"}
    assert call.url == ENDPOINT.url


def test_an_mo_notification_has_eight_keys_in_utc_and_shows_octets() -> None:
    east = timezone(timedelta(hours=6))
    inbound = Inbound(
        account_id=1,
        id=5,
        sender="8801712345678",
        recipient="56767",
        text="",
        body=b"\x00\xff",
        received_at=NOW.astimezone(east),
    )
    signed = msgspec.structs.replace(ENDPOINT, settings={"signature_secret": "s"})
    call = callback.render_inbound(signed, inbound, KEY, NOW)
    assert json.loads(call.body) == {
        "userId": "",
        "channel": "SMS",
        "da": "56767",
        "oa": "8801712345678",
        "message": "00FF",
        "tid": transid(KEY, 5),
        "datetime": "2026-05-01 12:00:01",
        "ts": "2026-05-01T12:00:01.007Z",
    }
    assert "x-hub-signature" in dict(call.headers)


def test_a_template_of_ones_own_is_filled_without_breaking_its_json() -> None:
    inbound = Inbound(
        account_id=1,
        id=5,
        sender="8801712345678",
        recipient="56767",
        text='He said "$(tid)"\n',
        received_at=NOW,
    )
    template = '{"from": "+$(msisdn)", "more": [{"text": "$(actual_message)"}, 7], "x": "$(what)"}'
    own = msgspec.structs.replace(ENDPOINT, settings={"mo_template": template})
    assert callback.endpoint_faults(own) == []
    assert json.loads(callback.render_inbound(own, inbound, KEY, NOW).body) == {
        "from": "+8801712345678",
        "more": [{"text": 'He said "$(tid)"\n'}, 7],
        "x": "$(what)",
    }
    for wrong in ("[]", "{", '"x"', '{"a": "' + "x" * 5000 + '"}', "[" * 100_000):
        broken = msgspec.structs.replace(ENDPOINT, settings={"mo_template": wrong})
        (fault,) = callback.endpoint_faults(broken)
        assert "mo_template" in fault


def test_manners_are_the_documented_ones() -> None:
    """Fact 2.3: 401, 403, 412, 413, 417, 429 and 5xx are tried again, the others are not."""
    hopeless = callback.MANNERS.hopeless
    again = {401, 403, 412, 413, 417, 429, 500, 502, 503, 504}
    assert not again & hopeless
    assert {202, 208, 226, 300, 308, 400, 402, 404, 411, 414, 416, 418, 505} <= hopeless
    assert callback.MANNERS.retry_seconds == (60, 60, 60)
    assert (callback.MANNERS.timeout_seconds, callback.MANNERS.https_only) == (10, True)


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({}, None),
        ({"settings": {"signature_secret": "s", "signature_algorithm": "sha512"}}, None),
        ({"events": ("message.sent", "message.delivered", "message.received")}, None),
        ({"events": tuple(f"message.{status.word}" for status in SETTLED)}, None),
        ({"settings": {"signature_algorithm": "md5"}}, "signature_algorithm"),
        ({"settings": {"method": "GET"}}, "method"),
        ({"events": ("message.queued",)}, "message.queued"),
        ({"events": ("*",)}, "“*”"),
    ],
)
def test_an_endpoint_of_this_form_is_sound_or_told_why_not(
    more: dict[str, Any], fault: str | None
) -> None:
    found = callback.endpoint_faults(msgspec.structs.replace(ENDPOINT, **more))
    assert len(found) == (fault is not None)
    assert fault is None or fault in found[0]
