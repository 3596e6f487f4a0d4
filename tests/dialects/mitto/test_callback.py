"""Reports and messages from handsets: templates, bare URLs, GET and POST, all the names."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from heliograph.dialects.mitto import callback
from heliograph.dialects.mitto.wire import message_id
from heliograph.model.account import Endpoint, TrafficClass
from heliograph.model.ids import id_at
from heliograph.model.message import Encoding, Event, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.status import Status

KEY = bytes(range(32))
NOW = datetime(2026, 5, 1, 12, 30, 5, tzinfo=UTC)
MESSAGE = Message(
    account_id=1,
    id=id_at(datetime(2026, 5, 1, 12, 30, tzinfo=UTC)) + 7,
    submission_id=None,
    dialect="mitto",
    sender="MITTO",
    recipient="41751231234",
    text="Hello",
    encoding=Encoding.GSM7,
    parts=1,
    traffic_class=TrafficClass.TRANSACTIONAL,
    mcc="228",
    mnc="01",
    price_micros=14_000,
    reference="Spring & <campaign>",
    valid_until=NOW,
)
RECORD = MessageRecord(
    message=MESSAGE,
    status=Status.UNDELIVERED,
    reason=Reason.ABSENT_SUBSCRIBER,
    vendor_code=None,
    charge=Charge.CAPTURED,
    attempts=1,
    carrier_id=1,
    updated_at=NOW,
)
EVENT = Event(
    account_id=1,
    message_id=MESSAGE.id,
    id=9,
    at=NOW,
    status=Status.UNDELIVERED,
    reason=Reason.ABSENT_SUBSCRIBER,
)
VALUES = {
    "msgid": message_id(KEY, MESSAGE.id),
    "sendtime": "2026-05-01 12:30:00",
    "status": "UNDELIVERED",
    "receiver": "41751231234",
    "mcc": "228",
    "mnc": "01",
    "cost": "1.4",
    "errorcode": "27",
    "sendtimestamp": "1777638605",
    "reference": "Spring & <campaign>",
}
INBOUND = Inbound(
    account_id=1,
    id=11,
    sender="41751231234",
    recipient="41790000000",
    text="Ja & ž",
    encoding=Encoding.UCS2,
    received_at=NOW,
)


def endpoint(url: str, **settings: str) -> Endpoint:
    return Endpoint(account_id=1, id=0, url=url, dialect="mitto", settings=settings)


def url_of(template: str, event: Event = EVENT) -> str:
    return callback.render(endpoint(template), event, RECORD, KEY, NOW).url


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


@pytest.mark.parametrize("hole", ["<{}>", "${}$", "%3C{}%3E", "%24{}%24"])
def test_every_name_is_put_into_a_template(hole: str) -> None:
    template = "https://a.example/cb?" + "&".join(
        f"{name}={hole.format(name)}" for name in callback.REPORT_NAMES
    )
    assert set(VALUES) == set(callback.REPORT_NAMES)
    assert query(url_of(template)) == VALUES


def test_a_bare_url_gets_every_name_as_query() -> None:
    assert query(url_of("https://a.example")) == VALUES
    url = url_of("https://a.example/cb?x=1#part")
    assert query(url) == {"x": "1"} | VALUES
    assert url.endswith("#part")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("https://a.example/<STATUS>/x", "https://a.example/UNDELIVERED/x"),
        ("https://a.example/?a=$5$&s=$status$$", "https://a.example/?a=$5$&s=UNDELIVERED$"),
        ("https://a.example/?s=<status>&c=<coding>&<b>", "https://a.example/?s=UNDELIVERED&c=&<b>"),
        ("https://a.example/<msgid>", f"https://a.example/{VALUES['msgid']}"),
    ],
)
def test_what_is_no_name_stays_as_it_is(template: str, expected: str) -> None:
    assert url_of(template) == expected


def test_a_value_cannot_leave_its_place() -> None:
    url = url_of("https://a.example/cb?r=<reference>&s=<status>")
    assert url == "https://a.example/cb?r=Spring%20%26%20%3Ccampaign%3E&s=UNDELIVERED"


def test_post_brings_all_names_as_a_form_too() -> None:
    call = callback.render(
        endpoint("https://a.example/<status>", method="post"), EVENT, RECORD, KEY, NOW
    )
    assert (call.method, call.url) == ("POST", "https://a.example/UNDELIVERED")
    assert dict(call.headers)["content-type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(call.body.decode(), keep_blank_values=True)) == VALUES
    got = callback.render(endpoint("https://a.example/<status>"), EVENT, RECORD, KEY, NOW)
    assert (got.method, got.body) == ("GET", b"")


def test_the_words_are_those_of_the_event_and_unknown_networks_are_empty() -> None:
    message = msgspec.structs.replace(MESSAGE, mcc=None, mnc=None, reference=None, price_micros=0)
    record = msgspec.structs.replace(RECORD, message=message)
    sent = msgspec.structs.replace(EVENT, status=Status.SENT, reason=Reason.NONE)
    found = query(callback.render(endpoint("https://a.example"), sent, record, KEY, NOW).url)
    assert (found["status"], found["errorcode"], found["cost"]) == ("SENT", "0", "0")
    assert (found["mcc"], found["mnc"], found["reference"]) == ("", "", "")


def test_a_message_from_a_handset_has_its_five_names() -> None:
    expected = {
        "coding": "Unicode",
        "sender": "41751231234",
        "content": "Ja & ž",
        "receiver": "41790000000",
        "msgid": message_id(KEY, INBOUND.id),
    }
    for template in (
        "https://a.example/mo",
        "https://a.example/mo?" + "&".join(f"{n}=<{n}>" for n in callback.ARRIVAL_NAMES),
    ):
        call = callback.render_inbound(endpoint(template), INBOUND, KEY, NOW)
        assert query(call.url) == expected
    both = callback.render_inbound(endpoint("https://a.example/<status>/x"), INBOUND, KEY, NOW)
    assert urlsplit(both.url).path == "//x"
    assert query(both.url) == expected


@pytest.mark.parametrize(
    ("words", "coding", "content"),
    [
        ({"text": "Yes", "encoding": Encoding.AUTO}, "GSM", "Yes"),
        ({"text": "ž", "encoding": Encoding.AUTO}, "Unicode", "ž"),
        ({"text": "Yes", "encoding": Encoding.GSM7}, "GSM", "Yes"),
        ({"text": "", "body": b"\x01\xff", "encoding": Encoding.BINARY}, "Binary", "01FF"),
    ],
)
def test_the_coding_of_a_message_from_a_handset(
    words: dict[str, object], coding: str, content: str
) -> None:
    inbound = msgspec.structs.replace(INBOUND, **words)
    found = query(callback.render_inbound(endpoint("https://a.example"), inbound, KEY, NOW).url)
    assert (found["coding"], found["content"]) == (coding, content)


@pytest.mark.parametrize(
    ("url", "settings", "count"),
    [
        ("https://a.example/<msgid>", {}, 0),
        ("https://a.example/", {"method": "POST"}, 0),
        ("https://<msgid>.example/", {}, 1),
        ("https://a.example:$mcc$/", {}, 1),
        ("ftp://a.example/", {"method": "PUT", "colour": "red"}, 3),
    ],
)
def test_faults_of_an_endpoint(url: str, settings: dict[str, str], count: int) -> None:
    assert len(callback.endpoint_faults(endpoint(url, **settings))) == count
