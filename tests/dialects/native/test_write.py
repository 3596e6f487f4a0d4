import json
from typing import get_args

import msgspec
import pytest

from heliograph.dialects._shape import Ask, HttpReply
from heliograph.dialects.native import DIALECT
from heliograph.dialects.native._ids import sealed_word
from heliograph.dialects.native._operation import JSON
from heliograph.dialects.native._operations import BY_ID, OPERATIONS
from heliograph.dialects.native._thing_views import _VIEWS
from heliograph.dialects.native.write import _WRITERS, write
from heliograph.model import campaign as g
from heliograph.model import command as c
from heliograph.model import dialogue as d
from heliograph.model import ids, keeping
from heliograph.model import inventory as i
from heliograph.model import lists as x
from heliograph.model import refused as f
from heliograph.model import verify as v
from heliograph.model.account import Balance
from heliograph.model.link import LinkReport
from heliograph.model.message import Submission
from heliograph.model.overview import CarrierStates, Overview
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.simulation import Simulated
from heliograph.model.statistics import RouteStatistics
from tests.dialects.native import people

FORMS = {
    c.Accepted: "sendMessage",
    c.BulkAccepted: "sendBulk",
    c.Estimates: "estimate",
    c.MessageTrace: "findMessage",
    c.Messages: "listMessages",
    c.MessagesExported: "exportMessages",
    f.RefusedRequests: "listRefusedRequests",
    Submission: "findSubmission",
    Balance: "getBalance",
    c.LedgerPage: "listLedger",
    c.InboundPage: "listInbound",
    c.Saved: "createCredential",
    c.Things: "listSenders",
    c.Rates: "listRates",
    c.Deliveries: "listDeliveries",
    c.Replayed: "replay",
    c.Handset: "readHandset",
    c.Orphans: "listOrphans",
    Simulated: "getFaults",
    i.Offers: "listOffers",
    i.Imported: "importOffers",
    i.Rental: "buyOffer",
    i.Rentals: "listRentals",
    i.Restrictions: "listRestrictions",
    i.Approvals: "listApprovals",
    c.Usage: "getUsage",
    RouteStatistics: "routeStatistics",
    Overview: "getOverview",
    CarrierStates: "listCarrierStates",
    LinkReport: "getLinkClicks",
    g.BroadcastEstimate: "estimateBroadcast",
    g.BroadcastStarted: "startBroadcast",
    g.Segment: "addSegment",
    g.Broadcast: "findBroadcast",
    g.Broadcasts: "listBroadcasts",
    g.TriggerFired: "fireTrigger",
    g.BroadcastReportPage: "exportBroadcast",
    x.Filled: "createRecipientList",
    x.ListImport: "importRecipientList",
    x.RefusedLines: "listRefusedLines",
    x.Preview: "previewList",
    x.RecipientList: "findRecipientList",
    x.Lists: "listSuppressionLists",
    x.Members: "listRecipientListMembers",
    x.MembersRemoved: "removeSuppressionListMembers",
    v.CodeIssued: "issueCode",
    v.CodeChecked: "checkCode",
    v.VerificationFound: "findVerification",
    v.GuardReport: "listGuard",
    v.VerifyProfile: "createVerifyProfile",
    v.Profiles: "listVerifyProfiles",
    x.ListDownload: "downloadRecipientList",
    d.Conversations: "listConversations",
    d.Dialogue: "readConversation",
    d.OptOutsImported: "importOptOuts",
    d.OptOutsExported: "exportOptOuts",
    c.Done: "removeSender",
    **people.FORMS,
}


@pytest.fixture
def reply(make, key):
    """reply(form, answer, **headers) as it is written."""

    def written(form, answer, **headers) -> HttpReply:
        operation = BY_ID[form]
        request = make(operation.method, operation.path, **headers)
        ask = Ask(claim=None, command=c.GetBalance(), form=form)
        return write(request, ask, answer, key)

    return written


def test_every_answer_has_a_writer():
    elsewhere = set(get_args(keeping.Kept))  # answers to commands that no operation here asks for
    assert set(_WRITERS) == set(get_args(c.Answer)) - elsewhere == set(FORMS)
    assert set(_VIEWS) == set(get_args(c.Thing))


def test_every_answer_is_written_as_the_description_says(reply, answers):
    for kind, form in FORMS.items():
        said = reply(form, answers[kind])
        operation = BY_ID[form]
        assert said.status == operation.status, form
        if operation.reply is None:
            assert said.body == b""
        elif JSON in operation.reply_media:
            msgspec.json.decode(said.body, type=operation.reply)


def test_every_thing_is_written_as_the_description_says(reply, things):
    by_kind = {}
    for operation in OPERATIONS:
        if operation.method == "GET" and operation.read.__qualname__.startswith("list_things"):
            kind = operation.read.__closure__[0].cell_contents
            by_kind[kind] = operation.id
    by_kind[type(things[4])] = "listOptOuts"
    for thing in things:
        form = by_kind[type(thing)]
        said = reply(form, c.Things(items=(thing,), more=False))
        page = msgspec.json.decode(said.body, type=BY_ID[form].reply)
        assert len(page.items) == 1
        assert page.next is None


def test_no_unsealed_id_and_no_kept_secret_is_shown(reply, answers, things, message, event):
    whole = b"".join(reply(form, answers[kind]).body for kind, form in FORMS.items())
    whole += reply("listCarriers", c.Things(items=things, more=False)).body
    for number in (message.id, event.id):
        assert sealed_word(number).encode() not in whole
        assert str(number).encode() not in whole
    for secret in (b"never shown", b"whsec_", b"hash"):
        assert secret not in whole


def test_an_accepted_message_is_shown_with_its_place(reply, answers, message, key):
    said = reply("sendMessage", answers[c.Accepted])
    word = sealed_word(ids.seal(key, message.id))
    assert said.status == 201
    assert dict(said.headers)["location"] == f"/v1/messages/msg_{word}"
    assert json.loads(said.body) == {
        "id": f"msg_{word}",
        "submission": f"sub_{word}",
        "to": "8801844909020",
        "status": "queued",
        "parts": 1,
        "encoding": "gsm7",
        "price": "0.0042",
        "currency": "EUR",
    }


def test_a_repeated_answer_says_so(reply, answers):
    again = msgspec.structs.replace(answers[c.Accepted], repeated=True)
    assert dict(reply("sendMessage", again).headers)["idempotency-replayed"] == "true"


def test_a_single_message_that_was_refused_is_a_problem(reply):
    refused = Refused(refusal=Refusal.INVALID_RECIPIENT, field="recipient", detail="Too short.")
    answer = c.Accepted(submission_id=1, currency="EUR", items=(refused,))
    said = reply("sendMessage", answer)
    assert said.status == 422
    assert json.loads(said.body)["errors"] == [
        {"field": "/to", "code": "invalid_recipient", "detail": "Too short."}
    ]


def test_a_secret_is_shown_once(reply, answers, things):
    made = json.loads(reply("createCredential", answers[c.Saved]).body)
    assert made["secret"] == "hg_live_new"
    listed = reply("listCredentials", c.Things(items=(things[8],), more=False))
    assert "secret" not in json.loads(listed.body)["items"][0]


def test_a_page_gives_the_cursor_of_the_next(reply, answers, things, key, message):
    page = json.loads(reply("listMessages", answers[c.Messages]).body)
    assert page["next"] == page["items"][-1]["id"]
    assert json.loads(reply("listSenders", answers[c.Things]).body)["next"] == "snd_12"
    opted_out = c.Things(items=(things[4],), more=True)
    assert json.loads(reply("listOptOuts", opted_out).body)["next"] == "8801844909020"


def test_the_sums_of_a_submission_add_up(reply, answers):
    said = json.loads(reply("findSubmission", answers[Submission]).body)
    assert said["sums"] == {"delivered": 4, "failed": 2, "cancelled": 1, "pending": 3}
    assert sum(said["sums"].values()) == said["accepted"]


def test_a_trace_shows_what_was_decided(reply, answers):
    said = json.loads(reply("findMessage", answers[c.MessageTrace]).body)
    assert said["trace"][0]["detail"] == {"carrier": "sim"}
    assert said["trace"][0]["type"] == "message.delivered"
    assert said["deliveries"][0]["endpoint"] == "ep_3"
    assert said["class"] == "otp"


def test_rates_are_given_as_csv_to_who_asks_for_it(reply, answers):
    said = reply("listRates", answers[c.Rates], accept="text/csv")
    assert said.content_type.startswith("text/csv")
    assert said.body.decode().splitlines() == [
        "prefix,mcc,mnc,price,effective_from",
        "880,,,0.0042,2024-01-01T00:00:00+00:00",
    ]


def test_the_rates_that_are_given_can_be_put_again(make, reply, answers):
    table = reply("listRates", answers[c.Rates], accept="text/csv").body
    ask = DIALECT.read(make("PUT", "/v1/rate-cards/default/rates", table, content_type="text/csv"))
    assert isinstance(ask, Ask)
    assert isinstance(ask.command, c.ImportRates)
    assert ask.command.rates == answers[c.Rates].items


def test_the_restrictions_that_are_given_can_be_put_again(make, reply, answers):
    table = reply("listRestrictions", answers[i.Restrictions], accept="text/csv").body
    ask = DIALECT.read(make("PUT", "/v1/restrictions", table, content_type="text/csv"))
    assert isinstance(ask, Ask)
    wanted = i.ImportRestrictions(restrictions=answers[i.Restrictions].items, replace=True)
    assert ask.command == wanted


def test_a_rental_names_its_sender_and_number_by_their_ids(reply, answers):
    said = json.loads(reply("buyOffer", answers[i.Rental]).body)
    assert (said["sender"], said["number"], said["offer"]) == ("snd_12", "num_7", "ofr_4")
    assert (said["setup"], said["monthly"], said["state"]) == ("5", "2.5", "active")


def test_what_is_left_of_a_limit_is_told_in_headers():
    allowance = c.Allowance(limit=50, window_seconds=1, remaining=49, reset_seconds=1)
    assert DIALECT.write_allowance(allowance) == (
        ("ratelimit-policy", '"account";q=50;w=1'),
        ("ratelimit", '"account";r=49;t=1'),
    )
