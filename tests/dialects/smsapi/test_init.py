"""The room offers what the edge expects of a dialect."""

from __future__ import annotations

import json

import pytest

from heliograph.dialects import smsapi
from heliograph.dialects._shape import Dialect, HttpRequest
from heliograph.dialects.smsapi import DIALECT, faults
from heliograph.dialects.smsapi.coverage import COVERAGE
from heliograph.model.refusal import Refusal, Refused


def test_the_public_names_are_these() -> None:
    assert set(smsapi.__all__) == {"DIALECT", "SmsAPI", "faults"}
    dialect: Dialect = smsapi.SmsAPI()
    assert dialect.name == DIALECT.name == "smsapi"


@pytest.mark.parametrize(
    ("path", "owned"),
    [
        ("/smsAPI", True),
        ("/smsAPI/", True),
        ("/smsapi/sendsms", True),
        ("/SMSC/smsAPI&groupstatus&groupid=1", True),
        ("/sendroidultimate/app/smsAPI", True),
        ("/", False),
        ("/smsAPIs", False),
        ("/mysmsAPI", False),
        ("/api/SmsSending/SMS", False),
        ("/docs/smsAPI.html", False),
    ],
)
def test_every_path_with_the_segment_is_its_own(path: str, owned: bool) -> None:
    assert DIALECT.owns(path) is owned


def test_one_label_and_one_limit_hold_for_every_path() -> None:
    for path in ("/smsAPI", "/x/smsAPI/sendsms", "/smsAPI&balance"):
        assert DIALECT.label("GET", path) == "smsAPI"
        assert DIALECT.body_limit("POST", path) == 2 * 1024 * 1024
        assert DIALECT.spools("POST", path) is False


def test_a_request_that_never_became_a_command_is_refused_by_the_vendors_object() -> None:
    request = HttpRequest(method="POST", path="/smsAPI", query="sendsms", headers={})
    reply = DIALECT.refuse(request, Refused(refusal=Refusal.INTERNAL, retry_after_seconds=3))
    assert json.loads(reply.body) == {
        "request": "sendsms",
        "status": "error",
        "message": "System error, try again later",
    }
    assert (reply.status, reply.headers) == (200, (("Retry-After", "3"),))


@pytest.mark.parametrize(
    ("name", "settings", "count"),
    [
        ("KEY", {}, 0),
        ("KEY", {"timezone": "Asia/Dhaka"}, 0),
        ("KEY", {"timezone": "Dhaka"}, 1),
        ("KEY", {"timezone": ""}, 1),
        ("KEY", {"timezone": "../../etc/passwd"}, 1),
        ("KEY", {"timezone": "Asia"}, 1),
        ("KEY", {"zone": "UTC"}, 1),
        (" ", {"zone": "UTC"}, 2),
    ],
)
def test_a_credential_has_a_name_and_a_zone_that_exists(
    name: str, settings: dict[str, str], count: int
) -> None:
    assert len(faults(name, settings)) == count


def test_the_coverage_names_everything_once_and_says_why_where_something_is_not_done() -> None:
    assert len({(each.section, each.item) for each in COVERAGE}) == len(COVERAGE)
    assert all(each.note for each in COVERAGE if each.state != "done")
    items = " ".join(each.item for each in COVERAGE)
    fields = (
        "apikey apitoken type from to text file language scheduledate duration route groupid list"
    )
    assert all(
        f"`{name}`" in items or f"`{name} " in items for name in fields.split() if name != "type"
    )
    assert "`type` voice" in items
