"""How carriers stand, told by each process and read by any."""

from __future__ import annotations

import msgspec
import pytest

from heliograph.flow.carrier_states import CarrierTeller
from heliograph.flow.overview import FRESH, Overviews
from heliograph.model.carrier import LineState
from heliograph.model.overview import CarrierState, CarrierStates, ListCarrierStates, QueueDepth
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal, Refused
from tests.flow.conftest import START, Parts
from tests.flow.working import HandLink, Works, working


class _Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class _Depths:
    def depth(self, account_id: int) -> QueueDepth:
        del account_id
        return QueueDepth()


def _teller(parts: Parts, works: Works, seconds: _Seconds, node: int = 1) -> CarrierTeller:
    return CarrierTeller(
        database=parts.database,
        outlets=works.deliver.outlets,
        node=node,
        now=parts.clock,
        clock=seconds,
    )


async def _states(parts: Parts, carrier_id: int | None = None) -> tuple[CarrierState, ...]:
    overviews = Overviews(
        database=parts.database, directory=parts.directory, depths=_Depths(), now=parts.clock
    )
    asked = ListCarrierStates(carrier_id=carrier_id)
    found = await overviews.carriers(parts.principal(), asked)
    assert isinstance(found, CarrierStates), found
    return found.items


async def test_a_carrier_is_told_of_with_its_speed_and_its_last_error(parts: Parts) -> None:
    seconds = _Seconds()
    async with working(parts) as works:
        teller = _teller(parts, works, seconds)
        await teller.tell()
        await works.sent("id-1")
        message = await parts.accepted()
        (await works.given(2)).declined(-1, Reason.THROTTLED, vendor_code="88")
        await works.noted(1)
        await parts.accepted()
        seconds.now = 4.0
        await teller.tell()
        (state,) = await _states(parts)
        (process,) = state.processes
        assert (state.word, process.node, process.at) == ("up", 1, START)
        assert process.submitted_per_second == 0.5
        assert (process.throttled, process.last_error) == (1, "throttled (88)")
        assert process.waiting == 1  # the carrier asked for silence
        assert process.window == parts.carrier.window
        works.link.turn(up=False)
        await teller.tell()
        assert [each.word for each in await _states(parts)] == ["down"]
        del message


class _LinedLink(HandLink):
    """A link with two connections, the second one cut off."""

    def lines(self) -> list[LineState]:
        """One for each."""
        up = LineState(name="a", kind="transceiver", up=True, window=10, under_way=3, submitted=40)
        return [up, msgspec.structs.replace(up, name="b", up=False, last_error="refused")]


async def test_connections_are_told_of_one_by_one(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(parts) as works:
        outlet = works.deliver.outlets[parts.carrier.id]
        link = _LinedLink(parts.carrier, lambda: None)
        link.up = True
        outlet.link, was = link, outlet.link
        await _teller(parts, works, _Seconds()).tell()
        outlet.link = was
    (state,) = await _states(parts)
    assert state.word == "partly"
    assert [(line.name, line.up, line.last_error) for line in state.processes[0].lines] == [
        ("a", True, ""),
        ("b", False, "refused"),
    ]


async def test_processes_add_up_and_what_is_old_or_gone_counts_for_nothing(parts: Parts) -> None:
    seconds = _Seconds()
    async with working(parts) as works:
        first, second = (_teller(parts, works, seconds, node) for node in (1, 2))
        await first.tell()
        await second.tell()
        assert [p.node for p in (await _states(parts))[0].processes] == [1, 2]
        await first.silence()
        await first.tell()  # a sweep that was under way
        assert [p.node for p in (await _states(parts))[0].processes] == [2]
        parts.clock.forward(seconds=FRESH.total_seconds() + 1)
        assert [each.word for each in await _states(parts)] == ["unknown"]
        parts.clock.forward(hours=1)
        await second.tell()
        works.deliver.outlets.clear()
        await second.tell()
        assert await parts.value("select count(*) from carrier_state") == 0


async def test_one_carrier_is_found_by_its_id(parts: Parts) -> None:
    (state,) = await _states(parts, parts.carrier.id)
    assert (state.name, state.word) == ("first", "unknown")
    overviews = Overviews(
        database=parts.database, directory=parts.directory, depths=_Depths(), now=parts.clock
    )
    nobody = await overviews.carriers(parts.principal(), ListCarrierStates(carrier_id=999))
    assert isinstance(nobody, Refused)
    assert nobody.refusal is Refusal.NOT_FOUND
