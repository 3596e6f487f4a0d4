from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from heliograph.flow.lookup import Lookup
from heliograph.model.account import Mode, Number
from heliograph.model.command import FindMessage, MessageTrace, SendMessages
from heliograph.model.message import Encoding, Extra
from heliograph.model.route import Rate
from heliograph.model.status import Status
from heliograph.store import rates
from tests.flow.conftest import PRICE_MICROS, RECIPIENT, SENDER, START, Parts, draft


async def trace(parts: Parts, number: int) -> MessageTrace:
    looked = Lookup(parts.database, parts.clock)
    found = await looked.message(parts.principal(), FindMessage(message=parts.sealed(number)))
    assert isinstance(found, MessageTrace), found
    return found


async def checks(parts: Parts, number: int) -> dict[str, tuple[str, dict[str, Any]]]:
    return {each.name: (each.result, each.facts) for each in (await trace(parts, number)).checks}


async def price(parts: Parts, rate: Rate) -> None:
    card = parts.directory.rate_card("default")
    assert card is not None
    async with parts.database.transaction() as link:
        await rates.put_rates(link, card, [rate], replace=False)
    await parts.reload()


async def test_the_trace_tells_every_check_and_how_it_was_passed(parts: Parts) -> None:
    item = await parts.accepted(text="\N{BENGALI LETTER KA}" * 71, priority=2)
    network = parts.directory.network(RECIPIENT)
    assert network is not None
    place = {"country": network.country, "mcc": network.mcc, "mnc": network.mnc}
    held = {"price_micros": 2 * PRICE_MICROS, "per_part_micros": PRICE_MICROS}
    until = (START + timedelta(seconds=parts.account.default_validity_seconds)).isoformat()
    assert await checks(parts, item.message_id) == {
        "recipient": (
            "network" if network.mcc else "country",
            {"msisdn": RECIPIENT} | {key: value for key, value in place.items() if value},
        ),
        "sender": ("approved", {"sender": SENDER}),
        "text": ("ucs2", {"parts": 2, "characters": 71}),
        "class": ("transactional", {"priority": 2}),
        "consent": ("no_opt_out", {}),
        "limits": ("within", {"most_parts": parts.account.max_parts}),
        "times": ("now", {"valid_until": until.replace("+00:00", "Z")}),
        "money": ("held", held | {"card": "default", "rate": "*"}),
    }


@pytest.mark.parametrize(
    ("rate", "named"),
    [
        (Rate(card="default", prefix="88017", price_micros=700), "88017"),
        (Rate(card="default", mcc="470", price_micros=800), "470"),
    ],
)
async def test_the_line_of_the_card_is_the_one_that_priced_it_also_when_it_is_another_now(
    parts: Parts, rate: Rate, named: str
) -> None:
    await price(parts, rate)
    item = await parts.accepted()
    await price(parts, Rate(card="default", prefix="880171", price_micros=9_000))
    result, facts = (await checks(parts, item.message_id))["money"]
    assert (result, facts["rate"], facts["per_part_micros"]) == ("held", named, rate.price_micros)


async def test_how_a_sender_was_approved_is_kept_also_when_it_is_not_any_more(parts: Parts) -> None:
    await parts.insert(Number(account_id=parts.account.id, id=0, msisdn="8809610000001"))
    for sender, word in ((SENDER, "approved"), ("8809610000001", "number")):
        item = await parts.accepted(sender=sender)
        assert (await checks(parts, item.message_id))["sender"] == (word, {"sender": sender})
    free = await parts.update(msgspec.structs.replace(parts.account, any_sender=True))
    item = await parts.accepted(sender="Anybody")
    await parts.update(msgspec.structs.replace(free, any_sender=False))
    assert (await checks(parts, item.message_id))["sender"] == ("any", {"sender": "Anybody"})


async def test_what_costs_nothing_is_later_or_is_an_answer_of_ours_says_so(parts: Parts) -> None:
    wanted = SendMessages(drafts=(draft(),), submission=False)
    tested = await parts.accept.send(parts.principal(mode=Mode.TEST), wanted, "native")
    assert (await checks(parts, tested.submission_id))["money"] == ("test", {})  # type: ignore[union-attr]
    later = await parts.accepted(
        send_at=START + timedelta(hours=1), extra=Extra(answers="stop"), body=b"\x01\x02"
    )
    found = await checks(parts, later.message_id)
    assert found["times"][0] == "scheduled"
    assert found["times"][1]["send_at"] == "2026-05-01T13:00:00Z"
    assert found["consent"] == ("owed", {})
    assert found["text"] == (Encoding.BINARY.name.lower(), {"parts": 1, "octets": 2})


async def test_a_message_of_before_tells_what_stands_in_it_and_nothing_else(parts: Parts) -> None:
    item = await parts.accepted()
    async with parts.database.transaction() as link:
        await link.execute("update event set detail = null")
    found = await checks(parts, item.message_id)
    assert "sender" not in found
    assert "limits" not in found
    assert found["money"][1].keys() == {"price_micros", "per_part_micros"}


async def test_the_first_event_is_shown_without_what_the_checks_tell(parts: Parts) -> None:
    item = await parts.accepted()
    (first,) = (await trace(parts, item.message_id)).events
    assert (first.status, first.detail) == (Status.QUEUED, None)
