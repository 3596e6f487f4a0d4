"""Each reason for which a draft is refused, with the field that is at fault; and what is made of the rest."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from heliograph.flow.compose import fill
from heliograph.model.account import (
    Account,
    Mode,
    Number,
    Permit,
    Sender,
    SenderState,
    TrafficClass,
)
from heliograph.model.command import Accepted
from heliograph.model.message import Encoding, Message
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Rate, RateCard, Route, Target
from heliograph.store import rates
from tests.flow.conftest import PRICE_MICROS, RECIPIENT, SENDER, Parts, draft

_YEAR = timedelta(days=366)
_PORTS = bytes.fromhex("0605040B8423F0")


def _checked(
    parts: Parts, account: Account | None = None, mode: Mode = Mode.LIVE, **words: Any
) -> Message | Refused:
    return parts.checks.check(parts.principal(account, mode=mode), draft(**words), None, "native")


def _message(parts: Parts, account: Account | None = None, **words: Any) -> Message:
    found = _checked(parts, account, **words)
    assert isinstance(found, Message), found
    return found


def _why(parts: Parts, account: Account | None = None, **words: Any) -> tuple[Refusal, str | None]:
    found = _checked(parts, account, **words)
    assert isinstance(found, Refused), found
    return found.refusal, found.field


# -- every reason -------------------------------------------------------------------------------


async def test_each_fault_is_refused_for_its_reason_at_its_field(parts: Parts) -> None:
    now = parts.clock()
    cases: list[tuple[dict[str, Any], Refusal, str]] = [
        ({"sender": "NotOurs"}, Refusal.SENDER_NOT_APPROVED, "sender"),
        ({"sender": "8801552146283"}, Refusal.SENDER_NOT_APPROVED, "sender"),
        ({"sender": "twelve chars"}, Refusal.INVALID_SENDER, "sender"),
        ({"sender": "Zoë\x00"}, Refusal.INVALID_SENDER, "sender"),
        ({"needs_campaign": True}, Refusal.CAMPAIGN_NOT_APPROVED, "campaign"),
        ({"needs_campaign": True, "campaign": "X"}, Refusal.CAMPAIGN_NOT_APPROVED, "campaign"),
        ({"reference": "a\x00"}, Refusal.INVALID_FIELD, "reference"),
        ({"reference": "x" * 1001}, Refusal.INVALID_FIELD, "reference"),
        ({"callback": "https://x/\ud800"}, Refusal.INVALID_FIELD, "callback"),
        ({"recipient": ""}, Refusal.INVALID_RECIPIENT, "recipient"),
        ({"recipient": "12"}, Refusal.INVALID_RECIPIENT, "recipient"),
        ({"recipient": "01712345678"}, Refusal.INVALID_RECIPIENT, "recipient"),
        ({"recipient": "\x00\ud800"}, Refusal.INVALID_RECIPIENT, "recipient"),
        ({"text": ""}, Refusal.EMPTY_TEXT, "text"),
        ({"text": "a\x00b"}, Refusal.UNENCODABLE_TEXT, "text"),
        ({"text": "\ud800"}, Refusal.UNENCODABLE_TEXT, "text"),
        ({"text": "ж", "encoding": Encoding.GSM7}, Refusal.UNENCODABLE_TEXT, "text"),
        ({"text": "x", "encoding": Encoding.BINARY}, Refusal.UNENCODABLE_TEXT, "text"),
        ({"text": "x" * 1531}, Refusal.TEXT_TOO_LONG, "text"),
        ({"body": b""}, Refusal.EMPTY_TEXT, "body"),
        ({"body": b"x", "udh": b"\x05\x00"}, Refusal.INVALID_FIELD, "udh"),
        ({"body": b"x" * 134, "udh": _PORTS}, Refusal.TEXT_TOO_LONG, "body"),
        ({"text": "x", "udh": b"\x05\x00"}, Refusal.INVALID_FIELD, "udh"),
        ({"text": "x" * 153, "udh": _PORTS}, Refusal.TEXT_TOO_LONG, "text"),
        ({"text": "ж" * 67, "udh": _PORTS}, Refusal.TEXT_TOO_LONG, "text"),
        (
            {"text": "Şğ" * 40, "udh": _PORTS, "encoding": Encoding.GSM7_NATIONAL},
            Refusal.INVALID_FIELD,
            "udh",
        ),
        ({"text": "{{name}}", "variables": {}}, Refusal.INVALID_FIELD, "variables"),
        ({"send_at": now + _YEAR + timedelta(seconds=1)}, Refusal.INVALID_FIELD, "send_at"),
        ({"validity_seconds": 0}, Refusal.INVALID_FIELD, "validity_seconds"),
        ({"validity_seconds": -1}, Refusal.INVALID_FIELD, "validity_seconds"),
        ({"validity_seconds": 604_801}, Refusal.INVALID_FIELD, "validity_seconds"),
    ]
    for words, refusal, field in cases:
        assert _why(parts, **words) == (refusal, field), words


async def test_a_refusal_never_repeats_the_text(parts: Parts) -> None:
    for text in ("secret" * 400, "secret\x00", "secret\ud800"):
        found = _checked(parts, text=text)
        assert isinstance(found, Refused)
        assert "secret" not in found.sentence


async def test_the_sender_is_judged_before_the_recipient_and_the_recipient_before_the_text(
    parts: Parts,
) -> None:
    bad: dict[str, Any] = {"sender": "NotOurs", "recipient": "12", "text": ""}
    assert _why(parts, **bad)[1] == "sender"
    assert _why(parts, **bad | {"sender": SENDER})[1] == "recipient"
    assert _why(parts, **bad | {"sender": SENDER, "recipient": RECIPIENT})[1] == "text"


# -- senders ------------------------------------------------------------------------------------


async def test_an_approved_sender_is_used_as_the_caller_writes_it(parts: Parts) -> None:
    assert _message(parts).sender == SENDER
    assert _message(parts, sender="HELIOGRAPH").sender == "HELIOGRAPH"


async def test_the_only_sender_of_an_account_is_used_as_it_was_registered(parts: Parts) -> None:
    assert _message(parts, sender=None).sender == SENDER
    await parts.insert(
        Sender(account_id=parts.account.id, id=0, name="Second", state=SenderState.APPROVED)
    )
    assert _why(parts, sender=None) == (Refusal.MISSING_FIELD, "sender")


@pytest.mark.parametrize("state", [SenderState.PENDING, SenderState.REFUSED])
async def test_a_sender_that_is_not_approved_yet_cannot_be_used(
    parts: Parts, state: SenderState
) -> None:
    await parts.insert(Sender(account_id=parts.account.id, id=0, name="Second", state=state))
    assert _why(parts, sender="Second") == (Refusal.SENDER_NOT_APPROVED, "sender")


async def test_a_sender_approved_for_one_country_is_refused_elsewhere(parts: Parts) -> None:
    german = Sender(
        account_id=parts.account.id, id=0, name="Shop", state=SenderState.APPROVED, country="DE"
    )
    await parts.insert(german)
    assert _message(parts, sender="Shop", recipient="4915112345678").country == "DE"
    assert _why(parts, sender="Shop") == (Refusal.SENDER_NOT_APPROVED, "sender")


async def test_a_number_of_the_account_may_be_its_sender_and_nobody_elses(parts: Parts) -> None:
    await parts.insert(Number(account_id=parts.account.id, id=0, msisdn="8801552146283"))
    other = await parts.add_account("other")
    for written in ("8801552146283", "+8801552146283", " +880 1552-146283 "):
        assert _message(parts, sender=written).sender == "8801552146283"
        assert _why(parts, other, sender=written) == (Refusal.SENDER_NOT_APPROVED, "sender")


async def test_an_account_with_any_sender_may_use_what_is_a_sender_at_all(parts: Parts) -> None:
    shop = await parts.add_account("any", any_sender=True)
    assert _message(parts, shop, sender="Whoever").sender == "Whoever"
    assert _message(parts, shop, sender="12345").sender == "12345"
    assert _why(parts, shop, sender="?") == (Refusal.INVALID_SENDER, "sender")


async def test_a_free_sender_is_kept_in_the_form_in_which_opt_outs_know_it(parts: Parts) -> None:
    shop = await parts.add_account("any", any_sender=True)
    assert _message(parts, shop, sender=" Shop ").sender == "Shop"
    assert _message(parts, shop, sender="+880 1552 146283").sender == "8801552146283"


# -- campaigns ----------------------------------------------------------------------------------


async def test_only_an_approved_campaign_of_the_account_counts(parts: Parts) -> None:
    for code, state in (("OK-1", SenderState.APPROVED), ("NO-1", SenderState.PENDING)):
        await parts.insert(Permit(account_id=parts.account.id, id=0, code=code, state=state))
    promotional: dict[str, Any] = {
        "needs_campaign": True,
        "traffic_class": TrafficClass.PROMOTIONAL,
    }
    assert _message(parts, campaign="ok-1", **promotional).traffic_class is TrafficClass.PROMOTIONAL
    wrong = (Refusal.CAMPAIGN_NOT_APPROVED, "campaign")
    assert _why(parts, campaign="NO-1", **promotional) == wrong
    other = await parts.add_account("other")
    assert _why(parts, other, campaign="OK-1", **promotional) == wrong


# -- recipients ---------------------------------------------------------------------------------


async def test_national_numbers_are_read_in_the_accounts_region(parts: Parts) -> None:
    local = await parts.add_account("local", default_region="BD")
    for written in ("01712345678", "+8801712345678", "008801712345678", "8801712345678"):
        assert _message(parts, local, recipient=written).recipient == RECIPIENT
    assert _message(parts, local, recipient="+4915112345678").country == "DE"


async def test_a_message_knows_its_country_and_network(parts: Parts) -> None:
    message = _message(parts)
    network = parts.directory.network(RECIPIENT)
    assert network is not None
    assert (message.country, message.mcc, message.mnc) == ("BD", network.mcc, network.mnc)


# -- texts --------------------------------------------------------------------------------------


async def test_each_encoding_is_counted_and_stored(parts: Parts) -> None:
    cases: list[tuple[dict[str, Any], Encoding, int]] = [
        ({"text": "x" * 160}, Encoding.GSM7, 1),
        ({"text": "x" * 161}, Encoding.GSM7, 2),
        ({"text": "€" * 81}, Encoding.GSM7, 2),
        ({"text": "ж" * 70}, Encoding.UCS2, 1),
        ({"text": "ж" * 71}, Encoding.UCS2, 2),
        ({"text": "x", "encoding": Encoding.UCS2}, Encoding.UCS2, 1),
        ({"text": "Şğ" * 50, "encoding": Encoding.GSM7_NATIONAL}, Encoding.GSM7_NATIONAL, 1),
        ({"text": "Şğ" * 50}, Encoding.UCS2, 2),
        ({"body": b"x" * 140}, Encoding.BINARY, 1),
        ({"body": b"x" * 141}, Encoding.BINARY, 2),
        ({"body": b"x" * 133, "udh": _PORTS}, Encoding.BINARY, 1),
        ({"body": b"", "udh": _PORTS}, Encoding.BINARY, 1),
        ({"text": "x" * 152, "udh": _PORTS}, Encoding.GSM7, 1),
        ({"text": "ж" * 66, "udh": _PORTS}, Encoding.UCS2, 1),
    ]
    for words, encoding, count in cases:
        message = _message(parts, **words)
        assert (message.encoding, message.parts) == (encoding, count), words
        assert message.price_micros == count * PRICE_MICROS


async def test_a_binary_message_has_its_body_and_header_and_no_text(parts: Parts) -> None:
    message = _message(parts, text="ignored", body=b"\x00\x01", udh=_PORTS)
    assert (message.text, message.body, message.udh) == ("", b"\x00\x01", _PORTS)


async def test_octets_that_the_caller_encoded_are_kept_and_shown_as_their_text(
    parts: Parts,
) -> None:
    cases: list[tuple[Encoding, bytes, str]] = [
        (Encoding.GSM7, b"H\x00\x1b\x65", "H@€"),
        (Encoding.UCS2, "Жж".encode("utf-16-be"), "Жж"),
        (Encoding.AUTO, b"\x01\x02", ""),
    ]
    for encoding, body, text in cases:
        message = _message(parts, text="ignored", body=body, encoding=encoding)
        assert (message.body, message.text, message.parts) == (body, text, 1)


@pytest.mark.parametrize("encoding", Encoding)
async def test_no_octets_at_all_make_the_checks_fail_or_the_store(
    parts: Parts, encoding: Encoding
) -> None:
    chance = random.Random(encoding)
    bodies = [bytes(range(256))[start : start + 128] for start in range(0, 256, 32)]
    bodies += [b"\x00\x00", b"\xd8\x00", b"\xdc\x00\xd8", b"\x1b", b"\x1b\x1b"]
    bodies += [chance.randbytes(chance.randint(1, 140)) for _ in range(40)]
    answer = await parts.send(*[draft(body=body, encoding=encoding) for body in bodies])
    assert isinstance(answer, Accepted)
    assert len(answer.items) == len(bodies)
    refusals = {item.refusal for item in answer.items if isinstance(item, Refused)}
    assert refusals <= {Refusal.UNENCODABLE_TEXT}


async def test_smart_encoding_stores_what_will_be_sent(parts: Parts) -> None:
    text = "“Hello” – " + "x" * 70
    assert _message(parts, text=text).text == text
    smart = _message(parts, text=text, smart=True)
    assert (smart.text[:8], smart.encoding, smart.parts) == ('"Hello" ', Encoding.GSM7, 1)


async def test_an_account_may_send_as_many_parts_as_it_is_allowed(parts: Parts) -> None:
    short = await parts.add_account("short", max_parts=2)
    assert _message(parts, short, text="x" * 306).parts == 2
    found = _checked(parts, short, text="x" * 307)
    assert isinstance(found, Refused)
    assert found.sentence == "The text needs 3 parts; 2 are allowed."


# -- variables ----------------------------------------------------------------------------------


async def test_variables_are_merged_before_the_text_is_counted(parts: Parts) -> None:
    names = {"name": "Жанна", "other": "x"}
    message = _message(parts, text="Dear {{ name }}, {{name}}!", variables=names)
    assert (message.text, message.encoding) == ("Dear Жанна, Жанна!", Encoding.UCS2)


async def test_a_text_without_variables_keeps_its_braces(parts: Parts) -> None:
    assert _message(parts, text="{{name}}").text == "{{name}}"


@pytest.mark.parametrize("lenient", [True, False])
async def test_a_text_that_grows_without_end_is_given_up(parts: Parts, lenient: bool) -> None:
    """A short request could keep the house busy for minutes: this would be a gigabyte."""
    words = {"text": "{{a}}" * 1000, "variables": {"a": "y" * 1_000_000}, "lenient": lenient}
    for each in (words, {"text": "y" * 8_001}):
        found = parts.checks.check(parts.principal(), draft(**each), None, "native")
        assert isinstance(found, Refused)
        assert (found.refusal, found.sentence) == (
            Refusal.TEXT_TOO_LONG,
            "The text has more than 8000 characters.",
        )


def test_a_value_is_not_read_as_a_template_again() -> None:
    assert fill("{{a}}", {"a": "{{b}}", "b": "no"}) == "{{b}}"
    assert fill("{{a}}{{a}} {a} {{ }}", {"a": "\\1"}) == "\\1\\1 {a} {{ }}"


def test_the_first_missing_variable_is_named() -> None:
    found = fill("{{a}} {{b}} {{c}}", {"a": "x"})
    assert isinstance(found, Refused)
    assert "{{b}}" in found.sentence


# -- times --------------------------------------------------------------------------------------


async def test_validity_begins_when_the_message_is_to_be_sent(parts: Parts) -> None:
    now, later = parts.clock(), parts.clock() + _YEAR
    assert _message(parts).valid_until == now + timedelta(days=2)
    assert _message(parts, validity_seconds=60).valid_until == now + timedelta(minutes=1)
    message = _message(parts, send_at=later, validity_seconds=604_800)
    assert (message.send_at, message.valid_until) == (later, later + timedelta(days=7))
    past = _message(parts, send_at=now - timedelta(days=400))
    assert (past.send_at, past.valid_until) == (None, now + timedelta(days=2))


async def test_validity_may_end_at_a_time_even_one_that_has_passed(parts: Parts) -> None:
    now = parts.clock()
    for moment in (now - timedelta(days=4000), now, now + timedelta(hours=1)):
        assert _message(parts, valid_until=moment, validity_seconds=60).valid_until == moment
    far = _message(parts, valid_until=now + timedelta(days=400))
    assert far.valid_until == now + timedelta(days=7)


async def test_a_message_that_may_lack_a_sender_has_none_where_no_other_is_to_be_had(
    parts: Parts,
) -> None:
    assert _message(parts, sender=None, may_lack_sender=True).sender == SENDER  # the only one
    shop = await parts.add_account("two")
    await parts.insert(Sender(account_id=shop.id, id=0, name="Second", state=SenderState.APPROVED))
    assert _message(parts, shop, sender=None, may_lack_sender=True).sender == ""
    assert _why(parts, shop, sender=None) == (Refusal.MISSING_FIELD, "sender")
    wrong = _why(parts, shop, sender="NotOurs", may_lack_sender=True)
    assert wrong == (Refusal.SENDER_NOT_APPROVED, "sender")


# -- routes and prices --------------------------------------------------------------------------


async def test_what_no_rule_is_for_has_no_route(parts: Parts) -> None:
    parts.directory.routes = (
        Route(id=1, name="Germany", prefix="49", targets=(Target(carrier="first"),)),
    )
    assert _why(parts) == (Refusal.NO_ROUTE, "recipient")
    assert _message(parts, recipient="4915112345678").country == "DE"


async def test_a_destination_without_a_price_is_refused_but_for_tests(parts: Parts) -> None:
    card = await parts.insert(RateCard(id=0, name="bd only", currency="EUR"))
    async with parts.database.transaction() as link:
        price = Rate(card=card.name, prefix="880", price_micros=1)
        await rates.put_rates(link, card, [price], replace=True)
    shop = await parts.add_account("bd", rate_card="bd only")
    assert _message(parts, shop).price_micros == 1
    assert _why(parts, shop, recipient="4915112345678") == (Refusal.NO_PRICE, "recipient")
    tested = _checked(parts, shop, mode=Mode.TEST, recipient="4915112345678")
    assert isinstance(tested, Message)
    assert (tested.test, tested.price_micros) == (True, 0)
    asked_for = _checked(parts, shop, test=True, recipient="4915112345678")
    assert isinstance(asked_for, Message)
    assert (asked_for.test, asked_for.price_micros) == (True, 0)


async def test_the_callers_words_are_kept(parts: Parts) -> None:
    message = _message(
        parts, reference="Ünïcode " * 100, callback="https://x/y", flash=True, priority=3
    )
    assert (message.reference, message.callback) == ("Ünïcode " * 100, "https://x/y")
    assert (message.flash, message.priority, message.dialect) == (True, 3, "native")
