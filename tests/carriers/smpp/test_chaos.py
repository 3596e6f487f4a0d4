"""An SMSC that does anything at any time: every attempt settles once, and what was taken is never called
declined (promise P2)."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from heliograph.carriers.smpp import SmppCarrier
from heliograph.model.report import Declined, Taken
from heliograph.smpp import CommandStatus, SubmitSm
from heliograph.transport.smpp import SmppConnection
from tests.carriers.smpp.smsc import (
    Smsc,
    carrier_to,
    dispatch_of,
    message,
    noun,
    running_smsc,
    take,
)

MESSAGES = 400


async def at_once(seconds: float) -> None:
    """A pause that gives others a turn and no more."""
    await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_the_smsc_does_each_attempt_settles_once_and_truly(seed: int) -> None:
    dice = random.Random(seed)
    taken: Counter[str] = Counter()

    def anything(smsc: Smsc, connection: SmppConnection, pdu: SubmitSm) -> None:
        chance = dice.random()
        if chance < 0.85:
            taken[pdu.destination_addr] += 1
            take(smsc, connection, pdu)
        elif chance < 0.93:
            connection.refuse(pdu, CommandStatus.RINVDSTADR)
        elif chance < 0.96:
            connection.refuse(pdu, CommandStatus.RTHROTTLED)
        elif chance < 0.97:
            connection.abort("a cable was pulled")
        elif chance < 0.98:
            connection.unbind()

    settings = {
        "binds": "3",
        "window": "5",
        "response_timeout_seconds": "0.2",
        "throttle_seconds": "0.01",
    }
    async with running_smsc(anything) as smsc:
        link = SmppCarrier(noun(smsc.port, **settings), sleep=at_once)
        async with carrier_to(smsc.port, link=link) as bound:
            for first in range(0, MESSAGES, 20):
                await bound.until(lambda: link.up)
                batch = [
                    message(number, recipient=f"{number}", text="long " * (1 + number % 3 * 40))
                    for number in range(first, first + 20)
                ]
                link.submit([dispatch_of(one) for one in batch], bound.desk.settle)
                await bound.desk.wait(first + 20)
            outcomes = dict(bound.desk.outcomes)
    assert len(outcomes) == len(bound.desk.outcomes) == MESSAGES
    for number, outcome in outcomes.items():
        if isinstance(outcome, Declined):
            assert taken[f"{number}"] == 0
        elif isinstance(outcome, Taken):
            assert taken[f"{number}"] == len(outcome.carrier_ids)
    kinds = Counter(type(outcome).__name__ for outcome in outcomes.values())
    assert kinds["Taken"] > kinds["Declined"] > 0
    assert kinds["Unknown"] > 0
