"""query_sm over real sockets: what is asked for, when, and what the answers become."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from heliograph import smpp
from heliograph.carriers.smpp.receipts import asked_id
from heliograph.model.report import OpenId, Taken, Unknown
from heliograph.model.status import Status
from heliograph.simulator import Network, NetworkSettings
from heliograph.simulator.faults import Act, Faults, Step
from heliograph.simulator.smsc import Smsc as SimulatedSmsc
from heliograph.smpp import CommandStatus, MessageState, QuerySm, QuerySmResp
from heliograph.transport.smpp import SmppConnection
from tests.carriers.smpp.smsc import (
    Bound,
    Ear,
    OnQuery,
    Smsc,
    carrier_to,
    message,
    profile,
    running_smsc,
)

LONG = "A long text. " * 30  # three parts
ASKING = {"query": "yes", "query_after_seconds": "60", "query_every_seconds": "0.02"}
DELIVERED = "8801844909020"
"""A number of which the simulated network knows nothing in particular."""
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NEVER_A_RECEIPT = Faults(shares={Act.RECEIPT_LOST: 1.0})


def open_id(carrier_message_id: str, *, sender: str = "HELIOGRAPH") -> OpenId:
    return OpenId(
        carrier_message_id=carrier_message_id,
        sender=sender,
        recipient="46700000001",
        taken_at=LONG_AGO,
    )


@asynccontextmanager
async def simulated(faults: Faults = NEVER_A_RECEIPT) -> AsyncIterator[SimulatedSmsc]:
    """The simulated SMSC, on whose network everything is delivered at once."""
    at_once = NetworkSettings(
        response_median_ms=0, response_p99_ms=0, receipt_median_ms=0, receipt_p99_ms=0
    )
    smsc = SimulatedSmsc(
        Network(carrier_id=1, settings=at_once), accounts={"hill": "s3cret"}, faults=faults
    )
    await smsc.start()
    try:
        yield smsc
    finally:
        await smsc.stop()


def answers(*said: QuerySmResp | int) -> OnQuery:
    """These to each query_sm in turn, the last one for ever."""
    left = list(said)

    def answer(smsc: Smsc, connection: SmppConnection, pdu: QuerySm) -> None:
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, int):
            connection.refuse(pdu, one)
        else:
            connection.respond(pdu, one)

    return answer


async def looks(bound: Bound, more: int = 2) -> None:
    """Wait until it has looked so many times more for what is open."""
    wanted = len(bound.ear.looks) + more
    await bound.ear.until(lambda: len(bound.ear.looks) >= wanted)


async def test_a_lost_receipt_is_settled_by_asking() -> None:
    async with simulated() as smsc, carrier_to(smsc.port, **ASKING) as bound:
        (outcome,) = await bound.outcomes(message(recipient=DELIVERED))
        assert isinstance(outcome, Taken)
        (carrier_message_id,) = outcome.carrier_ids
        bound.ear.open.append(open_id(carrier_message_id))
        await bound.ear.until(lambda: bool(bound.ear.heard))
        (heard,) = bound.ear.heard
        assert (heard.carrier_message_id, heard.status) == (carrier_message_id, Status.DELIVERED)
        assert "message_state:2" in heard.raw
        assert datetime.now(UTC) - heard.at < timedelta(minutes=1)


async def test_of_a_message_that_was_partly_answered_the_parts_with_ids_are_asked_for() -> None:
    faults = Faults(
        shares=NEVER_A_RECEIPT.shares, steps=(Step(act=Act.UNANSWERED, after=1, times=1),)
    )
    async with (
        simulated(faults) as smsc,
        carrier_to(smsc.port, response_timeout_seconds="0.2", **ASKING) as bound,
    ):
        (outcome,) = await bound.outcomes(message(text=LONG, recipient=DELIVERED))
        assert isinstance(outcome, Unknown)
        assert [part for part, _ in outcome.carrier_ids] == [1, 3]
        named = {carrier_message_id for _, carrier_message_id in outcome.carrier_ids}
        bound.ear.open += map(open_id, named)
        await bound.ear.until(lambda: len(bound.ear.heard) == 2)
        assert {one.carrier_message_id for one in bound.ear.heard} == named
        assert {one.status for one in bound.ear.heard} == {Status.DELIVERED}


async def test_a_question_has_the_id_and_the_source_of_the_submission() -> None:
    said = answers(QuerySmResp(message_state=MessageState.UNDELIVERABLE, error_code=33))
    settings = {**ASKING, "query_id_upper": "yes", "query_id_digits": "8"}
    odd = {"error.33": "absent_subscriber"}
    async with (
        running_smsc(on_query=said) as smsc,
        carrier_to(smsc.port, odd=odd, **settings) as bound,
    ):
        bound.ear.open.append(open_id("a01", sender="46700000009"))
        await bound.ear.until(lambda: bool(bound.ear.heard))
        (question,) = smsc.queries
        assert question.message_id == "00000A01"
        source = (question.source_addr_ton, question.source_addr_npi, question.source_addr)
        assert source == (1, 1, "46700000009")
        (heard,) = bound.ear.heard
        assert (heard.status, heard.vendor_code) == (Status.UNDELIVERED, "33")
        assert heard.reason.word == "absent_subscriber"


async def test_what_has_not_ended_is_asked_for_again() -> None:
    under_way = [
        QuerySmResp(message_state=state)
        for state in (MessageState.ENROUTE, MessageState.ACCEPTED, MessageState.UNKNOWN)
    ]
    said = answers(*under_way, QuerySmResp(message_state=MessageState.EXPIRED))
    async with running_smsc(on_query=said) as smsc, carrier_to(smsc.port, **ASKING) as bound:
        bound.ear.open.append(open_id("a01"))
        await bound.ear.until(lambda: bool(bound.ear.heard))
        assert [one.status for one in bound.ear.heard] == [Status.EXPIRED]
        assert len(smsc.queries) == 4
        assert bound.ear.looks[0] < datetime.now(UTC) - timedelta(seconds=59)


@pytest.mark.parametrize("status", [CommandStatus.RQUERYFAIL, CommandStatus.RINVMSGID])
async def test_an_id_that_the_smsc_does_not_know_is_asked_for_once(status: int) -> None:
    async with (
        running_smsc(on_query=answers(status)) as smsc,
        carrier_to(smsc.port, **ASKING) as bound,
    ):
        bound.ear.open += [open_id("a01"), open_id("unnamed:1:1:2")]
        await smsc.until(lambda: bool(smsc.queries))
        await looks(bound)
        assert [pdu.message_id for pdu in smsc.queries] == ["a01"]
        assert bound.ear.heard == []


async def test_an_smsc_that_knows_no_query_sm_is_asked_once() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port, **ASKING) as bound:
        bound.ear.open += [open_id("a01")]
        await smsc.until(lambda: len(smsc.queries) == 1)
        bound.ear.open += [open_id("a02")]
        assert isinstance((await bound.outcomes(message()))[0], Taken)
        assert len(smsc.queries) == 1


async def test_a_question_that_was_throttled_is_put_again_after_a_pause() -> None:
    delivered = QuerySmResp(message_state=MessageState.DELIVERED)
    said = answers(CommandStatus.RTHROTTLED, CommandStatus.RMSGQFUL, delivered)
    ear = Ear()
    ear.open += [open_id("a01"), open_id("a02")]
    settings = ASKING | {"query_every_seconds": "3600", "throttle_seconds": "0.02"}
    async with (
        running_smsc(on_query=said) as smsc,
        carrier_to(smsc.port, ear=ear, **settings) as bound,
    ):
        await bound.ear.until(lambda: len(bound.ear.heard) == 2)
        assert len(smsc.queries) == 4


async def test_a_carrier_without_support_is_never_asked() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        bound.ear.open.append(open_id("a01"))
        await bound.outcomes(*(message(number) for number in range(20)))
        assert (smsc.queries, bound.ear.looks) == ([], [])


async def test_questions_wait_for_messages_and_leave_them_room() -> None:
    """Nobody answers them; they may fill a quarter of the window, and the messages pass."""
    async with running_smsc(on_query=lambda *_: None) as smsc:
        settings = ASKING | {"window": "8", "query_per_second": "1000"}
        ear = Ear()
        ear.open += [open_id(f"a{number:02}") for number in range(20)]
        async with carrier_to(smsc.port, ear=ear, **settings) as bound:
            await smsc.until(lambda: len(smsc.queries) == 2)
            await bound.outcomes(*(message(number) for number in range(50)))
            assert len(smsc.queries) == 2


async def test_what_could_not_be_stored_is_asked_for_again() -> None:
    said = answers(QuerySmResp(message_state=MessageState.DELIVERED))
    async with (
        running_smsc(on_query=said) as smsc,
        carrier_to(smsc.port, ear=Ear(failures=1), **ASKING) as bound,
    ):
        bound.ear.open.append(open_id("a01"))
        await bound.ear.until(lambda: bool(bound.ear.heard))
        assert len(smsc.queries) == 2


async def test_after_a_broken_connection_the_rest_is_asked_for() -> None:
    def cut_first(smsc: Smsc, connection: SmppConnection, pdu: QuerySm) -> None:
        if len(smsc.queries) == 1:
            connection.abort("a cable was pulled")
        else:
            connection.respond(pdu, QuerySmResp(message_state=MessageState.DELIVERED))

    settings = ASKING | {"reconnect_seconds": "0.01"}
    async with running_smsc(on_query=cut_first) as smsc, carrier_to(smsc.port, **settings) as bound:
        bound.ear.open += [open_id("a01"), open_id("a02")]
        await bound.ear.until(lambda: len(bound.ear.heard) == 2)


def test_an_id_is_asked_for_as_it_was_given() -> None:
    cases = {
        "00aB-c": profile(id_form="as_is", query_id_upper="yes", query_id_digits="9"),
        "abc": profile(),
        "ABC": profile(query_id_upper="yes"),
        "00ABC": profile(query_id_upper="yes", query_id_digits="5"),
    }
    for wanted, settings in cases.items():
        kept = wanted if settings.id_form == "as_is" else smpp.normalise_message_id(wanted)
        assert asked_id(settings, kept) == wanted
