import json

import pytest

from heliograph.dialects.native import DIALECT
from heliograph.dialects.native._operations import OPERATIONS
from heliograph.dialects.native.codes import (
    CLASS_OF,
    ENCODING_OF,
    FIELDS,
    STATUS_OF,
    from_validation,
)
from heliograph.dialects.native.wire import StatusWord
from heliograph.model.account import TrafficClass
from heliograph.model.message import Draft, Encoding
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_is_a_problem_document(make, refusal):
    reply = DIALECT.refuse(make("GET", "/v1/x"), Refused(refusal=refusal, field="sender"))
    problem = json.loads(reply.body)
    assert reply.content_type == "application/problem+json"
    assert reply.status == problem["status"] == refusal.http_status
    assert problem["type"] == f"/problems/{refusal.code}"
    assert problem["code"] == refusal.code
    assert problem["title"] == refusal.sentence
    assert problem["errors"][0]["field"] == "/from"


def test_who_must_wait_is_told_how_long(make):
    told = Refused(refusal=Refusal.RATE_LIMITED, retry_after_seconds=7)
    reply = DIALECT.refuse(make("GET", "/v1/x"), told)
    assert dict(reply.headers)["retry-after"] == "7"
    assert json.loads(reply.body)["retry_after"] == 7
    untold = DIALECT.refuse(make("GET", "/v1/x"), Refused(refusal=Refusal.UNAVAILABLE))
    assert dict(untold.headers)["retry-after"] == "1"


def test_a_wrong_key_is_told_from_a_missing_one(make):
    refused = Refused(refusal=Refusal.UNAUTHENTICATED)
    wrong = DIALECT.refuse(make("GET", "/v1/x"), refused)
    assert 'error="invalid_token"' in dict(wrong.headers)["www-authenticate"]


def test_a_failure_inside_names_its_occurrence(make):
    request = make("GET", "/v1/x")
    named = type(request)(method="GET", path="/v1/x", query="", headers={}, id=5)
    problem = json.loads(DIALECT.refuse(named, Refused(refusal=Refusal.INTERNAL)).body)
    assert problem["instance"] == "/requests/0000000000005"


def test_the_words_of_the_api_are_total():
    assert set(CLASS_OF.values()) == set(TrafficClass)
    assert set(ENCODING_OF.values()) == set(Encoding)
    assert set(STATUS_OF.values()) == set(Status)
    assert set(STATUS_OF) == set(StatusWord.__args__)


def test_every_field_of_a_draft_that_may_be_at_fault_has_a_name_on_the_wire():
    own = set(Draft.__struct_fields__) - {"flash", "smart", "test", "needs_campaign"}
    # Other doors' words.
    own -= {"callback_statuses", "lenient", "short_links", "extra", "send_at_local"}
    own -= {"may_lack_sender", "hexadecimal"}
    assert own <= set(FIELDS)


@pytest.mark.parametrize(
    ("said", "field", "refusal"),
    [
        ("Expected `str`, got `int` - at `$.a[3].b`", "/a/3/b", Refusal.INVALID_FIELD),
        ("Object missing required field `to` - at `$[0]`", "/0/to", Refusal.MISSING_FIELD),
        ("Object contains unknown field `x``", "/x`", Refusal.INVALID_FIELD),
        ("Expected `str`, got `int` - at `$.variables[...]`", "/variables", Refusal.INVALID_FIELD),
        ("Expected `object`, got `array`", None, Refusal.INVALID_FIELD),
        ("something new", None, Refusal.INVALID_FIELD),
    ],
)
def test_the_decoders_sentences_name_the_field(said, field, refusal):
    refused = from_validation(said)
    assert (refused.field, refused.refusal) == (field, refusal)


def test_operations_have_names_of_their_own():
    assert len({each.id for each in OPERATIONS}) == len(OPERATIONS)
    assert len({(each.method, each.path) for each in OPERATIONS}) == len(OPERATIONS)
