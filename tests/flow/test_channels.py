"""Calls and media messages travel the same pipeline, to carriers that declare their channel alone."""

from __future__ import annotations

from typing import Any

import pytest

from heliograph.model.command import Accepted
from heliograph.model.message import Extra
from heliograph.model.money import Charge
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, Route, Target
from heliograph.model.status import Status
from tests.flow.conftest import CREDIT_MICROS, PRICE_MICROS, Parts, draft
from tests.flow.working import working

CALL = Extra(
    channel="voice", media_url="https://example.com/a.mp3", language="bn", duration_seconds=30
)


async def _speaker(parts: Parts, *channels: str, **words: Any) -> Route:
    """A carrier for these channels, and a route to it behind the one for short messages."""
    await parts.insert(Carrier(id=0, name="speaker", kind="simulated", channels=channels))
    targets = (Target(carrier="speaker"),)
    return await parts.insert(Route(id=0, name="calls", position=2000, targets=targets, **words))


async def test_a_call_goes_to_the_carrier_that_declares_voice_and_keeps_what_it_is(
    parts: Parts,
) -> None:
    await _speaker(parts, "voice", "mms")
    async with working(parts) as works:
        message = await parts.accepted(text="", extra=CALL)
        link = await works.given(1, "speaker")
        assert link.given[0][0].message.extra == CALL
        link.took(0, "id-1")
        await works.status(message, Status.SENT)
        assert works.links["first"].given == []
        record = await parts.record(message.message_id)
        assert (record.message.extra, record.message.channel) == (CALL, "voice")
        assert (record.message.parts, record.charge) == (1, Charge.CAPTURED)
        assert (await parts.balance()).available_micros == CREDIT_MICROS - PRICE_MICROS
    assert await parts.audit() == []


async def test_a_short_message_never_goes_to_a_carrier_for_calls(parts: Parts) -> None:
    await _speaker(parts, "voice")
    async with working(parts) as works:
        await parts.accepted()
        (await works.given(1)).took(0, "id-1")
        assert works.links["speaker"].given == []


@pytest.mark.parametrize("channel", ["voice", "mms", "whatsapp"])
async def test_what_no_route_has_a_carrier_for_is_refused_and_costs_nothing(
    parts: Parts, channel: str
) -> None:
    wanted = draft(extra=Extra(channel=channel))
    for command in ({"submission": False}, {"submission": True}):
        answer = await parts.send(wanted, **command)
        assert answer == Refused(refusal=Refusal.NO_CHANNEL, field="recipient")
    many = await parts.send(wanted, draft(recipient="8801713000002", extra=wanted.extra))
    assert isinstance(many, Accepted)
    assert all(isinstance(item, Refused) for item in many.items)
    assert (await parts.balance()).available_micros == CREDIT_MICROS
    assert await parts.value("select count(*) from message") == 0


async def test_a_disabled_carrier_has_no_channel(parts: Parts) -> None:
    carrier = Carrier(id=0, name="speaker", kind="simulated", channels=("voice",), enabled=False)
    await parts.insert(carrier)
    targets = (Target(carrier="speaker"),)
    await parts.insert(Route(id=0, name="calls", position=2000, targets=targets))
    answer = await parts.send(draft(extra=CALL))
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.NO_CHANNEL


async def test_a_call_without_words_and_media_is_refused(parts: Parts) -> None:
    await _speaker(parts, "voice")
    answer = await parts.send(draft(text="", extra=Extra(channel="voice")))
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.EMPTY_TEXT


# -- a route that the caller names ----------------------------------------------------------------


async def test_a_named_route_of_the_accounts_own_is_used_and_no_other_can_be(parts: Parts) -> None:
    await parts.insert(Carrier(id=0, name="own", kind="simulated"))
    route = Route(
        id=0,
        name="own",
        position=3000,
        account_id=parts.account.id,
        targets=(Target(carrier="own"),),
    )
    own = await parts.insert(route)
    other = await parts.add_account("other")
    (everything,) = [each for each in parts.directory.routes if each.name == "everything"]
    async with working(parts) as works:
        await parts.accepted(extra=Extra(route_id=own.id))
        (await works.given(1, "own")).took(0, "id-1")
        assert works.links["first"].given == []
        for number, account in ((own.id, other), (everything.id, None), (999, None)):
            answer = await parts.send(draft(extra=Extra(route_id=number)), account=account)
            assert answer == Refused(refusal=Refusal.NO_ROUTE, field="recipient")
