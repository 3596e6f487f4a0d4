"""A carrier asks and the flow settles: SMPP, the simulated SMSC and a real database together."""

from __future__ import annotations

import msgspec

from heliograph.carriers.smpp import SmppCarrier
from heliograph.ear import Ear
from heliograph.flow.open import Open
from heliograph.model.money import Charge
from heliograph.model.report import Taken
from heliograph.model.status import Status
from heliograph.simulator import Network, NetworkSettings
from heliograph.simulator.faults import Act, Faults
from heliograph.simulator.smsc import Smsc
from tests.carriers.smpp.smsc import carrier_to, message, noun
from tests.flow.conftest import Parts
from tests.flow.conftest import parts as parts
from tests.flow.working import working

_AT_ONCE = NetworkSettings(
    response_median_ms=0, response_p99_ms=0, receipt_median_ms=0, receipt_p99_ms=0
)
_ASKING = {"query": "yes", "query_after_seconds": "600", "query_every_seconds": "3600"}


async def test_after_a_restart_lost_receipts_are_asked_for_from_the_store(parts: Parts) -> None:
    smsc = Smsc(
        Network(carrier_id=1, settings=_AT_ONCE),
        accounts={"hill": "s3cret"},
        faults=Faults(shares={Act.RECEIPT_LOST: 1.0}),
    )
    await smsc.start()
    try:
        async with working(parts) as works:
            async with carrier_to(smsc.port) as before:
                (outcome,) = await before.outcomes(message(sender="Heliograph"))
                assert isinstance(outcome, Taken)
            sent = await works.sent(*outcome.carrier_ids)
            parts.clock.forward(seconds=601)

            settings = noun(smsc.port, **_ASKING).settings
            after = SmppCarrier(
                msgspec.structs.replace(parts.carrier, settings=settings), now=parts.clock
            )
            ear = Ear(works.report, works.receive, Open(works.database, parts.clock))
            await after.start(ear, lambda: None)
            try:
                await works.status(sent, Status.UNDELIVERED)
            finally:
                await after.stop()
            record = await parts.record(sent.message_id)
            assert record.charge is Charge.CAPTURED
        assert await parts.audit() == []
    finally:
        await smsc.stop()
