"""The vendor's printed requests lead to the vendor's printed answers and notifications."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from heliograph.dialects._shape import Ask, HttpRequest
from heliograph.dialects.imiconnect import DIALECT, callback
from heliograph.dialects.imiconnect.wire import read_transid, transid
from heliograph.model.account import Endpoint, TrafficClass
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    FindByReference,
    Messages,
    SendMessages,
)
from heliograph.model.ids import seal
from heliograph.model.message import (
    Draft,
    Encoding,
    Event,
    Extra,
    Inbound,
    Message,
    MessageRecord,
)
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

VECTORS = Path(__file__).parents[2] / "vectors" / "imiconnect"
KEY = bytes(range(32))
SUBMISSION = 77
NOW = datetime(2016, 7, 20, 17, 13, 17, 908_000, tzinfo=UTC)
TRANSID = transid(KEY, SUBMISSION)
LINKED = (
    "Sending first SMS with smart link using IMIconnect. Click the link to get surprise gift "
    "{{link_5}}"
)


def recorded(name: str) -> HttpRequest:
    whole = (VECTORS / f"{name}.http").read_bytes().replace(b"@TRANSID@", TRANSID.encode())
    head, _, body = whole.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    method, path, _version = line.split(" ")
    split = (header.split(": ", 1) for header in headers)
    return HttpRequest(
        method=method,
        path=path,
        query="",
        headers={key.lower(): value for key, value in split},
        body=body,
        id=4711,
    )


def printed(name: str) -> Any:
    return json.loads((VECTORS / name).read_text().replace("@TRANSID@", TRANSID))


def taken(count: int) -> Accepted:
    item = AcceptedItem(
        message_id=SUBMISSION,
        recipient="911111111111",
        parts=1,
        encoding="gsm7",
        price_micros=1,
        status=Status.QUEUED,
    )
    return Accepted(submission_id=SUBMISSION, currency="EUR", items=(item,) * count)


RECORD = MessageRecord(
    message=Message(
        account_id=1,
        id=SUBMISSION,
        submission_id=None,
        dialect="imiconnect",
        sender="DEMOBK",
        recipient="911111111111",
        text="Hello",
        encoding=Encoding.GSM7,
        parts=1,
        traffic_class=TrafficClass.TRANSACTIONAL,
        reference="4eef-92ca-79fd0250c4a3-262895e4-2217",
        valid_until=NOW,
        extra=Extra(words={"callbackData": "return callbackdata"}),
    ),
    status=Status.DELIVERED,
    reason=Reason.NONE,
    vendor_code=None,
    charge=Charge.CAPTURED,
    attempts=1,
    carrier_id=1,
    updated_at=NOW,
)
ENDPOINT = Endpoint(account_id=1, id=3, url="https://mywebsite.com/dr", dialect="imiconnect")
ANSWERS: dict[str, Answer | Refused] = {
    "simple": taken(1),
    "smartlink": taken(1),
    "optional": taken(1),
    "variables": taken(1),
    "template": taken(1),
    "camel": taken(1),
    "batch": taken(3),
    "batch_refused": taken(2),
    "unauthenticated": Refused(refusal=Refusal.UNAUTHENTICATED),
    "comments": Refused(refusal=Refusal.MALFORMED),
    "status": Messages(items=(RECORD,), more=False),
}
USUAL = {"recipient": "911111111111", "sender": "DEMOBK", "may_lack_sender": True}
DRAFTS = {
    "simple": Draft(**USUAL, text="Sending first SMS using IMIconnect"),
    "smartlink": Draft(**USUAL, text=LINKED, links={5: 30}),
    "optional": Draft(
        **USUAL,
        text=LINKED,
        links={5: 30},
        reference="sgh3tvkpert",
        callback="https://mywebsite.com/record/transactions",
        valid_until=datetime(2015, 4, 12, 18, 51, 19, tzinfo=UTC),
        priority=1,
        extra=Extra(words={"callbackData": "kopwest4kfr"}),
    ),
    "variables": Draft(**USUAL, text="$(name) $(email)", variables={}, lenient=True),
    "template": Draft(**USUAL | {"sender": None}, template="1", variables={}, lenient=True),
    "camel": Draft(
        **USUAL | {"sender": None}, text="Hello", reference="some_unique_id", priority=2
    ),
}


def test_every_recorded_vector_has_an_answer_here() -> None:
    assert {path.name.removesuffix(".http") for path in VECTORS.glob("*.http")} == set(ANSWERS)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_printed_request_gets_the_printed_answer_but_for_the_id(name: str) -> None:
    request = recorded(name)
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.claim is not None
    assert (ask.claim.name, ask.claim.secret) == ("", "f2d7c1f5-0a61-11ec-8f3a-02b5a6a3a7d2")
    answer = ask.verdict or ANSWERS[name]
    reply = DIALECT.write(request, ask, answer, KEY)
    assert (reply.status, reply.content_type) == (200, "application/json; charset=utf-8")
    _same(json.loads(reply.body), printed(f"{name}.reply.json"))


def _same(given: Any, expected: Any) -> None:
    """The same names in the same order; ids are of the same form."""
    if isinstance(expected, list):
        assert isinstance(given, list)
        for mine, theirs in zip(given, expected, strict=True):
            _same(mine, theirs)
    elif isinstance(expected, dict):
        assert list(given) == list(expected)
        for name, value in expected.items():
            if name != "transid":
                _same(given[name], value)
                continue
            asked = read_transid(given[name])
            assert asked is not None
            assert given[name][36:] == value[36:]
    else:
        assert given == expected


@pytest.mark.parametrize("name", sorted(DRAFTS))
def test_a_printed_request_is_this_message(name: str) -> None:
    ask = DIALECT.read(recorded(name))
    assert isinstance(ask, Ask)
    assert ask.command == SendMessages(drafts=(DRAFTS[name],), submission=False)


def test_a_printed_batch_is_a_message_for_each_element() -> None:
    ask = DIALECT.read(recorded("batch"))
    assert isinstance(ask, Ask)
    assert isinstance(ask.command, SendMessages)
    assert ask.command.submission is True
    assert ask.command.whole is False
    assert [
        (draft.recipient, draft.text[:8].rstrip(","), draft.extra and draft.extra.words["n"])
        for draft in ask.command.drafts
    ] == [
        ("911111111111", "Hi John", "0"),
        ("911111111112", "Hi Mark", "1"),
        ("911111111113", "Hi steve", "2"),
    ]


def test_a_status_request_looks_for_the_id_that_was_answered() -> None:
    ask = DIALECT.read(recorded("status"))
    assert isinstance(ask, Ask)
    assert ask.command == FindByReference(submission=seal(KEY, SUBMISSION))


def test_a_delivery_notification_is_the_printed_one() -> None:
    event = Event(account_id=1, message_id=SUBMISSION, id=9, at=NOW, status=Status.DELIVERED)
    call = callback.render(ENDPOINT, event, RECORD, KEY, NOW)
    expected = printed("delivery.json")
    expected["deliveryInfoNotification"]["transid"] = TRANSID
    assert (call.method, call.url) == ("POST", ENDPOINT.url)
    assert call.body == json.dumps(expected, separators=(",", ":")).encode()


def test_an_mo_notification_is_the_printed_template_filled_in() -> None:
    inbound = Inbound(
        account_id=1,
        id=SUBMISSION,
        sender="911111111111",
        recipient="56767",
        text="HELP me",
        received_at=datetime(2015, 4, 12, 13, 0, 19, 456_789, tzinfo=UTC),
    )
    call = callback.render_inbound(ENDPOINT, inbound, KEY, NOW)
    assert call.body == json.dumps(printed("arrival.json"), separators=(",", ":")).encode()
