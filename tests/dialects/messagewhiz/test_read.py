"""What requests mean: plans with the vendor's leniencies, and what is refused and named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO

import msgspec
import pytest

from heliograph.dialects._shape import Ask, HttpRequest
from heliograph.dialects.messagewhiz import DIALECT
from heliograph.model.account import Template
from heliograph.model.campaign import (
    AddSegment,
    BroadcastFilter,
    BroadcastKind,
    BroadcastOrder,
    BroadcastPlan,
    BroadcastRecipient,
    BroadcastState,
    EstimateBroadcast,
    ListBroadcasts,
    SenderList,
    StartBroadcast,
)
from heliograph.model.command import Command
from heliograph.model.keeping import Amend, Browse, Gather, IssueNumbered, StartNamed
from heliograph.model.link import SmartLink
from heliograph.model.lists import FillList, ListFile, ListLists, Numbers, Overlong
from heliograph.model.refusal import Refusal
from heliograph.model.verify import CheckCode
from tests.conformance.rooms import recorded

REQUESTS = dict(recorded("messagewhiz"))


def asked(method: str, target: str, body: object = None) -> Ask:
    path, _, query = target.partition("?")
    octets = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    request = HttpRequest(
        method=method, path=path, query=query, headers={"apikey": "k"}, body=octets, id=1
    )
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask), ask
    return ask


def command(method: str, target: str, body: object = None) -> Command:
    ask = asked(method, target, body)
    assert ask.verdict is None, ask.verdict
    return ask.command


def printed(name: str) -> Command:
    ask = DIALECT.read(REQUESTS[name])
    assert isinstance(ask, Ask)
    return ask.command


def plan(name: str) -> BroadcastPlan:
    found = printed(name)
    assert isinstance(found, StartBroadcast | StartNamed)
    return found.plan


# -- broadcasts ---------------------------------------------------------------------------------------


def test_the_printed_single_and_its_previous_approach() -> None:
    assert plan("single") == BroadcastPlan(
        kind=BroadcastKind.SINGLE,
        note="10",
        name="Single SMS to 380681337228",
        campaign_id=1,
        sender_ids=(23,),
        recipients=(BroadcastRecipient(msisdn="380681337228"),),
        text="message body",
    )
    assert plan("legacy_single") == BroadcastPlan(
        kind=BroadcastKind.SINGLE,
        note="0",
        campaign_id=1,
        sender_ids=(23,),
        recipients=(BroadcastRecipient(msisdn="2605876689"),),
        text="sample message",
        send_at=datetime(2021, 1, 5, 13, 35, 18, 837_000, tzinfo=UTC),
        utc_offset_minutes=120,
    )
    tiny = plan("legacy_tiny")
    assert (tiny.sender, tiny.sender_ids, tiny.campaign_id) == ("sender", (), None)


def test_the_printed_broadcasts() -> None:
    base = plan("base")
    assert (base.kind, base.list_ids, base.sender_ids) == (BroadcastKind.BASE, (12,), (23,))
    assert base.suppression_ids == ()
    smart = plan("smart")
    assert (smart.first_segment_size, smart.ctr_threshold, smart.note) == (3, None, "12:manual")
    legacy = plan("legacy_smart")
    assert (legacy.first_segment_size, legacy.note) == (12, "2")
    now = plan("legacy_base")
    assert (now.send_at, now.note, now.name) == (None, "1", "BroadcastName")


def test_the_printed_single_request_with_typographic_quotation_marks() -> None:
    combined = plan("combined")
    assert combined.sender == "My sender"
    assert combined.recipients[0] == BroadcastRecipient(
        msisdn="380100001010",
        fields={
            "first_name": "John",
            "last_name": "Doe",
            "custom2": "MyCustomToken",
            "url": "https://mylink1.com",
        },
    )


def test_the_printed_segment_without_its_commas() -> None:
    assert printed("segment") == AddSegment(
        broadcast_id=111, size=1, text="sample", sender_ids=(1,), utc_offset_minutes=180
    )


BODY = {
    "broadcast_type": "11",
    "campaign_id": 1,
    "sender_ids": "1, 2,2",
    "recipient_list_ids": [3, "4"],
    "message_body": "m",
}


def started(**fields: object) -> BroadcastPlan:
    found = command("POST", "/api/3/Broadcast", BODY | fields)
    assert isinstance(found, StartBroadcast)
    return found.plan


def test_ids_come_as_numbers_texts_lists_and_arrays_and_zero_is_none() -> None:
    found = started(trigger_id=0, delay=0, template_id="", unsubscriber_list_ids="0")
    assert (found.sender_ids, found.list_ids) == ((1, 2), (3, 4))
    assert (found.trigger_id, found.template_id, found.suppression_ids) == (None, None, ())
    assert started(sender_ids=None, sender_list_id=9).sender_list_id == 9


@pytest.mark.parametrize(
    ("send_date", "utc_offset", "hour"),
    [
        ("2031-03-01T12:00:00.000Z", 120, 12),
        ("2031-03-01T12:00:00+02:00", 120, 10),
        ("2031-03-01T12:00:00", 120, 10),
        ("2031-03-01 12:00", 0, 12),
    ],
)
def test_an_offset_moves_only_a_time_without_a_zone(
    send_date: str, utc_offset: int, hour: int
) -> None:
    found = started(send_date=send_date, utc_offset=utc_offset)
    assert found.send_at == datetime(2031, 3, 1, hour, tzinfo=UTC)
    assert found.utc_offset_minutes == utc_offset


def test_a_click_rate_broadcast_by_any_of_the_names_that_may_be_meant() -> None:
    fields = {"broadcast_type": 12, "eb_type": "ctr_threshold", "first_segment_size": 5}
    found = started(**fields, ctr_threshold="12.5%", ctr_wait=30)
    assert (found.ctr_threshold, found.ctr_wait_minutes) == (12.5, 30)
    assert found.note == "12:ctr_threshold"


@pytest.mark.parametrize(
    ("fields", "refusal", "field"),
    [
        ({"broadcast_type": None}, Refusal.MISSING_FIELD, "broadcast_type"),
        ({"broadcast_type": 13}, Refusal.INVALID_FIELD, "broadcast_type"),
        ({"campaign_id": 0}, Refusal.MISSING_FIELD, "campaign_id"),
        ({"message_body": " "}, Refusal.MISSING_FIELD, "message_body"),
        ({"sender_ids": ""}, Refusal.MISSING_FIELD, "sender_ids"),
        ({"sender_ids": "x"}, Refusal.INVALID_FIELD, "sender_ids"),
        ({"recipient_list_ids": "3000000000"}, Refusal.INVALID_FIELD, "recipient_list_ids"),
        ({"recipient_list_ids": {}}, Refusal.INVALID_FIELD, "recipient_list_ids"),
        ({"send_date": "soon"}, Refusal.INVALID_FIELD, "send_date"),
        ({"utc_offset": 10_000}, Refusal.INVALID_FIELD, "utc_offset"),
        ({"name": "n" * 300}, Refusal.INVALID_FIELD, "name"),
        ({"broadcast_type": 10}, Refusal.MISSING_FIELD, "sender_id"),
        ({"broadcast_type": 12}, Refusal.MISSING_FIELD, "eb_type"),
        ({"broadcast_type": 12, "eb_type": "manual"}, Refusal.MISSING_FIELD, "first_segment_size"),
        (
            {"broadcast_type": 12, "eb_type": "ctr", "first_segment_size": 1, "ctr": 101},
            Refusal.INVALID_FIELD,
            "ctr",
        ),
    ],
)
def test_what_cannot_be_used_is_named(
    fields: dict[str, object], refusal: Refusal, field: str
) -> None:
    ask = asked("POST", "/api/3/Broadcast", BODY | fields)
    assert ask.verdict is not None
    assert (ask.verdict.refusal, ask.verdict.field) == (refusal, field)


def test_an_estimate_of_a_single_message_needs_no_list() -> None:
    found = command(
        "POST",
        "/api/3/Broadcast/estimate",
        {"broadcast_type": 10, "recipient": "1,2", "message_body": "m"},
    )
    assert isinstance(found, EstimateBroadcast)
    assert [each.msisdn for each in found.plan.recipients] == ["1", "2"]


def test_the_printed_filter_finds_smart_broadcasts_of_both_approaches() -> None:
    words = "name=sample,type=2,type=12,filterBy=create_date,start_date=06/01/2021 12:00 AM"
    target = (
        f"/api/3/Broadcast/List?filter={words.replace(' ', '%20')}&orderby=send_date+ASC&limit=5"
    )
    assert command("GET", target) == ListBroadcasts(
        filter=BroadcastFilter(
            name="sample",
            kinds=(BroadcastKind.SMART,),
            notes=("2", "12"),
            created_since=datetime(2021, 6, 1, tzinfo=UTC),
        ),
        order=BroadcastOrder.SEND,
        descending=False,
        limit=5,
    )
    assert command("GET", "/api/3/Broadcast/List") == ListBroadcasts()
    waiting = command("GET", "/api/3/Broadcast/List?filter=state=2,name=Me%20%26%20you%2C%20both")
    assert isinstance(waiting, ListBroadcasts)
    assert waiting.filter.states == (BroadcastState.WAITING,)
    assert waiting.filter.name == "Me & you, both"


def test_a_url_is_filtered_by_as_the_reference_prints_it_in_a_sentence() -> None:
    found = command("GET", "/api/3/link?filter=url=http://foot1.com,")
    assert found == Browse(kind=SmartLink, url="http://foot1.com")


@pytest.mark.parametrize(
    "query",
    ["filter=nothing=1", "filter=type=7", "filter=start_date=soon", "orderby=price", "limit=x"],
)
def test_a_filter_that_nobody_knows_is_refused(query: str) -> None:
    assert asked("GET", f"/api/3/Broadcast/List?{query}").verdict is not None


# -- one-time codes -----------------------------------------------------------------------------------


def test_a_one_time_code_by_the_query_or_the_body() -> None:
    found = printed("otp")
    assert isinstance(found, IssueNumbered)
    assert (found.sender_id, found.issue.recipient, found.issue.length) == (23, "2605876689", 4)
    body = {"campaign_id": 1, "sender_id": 2, "recipient": "3", "message_body": "no place"}
    ask = asked("POST", "/api/broadcasts/single?otp=true", body)
    assert ask.verdict is not None
    assert ask.verdict.field == "message_body"


@pytest.mark.parametrize(("sent", "code"), [(2253, "2253"), (42, "0042"), ("0042", "0042")])
def test_leading_zeros_of_a_code_are_put_back(sent: object, code: str) -> None:
    found = command("POST", "/api/recipients/+2605876689/verification", {"verification_code": sent})
    assert found == CheckCode(code=code, recipient="2605876689")


# -- entities and lists -------------------------------------------------------------------------------


def test_a_page_has_ten_enabled_things_unless_asked_otherwise() -> None:
    assert command("GET", "/api/3/template?") == Browse(kind=Template)
    assert command(
        "GET", "/api/3/template?limit=5000&start=20&enabled=0&filter=name=a=b"
    ) == Browse(kind=Template, limit=1000, start=20, enabled=False, name="a=b")
    assert command("GET", "/api/3/RecipientList") == ListLists(enabled=True, limit=10)


def test_a_change_names_only_what_changes() -> None:
    put = command("PUT", "/api/3/template/46126", {"name": "n"})
    assert put == Amend(kind=Template, id=46126, changes={"name": "n"})
    assert command("DELETE", "/api/3/template/99999999999") == Amend(
        kind=Template, id=2**31 - 1, changes={"enabled": False}
    )
    ask = asked("PATCH", "/api/3/campaign/1", {})
    assert ask.verdict is not None
    assert ask.verdict.field == "enabled"


def test_senders_are_put_on_a_list_in_the_place_of_the_former_ones() -> None:
    found = command("PUT", "/api/3/senderList/5", {"senderIds": ["1", 2]})
    assert found == Gather(kind=SenderList, id=5, replace=True, members=(1, 2))


def test_a_file_is_read_where_it_stands_whether_spooled_or_not() -> None:
    request = REQUESTS["recipients_import"]
    spooled = msgspec.structs.replace(request, body=b"", spool=BytesIO(request.body))
    for each in (request, spooled):
        ask = DIALECT.read(each)
        assert isinstance(ask, Ask)
        found = ask.command
        assert isinstance(found, FillList)
        assert isinstance(found.source, ListFile)
        assert (found.name, found.wait) == ("FirstRecipientList", True)
        assert found.source.mapping == {0: "msisdn", 1: "first_name"}
        assert found.source.overlong is Overlong.TRUNCATE
        found.source.file.seek(found.source.start)
        octets = found.source.file.read((found.source.end or 0) - found.source.start)
        assert octets.startswith(b'"phone_number"')
        assert octets.rstrip().endswith(b'"Alex"')


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'name="doc"', b'name="dog"', "doc"),
        (b"phone_number", b"telephone", "mapping"),
        (b'"0":', b'"x":', "mapping"),
        (b'name="name"', b'name="title"', "name"),
        (b"------example--", b"------exam", None),
    ],
)
def test_an_import_that_lacks_something_is_refused(
    old: bytes, new: bytes, field: str | None
) -> None:
    request = REQUESTS["recipients_import"]
    broken = request.body.replace(b'; filename="numbers_9.csv"', b"").replace(old, new)
    ask = DIALECT.read(msgspec.structs.replace(request, body=broken))
    assert isinstance(ask, Ask)
    assert ask.verdict is not None
    assert ask.verdict.field == field


def test_numbers_come_as_texts_or_integers() -> None:
    body = {"name": "n", "numbers": [380502222233, "380643333322"]}
    assert command("POST", "/api/3/unsubscribeList", body) == FillList(
        suppression=True,
        name="n",
        source=Numbers(items=("380502222233", "380643333322")),
        wait=True,
    )


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"12", b'{"a" "b"}', b'{"name":"x" "y":1}', b"\xff", b'{"name":}', b'{"a":1}}]'],
)
def test_leniency_ends_where_nobody_knows_what_was_meant(body: bytes) -> None:
    ask = asked("POST", "/api/3/campaign", body)
    assert ask.verdict is not None
    assert ask.verdict.refusal in (Refusal.MALFORMED, Refusal.MISSING_FIELD)
