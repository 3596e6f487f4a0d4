"""Requests as callers of Mitto make them lead to the vendor's answers, but for ids and times."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from heliograph.dialects._shape import Ask, HttpRequest
from heliograph.dialects.mitto import DIALECT
from heliograph.dialects.mitto.wire import sealed_id
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    Answer,
    Done,
    Estimate,
    Estimated,
    Estimates,
    MarkConverted,
    SendMessages,
    Usage,
    UsageLine,
)
from heliograph.model.message import Draft, Encoding, Extra
from heliograph.model.number import parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status

VECTORS = Path(__file__).parents[2] / "vectors" / "mitto"
KEY = bytes(range(32))
_HELLO = {"recipient": "41751231234", "sender": "MITTO SMS", "text": "Hello, World!"}
_GSM = Draft(**_HELLO, encoding=Encoding.GSM7)
DRAFTS: dict[str, tuple[Draft, ...]] = {
    "sms": (
        Draft(
            recipient="359898876737",
            sender="MITTO SMS",
            text="Hello, World!",
            encoding=Encoding.GSM7,
            reference="Spring campaign",
        ),
    ),
    "sms_test": (_GSM,),
    "sms_v2": (Draft(recipient="+41751231234", sender="MITTO SMS", text="Здравствуй, Мир!"),),
    "sms_query": (
        Draft(
            recipient="41751231234",
            sender="MITTO SMS",
            text="Your code is 482913",
            encoding=Encoding.GSM7,
        ),
    ),
    "sms_get": (
        Draft(
            recipient="41751231234",
            sender="MITTO SMS",
            body=b"\x01\x05\xff",
            udh=b"\x06\x05\x04\x15\x81\x15\x81",
            encoding=Encoding.BINARY,
            flash=True,
            validity_seconds=3600,
            reference="r-1",
            extra=Extra(protocol_id=65),
        ),
    ),
    "sms_form": (
        Draft(
            recipient="41751231234",
            sender="MITTO SMS",
            text="Čau",
            hexadecimal=True,
            encoding=Encoding.UCS2,
        ),
    ),
    "sms_named_form": (_GSM,),
    "smsbulk": (_GSM, _GSM),
    "smsbulk_list": (_GSM, _GSM),
}
OTHERS: dict[str, Answer | Refused] = {
    "converted": Done(),
    "converted_unknown": Refused(refusal=Refusal.NOT_FOUND, field="message"),
    "usage": Usage(
        currency="EUR",
        items=(UsageLine(country="CH", messages=3, parts=3, cost_micros=42_000),),
    ),
}
REFUSED = ("sms_refused", "usage_too_long")


def recorded(name: str) -> HttpRequest:
    head, _, body = (VECTORS / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    method, target, _version = line.split(" ")
    path, _, query = target.partition("?")
    split = (header.split(": ", 1) for header in headers)
    return HttpRequest(
        method=method,
        path=path,
        query=query,
        headers={key.lower(): value for key, value in split},
        body=body,
        id=77 << 22,
    )


def asked(name: str) -> tuple[HttpRequest, Ask]:
    request = recorded(name)
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert ask.claim is not None
    assert (ask.claim.dialect, ask.claim.name) == ("mitto", "")
    assert ask.claim.secret == "0123456789abcdef0123456789abcdef"
    return request, ask


def answered(name: str, ask: Ask) -> Answer | Refused:
    """What the house would say: everything is taken."""
    if ask.verdict is not None:
        return ask.verdict
    match ask.command:
        case SendMessages(drafts=drafts):
            items = tuple(
                AcceptedItem(
                    message_id=(5 << 40) + place,
                    recipient=str(parse_msisdn(draft.recipient)),
                    parts=1,
                    encoding="gsm7",
                    price_micros=14_000,
                    status=Status.QUEUED,
                )
                for place, draft in enumerate(drafts)
            )
            return Accepted(submission_id=5 << 40, currency="EUR", items=items)
        case Estimate(drafts=drafts):
            return Estimates(
                currency="EUR",
                price_micros=0,
                items=tuple(estimated(draft) for draft in drafts),
            )
        case _:
            return OTHERS[name]


def estimated(draft: Draft, *refused: Refused) -> Estimated:
    return Estimated(
        recipient=str(parse_msisdn(draft.recipient)),
        country=None,
        mcc=None,
        mnc=None,
        encoding="gsm7",
        parts=1,
        chars_left=0,
        non_gsm="",
        replaced={},
        price_micros=None,
        route=None,
        refused=refused,
    )


def test_every_recorded_vector_is_looked_at_here() -> None:
    names = {path.name.removesuffix(".http") for path in VECTORS.glob("*.http")}
    assert names == {*DRAFTS, *OTHERS, *REFUSED}


@pytest.mark.parametrize("name", sorted(DRAFTS))
def test_a_request_is_read_as_its_messages(name: str) -> None:
    _, ask = asked(name)
    assert ask.verdict is None
    assert isinstance(ask.command, SendMessages | Estimate)
    assert ask.command.drafts == DRAFTS[name]
    assert isinstance(ask.command, Estimate) == (name == "sms_test")


@pytest.mark.parametrize("name", sorted({*DRAFTS, *OTHERS, *REFUSED} - {"converted"}))
def test_a_request_gets_the_vendors_answer(name: str) -> None:
    request, ask = asked(name)
    reply = DIALECT.write(request, ask, answered(name, ask), KEY)
    assert reply.status == {"converted_unknown": 404, "usage_too_long": 400}.get(name, 200)
    assert reply.content_type == "application/json; charset=utf-8"
    printed = json.loads((VECTORS / f"{name}.reply.json").read_text())
    _same(json.loads(reply.body), printed)


def _same(given: object, printed: object) -> None:
    """The same fields in the same order with the same values; ids and times are like the printed."""
    if isinstance(printed, dict) and isinstance(given, dict):
        assert list(given) == list(printed)
        for name, value in printed.items():
            if name == "id":
                assert re.fullmatch(r"[0-9a-f]{32}", given[name])
            elif name == "timestamp":
                assert re.sub(r"\d", "0", given[name]) == re.sub(r"\d", "0", value)
            else:
                _same(given[name], value)
    elif isinstance(printed, list) and isinstance(given, list):
        assert len(given) == len(printed)
        for one, other in zip(given, printed, strict=True):
            _same(one, other)
    else:
        assert type(given) is type(printed)
        assert given == printed


def test_a_conversion_is_marked_by_an_id_with_dashes() -> None:
    request, ask = asked("converted")
    sealed = sealed_id("069d0e82a43747bcb1580f4065e83fce")
    assert sealed is not None
    assert ask.command == MarkConverted(message=sealed)
    reply = DIALECT.write(request, ask, Done(), KEY)
    assert (reply.status, reply.body) == (200, b"OK")
