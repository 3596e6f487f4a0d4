import json
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.native import DIALECT
from heliograph.dialects.native._ids import sealed_word
from heliograph.dialects.native._operations import OPERATIONS
from heliograph.dialects.native.read import read
from heliograph.model import account as a
from heliograph.model import command as c
from heliograph.model import dialogue as d
from heliograph.model import inventory as i
from heliograph.model import route as r
from heliograph.model.message import Draft, Encoding, Extra
from heliograph.model.overview import GetHouseOverview, GetOverview, ListCarrierStates
from heliograph.model.refusal import Refusal
from heliograph.model.simulation import GetFaults
from heliograph.model.statistics import ListRouteStatistics
from heliograph.model.status import Status

MESSAGE = b'{"to":"+8801844909020","from":"Heliograph","text":"Hi"}'
WORD = sealed_word(77)
DIGITS = "8801844909020"
MARCH = {"since": date(2026, 3, 1), "until": date(2026, 3, 31)}


def asked(request: HttpRequest) -> Ask:
    ask = read(request)
    assert isinstance(ask, Ask)
    return ask


def command(request: HttpRequest) -> c.Command:
    ask = asked(request)
    assert ask.verdict is None, ask.verdict
    return ask.command


def test_a_message_is_read_with_all_its_fields(make):
    body = {
        "to": "+8801844909020",
        "from": "Heliograph",
        "text": "Hi {{name}}",
        "class": "promotional",
        "send_at": "2027-01-01T08:00:00+06:00",
        "validity_seconds": 3600,
        "reference": "r1",
        "callback_url": "https://shop.example/h",
        "flash": True,
        "priority": 2,
        "encoding": "ucs2",
        "smart": True,
        "campaign": "EID",
        "variables": {"name": "Amina"},
        "udh_hex": "0605040B8423F0",
    }
    sent = command(make("POST", "/v1/messages", json.dumps(body).encode()))
    assert isinstance(sent, c.SendMessages)
    assert sent.drafts == (
        Draft(
            recipient="+8801844909020",
            sender="Heliograph",
            text="Hi {{name}}",
            traffic_class=a.TrafficClass.PROMOTIONAL,
            send_at=datetime(2027, 1, 1, 2, tzinfo=UTC),
            validity_seconds=3600,
            reference="r1",
            callback="https://shop.example/h",
            flash=True,
            priority=2,
            encoding=Encoding.UCS2,
            smart=True,
            campaign="EID",
            variables={"name": "Amina"},
            udh=bytes.fromhex("0605040B8423F0"),
        ),
    )
    assert not sent.submission


def test_a_binary_message_carries_octets(make):
    sent = command(make("POST", "/v1/messages", b'{"to":"1","body_hex":"0aff"}'))
    assert isinstance(sent, c.SendMessages)
    assert sent.drafts[0].body == b"\x0a\xff"
    assert sent.drafts[0].encoding is Encoding.BINARY


def test_the_caller_is_named_by_the_bearer_key(make):
    ask = asked(make("POST", "/v1/messages", MESSAGE, authorization="bearer hg_test_abc"))
    assert ask.claim == c.Claim(dialect="native", name="", secret="hg_test_abc")
    assert ask.scope is a.Scope.SEND


def test_a_call_keeps_what_goes_beyond_a_short_message(make):
    body = b'{"to":"1","channel":"voice","media_url":"https://x/y","language":"bn","duration_seconds":9}'
    (call,) = command(make("POST", "/v1/messages", body)).drafts
    assert call.extra == Extra(
        channel="voice", media_url="https://x/y", language="bn", duration_seconds=9
    )
    (plain,) = command(make("POST", "/v1/messages", MESSAGE)).drafts
    assert plain.extra is None


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic abc", "Bearer " + "x" * 300])
def test_who_names_no_key_is_asked_for_one(make, header):
    reply = read(make("POST", "/v1/messages", MESSAGE, authorization=header))
    assert isinstance(reply, HttpReply)
    assert reply.status == 401
    assert dict(reply.headers)["www-authenticate"].startswith("Bearer")


def test_the_idempotency_key_comes_with_a_fingerprint_of_the_content(make):
    first = command(make("POST", "/v1/messages", MESSAGE, idempotency_key="k1"))
    same = command(make("POST", "/v1/messages", MESSAGE, idempotency_key="k1"))
    other = command(make("POST", "/v1/messages", MESSAGE + b" ", idempotency_key="k1"))
    assert isinstance(first, c.SendMessages)
    assert isinstance(other, c.SendMessages)
    assert first == same
    assert first.idempotency_key == "k1"
    assert first.fingerprint != other.fingerprint


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\x80"])
def test_an_idempotency_key_that_cannot_be_one_is_named(make, key):
    verdict = asked(make("POST", "/v1/messages", MESSAGE, idempotency_key=key)).verdict
    assert verdict is not None
    assert verdict.field == "Idempotency-Key"


BAD_BODIES = [
    (b"", Refusal.MALFORMED, None),
    (b"{", Refusal.MALFORMED, None),
    (b"\xff", Refusal.MALFORMED, None),
    (b"null", Refusal.INVALID_FIELD, None),
    (b"[]", Refusal.INVALID_FIELD, None),
    (b"[" * 100_000, Refusal.INVALID_FIELD, None),
    (b'{"to":' + b"[" * 100_000, Refusal.INVALID_FIELD, "/to"),
    (b'{"x":' + b"[" * 100_000, Refusal.INVALID_FIELD, "/x"),
    (b"{}", Refusal.MISSING_FIELD, "/to"),
    (b'{"to":1}', Refusal.INVALID_FIELD, "/to"),
    (b'{"to":null}', Refusal.INVALID_FIELD, "/to"),
    (b'{"to":"1","txet":"a"}', Refusal.INVALID_FIELD, "/txet"),
    (b'{"to":"1","text":["a"]}', Refusal.INVALID_FIELD, "/text"),
    (b'{"to":"1","text":"\xff"}', Refusal.MALFORMED, None),
    (b'{"to":"1","text":"\\ud800"}', Refusal.MALFORMED, None),
    (b'{"to":"1","text":"a\\u0000b"}', Refusal.INVALID_FIELD, "/text"),
    (b'{"to":"1","variables":{"a":"\\u0000"}}', Refusal.INVALID_FIELD, "/variables/a"),
    (b'{"to":"1","class":"spam"}', Refusal.INVALID_FIELD, "/class"),
    (b'{"to":"1","priority":NaN}', Refusal.MALFORMED, None),
    (b'{"to":"1","priority":1e999}', Refusal.INVALID_FIELD, "/priority"),
    (b'{"to":"1","priority":9}', Refusal.INVALID_FIELD, "/priority"),
    (b'{"to":"1","priority":' + b"9" * 5000 + b"}", Refusal.INVALID_FIELD, "/priority"),
    (b'{"to":"1","validity_seconds":0}', Refusal.INVALID_FIELD, "/validity_seconds"),
    (b'{"to":"1","send_at":"2027-01-01T00:00:00"}', Refusal.INVALID_FIELD, "/send_at"),
    (b'{"to":"1","send_at":"0001-01-01T00:00:00+14:00"}', Refusal.INVALID_FIELD, "/send_at"),
    (b'{"to":"1","send_at":"tomorrow"}', Refusal.INVALID_FIELD, "/send_at"),
    (b'{"to":"1","valid_until":"2027-01-01T00:00:00"}', Refusal.INVALID_FIELD, "/valid_until"),
    (
        b'{"to":"1","valid_until":"2027-01-01T00:00:00Z","validity_seconds":9}',
        Refusal.INVALID_FIELD,
        "/valid_until",
    ),
    (b'{"to":"1","callback_url":"javascript:x"}', Refusal.INVALID_FIELD, "/callback_url"),
    (b'{"to":"1","callback_url":"http://a/\\r\\nx: y"}', Refusal.INVALID_FIELD, "/callback_url"),
    (b'{"to":"1","callback_url":"http://a/\\n"}', Refusal.INVALID_FIELD, "/callback_url"),
    (b'{"to":"1","channel":"fax"}', Refusal.INVALID_FIELD, "/channel"),
    (b'{"to":"1","media_url":"https://x/y"}', Refusal.INVALID_FIELD, "/media_url"),
    (b'{"to":"1","channel":"voice","media_url":"ftp:x"}', Refusal.INVALID_FIELD, "/media_url"),
    (b'{"to":"1","channel":"voice","language":"a\\u0000"}', Refusal.INVALID_FIELD, "/language"),
    (b'{"to":"1","duration_seconds":1}', Refusal.INVALID_FIELD, "/duration_seconds"),
    (b'{"to":"1","body_hex":"0"}', Refusal.INVALID_FIELD, "/body_hex"),
    (b'{"to":"1","body_hex":"zz"}', Refusal.INVALID_FIELD, "/body_hex"),
    (b'{"to":"1","text":"a","body_hex":"00"}', Refusal.INVALID_FIELD, "/body_hex"),
    (b'{"to":"1","variables":{"a":1}}', Refusal.INVALID_FIELD, "/variables"),
    (b'{"to":"' + b"1" * 65 + b'"}', Refusal.INVALID_FIELD, "/to"),
    (b'{"to":"1"} x', Refusal.MALFORMED, None),
    (b'\xef\xbb\xbf{"to":"1"}', Refusal.MALFORMED, None),
]


@pytest.mark.parametrize(("body", "refusal", "field"), BAD_BODIES)
def test_a_body_that_cannot_be_read_names_its_fault(make, body, refusal, field):
    verdict = asked(make("POST", "/v1/messages", body)).verdict
    assert verdict is not None
    assert (verdict.refusal, verdict.field) == (refusal, field)
    assert verdict.detail


def test_an_escaped_backslash_before_u0000_is_no_null(make):
    sent = command(make("POST", "/v1/messages", rb'{"to":"1","text":"\\u0000"}'))
    assert isinstance(sent, c.SendMessages)
    assert sent.drafts[0].text == "\\u0000"


@pytest.mark.parametrize("odd", ["a\r\nb: c", "'; drop table message; --", "\u202e", "🛰" * 40])
def test_odd_texts_pass_unchanged_to_whoever_judges_them(make, odd):
    for field in ("to", "from", "text", "reference", "campaign"):
        body = json.dumps({"to": "1", field: odd}).encode()
        sent = command(make("POST", "/v1/messages", body))
        assert isinstance(sent, c.SendMessages)
        draft = sent.drafts[0]
        assert odd in (draft.recipient, draft.sender, draft.text, draft.reference, draft.campaign)


def test_the_last_of_two_equal_names_counts(make):
    sent = command(make("POST", "/v1/messages", b'{"to":"1","to":"2"}'))
    assert isinstance(sent, c.SendMessages)
    assert sent.drafts[0].recipient == "2"


@pytest.mark.parametrize(
    ("kind", "readable"),
    [
        ("application/json; charset=utf-8", True),
        ("APPLICATION/JSON", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
    ],
)
def test_only_known_media_types_are_read(make, kind, readable):
    verdict = asked(make("POST", "/v1/messages", MESSAGE, content_type=kind)).verdict
    assert readable == (verdict is None)
    if verdict is not None:
        assert verdict.refusal is Refusal.UNSUPPORTED_MEDIA_TYPE


COMMANDS = [
    ("GET", f"/v1/messages/msg_{WORD}", c.FindMessage(message=77)),
    ("POST", f"/v1/messages/msg_{WORD}/cancel", c.CancelMessage(message=77)),
    ("GET", f"/v1/submissions/sub_{WORD}", c.FindSubmission(submission=77)),
    ("GET", "/v1/balance", c.GetBalance()),
    ("GET", f"/v1/ledger?before=led_{WORD}&limit=7", c.ListLedger(before=77, limit=7)),
    (
        "GET",
        (
            f"/v1/messages?to=%2B8801&from=Helio&status=sent&submission=sub_{WORD}"
            "&reference=r%20x&since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z"
            f"&before=msg_{WORD}&limit=9"
        ),
        c.ListMessages(
            recipient="+8801",
            sender="Helio",
            statuses=(Status.SENT,),
            submission=77,
            reference="r x",
            since=datetime(2026, 1, 1, tzinfo=UTC),
            until=datetime(2026, 2, 1, tzinfo=UTC),
            before=77,
            limit=9,
        ),
    ),
    ("GET", "/v1/inbound?unread=true", c.FetchInbound(unread_only=True)),
    ("POST", "/v1/inbound/take?limit=1", c.FetchInbound(take=True, unread_only=True, limit=1)),
    ("GET", f"/v1/events?after=evt_{WORD}", c.WatchEvents(after=77)),
    ("GET", "/v1/senders?after=snd_3", c.List(kind=a.Sender, after=3)),
    ("GET", "/v1/opt-outs?after=8801", c.List(kind=a.OptOut, after=8801)),
    ("GET", "/v1/endpoints/ep_3", c.Find(kind=a.Endpoint, id=3)),
    ("DELETE", "/v1/senders/snd_3", c.Remove(kind=a.Sender, id=3)),
    ("DELETE", "/v1/credentials/cred_3", c.Remove(kind=a.Credential, id=3)),
    ("DELETE", f"/v1/opt-outs/%2B{DIGITS}?from=Hel", c.RemoveOptOut(msisdn=DIGITS, sender="Hel")),
    ("POST", "/v1/credentials/cred_3/rotate", c.Rotate(id=3)),
    ("GET", "/v1/endpoints/ep_3/deliveries", c.ListDeliveries(endpoint=3)),
    ("GET", "/v1/rate-cards/default/rates", c.ListRates(card="default")),
    ("GET", f"/v1/simulator/handsets/{DIGITS}", c.ReadHandset(msisdn=DIGITS)),
    ("GET", "/v1/orphans", c.ListOrphans()),
    ("GET", "/v1/simulator/faults", GetFaults()),
    (
        "GET",
        "/v1/offers?country=BD&kind=long_number&feature=two_way&contains=880*7&after=ofr_3&limit=9",
        i.ListOffers(
            country="BD",
            kind=i.OfferKind.LONG_NUMBER,
            feature="two_way",
            contains="880*7",
            after=3,
            limit=9,
        ),
    ),
    ("GET", "/v1/offers?stock=true", i.ListOffers(stock=True)),
    ("DELETE", "/v1/offers/ofr_3", i.WithdrawOffer(offer=3)),
    ("POST", "/v1/offers/ofr_3/buy", i.BuyOffer(offer=3)),
    ("POST", "/v1/numbers/num_3/release", i.ReleaseRental(number=3)),
    ("POST", "/v1/senders/snd_3/release?account=acct_2", i.ReleaseRental(sender=3, for_account=2)),
    ("GET", "/v1/rentals?after=rnt_3", i.ListRentals(after=3)),
    ("GET", "/v1/restrictions?country=BD", i.ListRestrictions(country="BD")),
    ("GET", "/v1/approvals?after=snd_3", i.ListApprovals(after=3)),
    ("GET", "/v1/usage?since=2026-03-01&until=2026-03-31", c.GetUsage(**MARCH)),
    (
        "GET",
        "/v1/routes/statistics?since=2026-03-01&until=2026-03-31",
        ListRouteStatistics(**MARCH),
    ),
    ("GET", "/v1/overview", GetOverview()),
    ("GET", "/v1/overview?account=acct_2", GetOverview(for_account=2)),
    ("GET", "/v1/overview/house", GetHouseOverview()),
    ("GET", "/v1/carriers/states", ListCarrierStates()),
    ("GET", "/v1/carriers/car_3/state", ListCarrierStates(carrier_id=3)),
    ("POST", f"/v1/messages/msg_{WORD}/converted", c.MarkConverted(message=77)),
    (
        "DELETE",
        f"/v1/opt-outs/{DIGITS}?campaign=EID&account=acct_2",
        c.RemoveOptOut(msisdn=DIGITS, campaign="EID", for_account=2),
    ),
    ("GET", f"/v1/conversations?before=inb_{WORD}", d.ListConversations(before=77)),
    (
        "GET",
        f"/v1/conversations/%2B{DIGITS}?sender=16222&before=msg_{WORD}&limit=2",
        d.ReadConversation(handset=f"+{DIGITS}", sender="16222", before=77, limit=2),
    ),
    ("POST", "/v1/conversations/BANK/read", d.MarkConversationRead(handset="BANK")),
    ("GET", "/v1/opt-outs/export?after=8801&limit=9", d.ExportOptOuts(after="8801", limit=9)),
    ("GET", "/v1/routes?account=acct_2", c.List(kind=r.Route, for_account=2)),
]


@pytest.mark.parametrize(("method", "path", "wanted"), COMMANDS)
def test_a_request_without_body_becomes_its_command(make, method, path, wanted):
    assert command(make(method, path)) == wanted


def test_a_browser_says_by_header_where_its_stream_broke(make):
    assert command(make("GET", "/v1/events", last_event_id=f"evt_{WORD}")) == c.WatchEvents(
        after=77
    )


SAVES = [
    ("POST", "/v1/senders", {"name": "Hel", "country": "BD"}, "sender"),
    ("PUT", "/v1/senders/snd_4", {"name": "Hel", "state": "approved"}, "sender"),
    ("POST", "/v1/permits", {"code": "EID"}, "permit"),
    ("POST", "/v1/numbers", {"msisdn": "8801"}, "number"),
    ("POST", "/v1/credentials", {"scopes": ["send"], "allowed_networks": ["10.0.0.0/8"]}, "cred"),
    ("POST", "/v1/endpoints", {"url": "https://a.example/"}, "endpoint"),
    ("PUT", "/v1/numbers/num_4", {"msisdn": "8801", "service": "svc_3"}, "number"),
    ("PUT", "/v1/credentials/cred_4", {"label": "till", "service": "svc_3"}, "cred"),
    ("PUT", "/v1/endpoints/ep_4", {"url": "https://a.example/", "service": "svc_3"}, "endpoint"),
    ("POST", "/v1/services", {"name": "Shop", "from": "Hel"}, "service"),
    ("PUT", "/v1/keywords/kw_4", {"number": "16222", "word": "JOIN", "service": "svc_3"}, "kw"),
    ("PUT", "/v1/templates/tpl_4", {"name": "code", "text": "{{code}}"}, "template"),
    ("POST", "/v1/opt-outs", {"to": "8801", "from": "Hel", "campaign": "EID"}, "opt_out"),
    ("PUT", "/v1/replies/rep_4", {"kind": "stop", "text": "Bye", "service": "svc_3"}, "reply"),
    ("POST", "/v1/accounts", {"name": "Shop", "credit_limit": "1.5"}, "account"),
    ("POST", "/v1/carriers", {"name": "sim", "kind": "simulated"}, "carrier"),
    ("PUT", "/v1/routes/rte_2", {"name": "all", "account": "acct_2", "class": "otp"}, "route"),
    ("POST", "/v1/rate-cards", {"name": "default"}, "card"),
]


@pytest.mark.parametrize(("method", "path", "body", "kind"), SAVES)
def test_a_thing_is_read_and_keeps_its_id(make, method, path, body, kind):
    saved = command(make(method, path, json.dumps(body).encode()))
    assert isinstance(saved, c.Save), kind
    if not isinstance(saved.thing, a.OptOut):
        assert saved.thing.id == (int(path.rpartition("_")[2]) if method == "PUT" else 0)
    assert getattr(saved.thing, "service_id", None) == (3 if "service" in body else None)


def test_the_operator_acts_for_another_account_with_the_operators_scope(make):
    body = b'{"name":"Hel"}'
    ask = asked(make("POST", "/v1/senders?account=acct_9", body))
    assert isinstance(ask.command, c.Save)
    assert ask.command.for_account == 9
    assert ask.scope is a.Scope.ADMIN
    assert asked(make("POST", "/v1/senders", body)).scope is a.Scope.MANAGE


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/senders", {"name": "Hel", "state": "approved"}),
        ("/v1/permits", {"code": "EID", "state": "approved"}),
        ("/v1/credentials", {"scopes": ["admin"]}),
        ("/v1/numbers", {"msisdn": "8801"}),
    ],
)
def test_what_only_the_operator_may_give_needs_the_operators_scope(make, path, body):
    assert asked(make("POST", path, json.dumps(body).encode())).scope is a.Scope.ADMIN


def test_a_credential_of_a_vendor_dialect_may_keep_its_secret(make):
    body = b'{"dialect":"smpp","name":"u","secret":"pass1234"}'
    saved = command(make("POST", "/v1/credentials", body))
    assert isinstance(saved, c.Save)
    assert saved.secret == "pass1234"
    verdict = asked(make("POST", "/v1/credentials", b'{"secret":"pass1234"}')).verdict
    assert verdict is not None
    assert verdict.field == "/secret"


def test_money_is_read_exactly(make):
    funded = command(make("POST", "/v1/accounts/acct_1/fund", b'{"amount":"0.0035","why":"x"}'))
    assert isinstance(funded, c.Fund)
    assert (funded.account_id, funded.amount_micros) == (1, 3_500)
    for amount in ("0.0000001", "1e5", "NaN", "", "0", "0.00", "1\n"):
        body = json.dumps({"amount": amount, "why": "x"}).encode()
        verdict = asked(make("POST", "/v1/accounts/acct_1/fund", body)).verdict
        assert verdict is not None, amount
        assert verdict.field == "/amount"


def test_a_replay_names_message_and_event(make):
    body = json.dumps({"message": f"msg_{WORD}", "event": f"evt_{WORD}"}).encode()
    wanted = c.Replay(endpoint=3, message=77, event=77)
    assert command(make("POST", "/v1/endpoints/ep_3/replay", body)) == wanted


def test_rates_come_as_json_and_as_csv(make):
    path = "/v1/rate-cards/default/rates"
    as_json = (
        b'{"rates":[{"prefix":"880","price":"0.0042"},{"mcc":"262","mnc":"01","price":"0.07"}]}'
    )
    as_csv = b"\xef\xbb\xbfprice,prefix,mcc,mnc\r\n0.0042,880,,\r\n0.07,,262,01\r\n"
    wanted = (
        r.Rate(card="default", price_micros=4_200, prefix="880"),
        r.Rate(card="default", price_micros=70_000, mcc="262", mnc="01"),
    )
    replaced = command(make("PUT", path, as_json))
    added = command(make("POST", path, as_csv, content_type="text/csv"))
    assert replaced == c.ImportRates(card="default", rates=wanted, replace=True)
    assert added == c.ImportRates(card="default", rates=wanted)


@pytest.mark.parametrize(
    ("table", "field"),
    [
        (b"price,colour\n1,red\n", "/colour"),
        (b"price\nfree\n", "/rates/0/price"),
        (b"prefix\n880\n", "/rates/0/price"),
        (b"price,mnc\n1,01\n", "/rates/0/mcc"),
        (b"price\n1\n-1\n", "/rates/1/price"),
        (b"\xff\xfe", None),
        (b'price\n"1', None),
        (b"price,prefix\n1,\x00\n", "/rates/0/prefix"),
    ],
)
def test_a_table_of_rates_that_cannot_be_read_names_the_row(make, table, field):
    path = "/v1/rate-cards/default/rates"
    verdict = asked(make("PUT", path, table, content_type="text/csv")).verdict
    assert verdict is not None
    assert verdict.field == field


def test_an_estimate_takes_one_message_or_many(make):
    one = command(make("POST", "/v1/estimate", MESSAGE))
    many = command(make("POST", "/v1/estimate", b'{"messages":[' + MESSAGE + b"]}"))
    assert one == many
    assert isinstance(one, c.Estimate)
    text = command(make("POST", "/v1/estimate", b'{"to":"1","text":"\\"messages\\""}'))
    assert isinstance(text, c.Estimate)
    verdict = asked(make("POST", "/v1/estimate", b'{"messages":[{"to":"1"},{}]}')).verdict
    assert verdict is not None
    assert verdict.field == "/messages/1/to"


def test_an_estimate_has_a_limit(make):
    body = b'{"messages":[' + b",".join([b'{"to":"1"}'] * 1001) + b"]}"
    verdict = asked(make("POST", "/v1/estimate", body)).verdict
    assert verdict is not None
    assert verdict.refusal is Refusal.TOO_MANY_RECIPIENTS


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=999999999999999999999999", "limit"),
        ("colour=red", "colour"),
        ("status=gone", "status"),
        ("before=msg_1", "before"),
        ("since=yesterday", "since"),
        ("since=0001-01-01T00:00:00%2B14:00", "since"),
        ("to=%ff", None),
        ("to=a%00b", None),
        ("to=1&to=2", None),
        ("&".join(f"a{n}=1" for n in range(50)), None),
    ],
)
def test_a_query_that_cannot_be_read_names_the_parameter(make, query, field):
    verdict = asked(make("GET", f"/v1/messages?{query}")).verdict
    assert verdict is not None
    assert verdict.field == field


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/messages/",
        "/v1/messages/%ff",
        "/v1/messages/%00",
        "/v1/messages//cancel",
        "/v1/messages/x/y/z",
        "/v1/" + "x/" * 5000,
        "/v1/rate-cards/%0d%0a/rates",
    ],
)
def test_a_path_that_leads_nowhere_is_not_found(make, path):
    reply = read(make("GET", path))
    assert isinstance(reply, HttpReply)
    assert reply.status == 404


@pytest.mark.parametrize(
    "path",
    ["/v1/messages/12", "/v1/messages/sub_0000000000000", "/v1/messages/'or'1'='1"],
)
def test_an_id_that_is_none_names_nothing(make, path):
    verdict = asked(make("GET", path)).verdict
    assert verdict is not None
    assert verdict.refusal is Refusal.NOT_FOUND


def test_a_wrong_method_is_told_the_right_ones(make):
    reply = read(make("PATCH", "/v1/messages"))
    assert isinstance(reply, HttpReply)
    assert reply.status == 405
    assert dict(reply.headers)["allow"] == "GET, HEAD, OPTIONS, POST"
    options = read(make("OPTIONS", "/v1/messages/msg_1/cancel"))
    assert isinstance(options, HttpReply)
    assert (options.status, options.headers) == (204, (("allow", "OPTIONS, POST"),))


PLAIN = {
    "per",
    "ses",
    "snd", "perm", "num", "cred", "ep", "acct", "car", "rte", "svc", "kw", "tpl", "ofr", "lst", "sup", "vpf",
    "cmp", "sdl", "lkl", "spn", "trg", "brd",
}  # fmt: skip
"""Ids of small things."""


def test_every_operation_is_found_by_its_own_path(make):
    for operation in OPERATIONS:
        prefix = operation.id_prefix
        own_id = f"{prefix}_1" if prefix in PLAIN else f"{prefix}_{WORD}"
        path = (
            operation.path.replace("{id}", own_id)
            .replace("{msisdn}", DIGITS)
            .replace("{name}", "default")
        )
        assert DIALECT.label(operation.method, path) == operation.id
        assert DIALECT.body_limit(operation.method, path) == operation.body_limit_bytes


def test_every_example_of_the_description_can_be_read(make):
    for operation in OPERATIONS:
        prefix = operation.id_prefix
        own_id = f"{prefix}_1" if prefix in PLAIN else f"{prefix}_{WORD}"
        path = (
            operation.path.replace("{id}", own_id)
            .replace("{msisdn}", DIGITS)
            .replace("{name}", "default")
        )
        for example in operation.examples.values():
            ask = asked(make(operation.method, path, msgspec.json.encode(example)))
            assert ask.verdict is None, (operation.id, ask.verdict)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(["to", "from", "text", "class", "send_at", "variables", "body_hex", "x"])


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=st.sampled_from(sorted({each.path for each in OPERATIONS})),
    value=st.dictionaries(FIELDS, JSON_VALUES, max_size=4) | JSON_VALUES,
    query=st.text(max_size=20),
)
def test_nothing_that_is_asked_makes_reading_fail(method, path, value, query):
    request = HttpRequest(
        method=method,
        path=path.replace("{id}", f"msg_{WORD}").replace("{msisdn}", DIGITS),
        query=query,
        headers={"authorization": "Bearer x"},
        body=json.dumps(value).encode(),
    )
    assert isinstance(read(request), Ask | HttpReply)


@given(path=st.text(max_size=40), body=st.binary(max_size=40))
def test_no_octets_make_reading_fail(path, body):
    for target in (f"/v1/{path}", "/v1/messages", "/v1/messages/bulk", "/v1/estimate"):
        request = HttpRequest(
            method="POST", path=target, query="", headers={"authorization": "Bearer x"}, body=body
        )
        assert isinstance(read(request), Ask | HttpReply)


OFFERS = (
    i.Offer(
        id=0,
        kind=i.OfferKind.LONG_NUMBER,
        country="BD",
        msisdn="8801844909020",
        features=("sms", "two_way"),
        currency="EUR",
        setup_micros=5_000_000,
        monthly_micros=2_500_000,
    ),
    i.Offer(id=0, kind=i.OfferKind.ALPHANUMERIC, country="BD", currency="USD", approval=True),
)


def test_offers_are_read_from_json_and_from_a_table(make):
    rows = [
        {
            "kind": "long_number",
            "country": "BD",
            "number": "8801844909020",
            "features": ["sms", "two_way"],
            "setup": "5",
            "monthly": "2.50",
        },
        {"kind": "alphanumeric", "country": "BD", "currency": "USD", "approval": True},
    ]
    said = command(make("POST", "/v1/offers", json.dumps({"offers": rows}).encode()))
    table = (
        b"monthly,kind,country,number,features,setup,currency,approval\r\n"
        b"2.50,long_number,BD,8801844909020,sms two_way,5,,\r\n"
        b",alphanumeric,BD,,,,USD,true\r\n"
    )
    assert said == i.ImportOffers(offers=OFFERS)
    assert command(make("POST", "/v1/offers", table, content_type="text/csv")) == said


@pytest.mark.parametrize(
    ("table", "field"),
    [
        (b"colour\nred\n", "/colour"),
        (b"kind,country\nfax,BD\n", "/offers/0/kind"),
        (b"kind,country,setup\nlong_number,BD,-1\n", "/offers/0/setup"),
        (b"kind,country,approval\nlong_number,BD,maybe\n", "/offers/0/approval"),
        (b"kind,country\n", "/offers"),
    ],
)
def test_a_table_of_offers_that_cannot_be_read_names_the_place(make, table, field):
    verdict = asked(make("POST", "/v1/offers", table, content_type="text/csv")).verdict
    assert verdict is not None
    assert verdict.field == field


def test_the_stock_is_the_operators_to_see(make):
    assert asked(make("GET", "/v1/offers?stock=1")).scope is a.Scope.ADMIN
    assert asked(make("GET", "/v1/offers")).scope is a.Scope.READ
    assert asked(make("GET", "/v1/rentals?account=acct_2")).scope is a.Scope.ADMIN
