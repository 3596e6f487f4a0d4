"""How things go, fitted together: who measures, who tells of the carriers, who answers what is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from heliograph.flow.carrier_states import CarrierTeller
from heliograph.flow.deliver import Deliver
from heliograph.flow.desk import Performer
from heliograph.flow.directory import Directory
from heliograph.flow.overview import Overviews
from heliograph.flow.tend import Sweeper
from heliograph.gauges import Gauges
from heliograph.meter import Meter
from heliograph.model.command import Command
from heliograph.model.overview import GetHouseOverview, GetOverview, ListCarrierStates
from heliograph.store.database import Database

__all__ = ["Observing"]

_TELL_SECONDS: Final = 2.0


class Parts(Protocol):
    """What it needs of the house."""

    database: Database
    directory: Directory
    deliver: Deliver
    meter: Meter
    now: Callable[[], datetime]
    node: int


class Observing:
    """A product: it answers, and its sweeper tells of this process's carriers."""

    def __init__(self, parts: Parts) -> None:
        self.gauges = Gauges(
            database=parts.database,
            directory=parts.directory,
            deliver=parts.deliver,
            meter=parts.meter,
            now=parts.now,
        )
        self._teller = CarrierTeller(
            database=parts.database,
            outlets=parts.deliver.outlets,
            node=parts.node,
            now=parts.now,
        )
        self.sweeper = Sweeper("carrier states", _TELL_SECONDS, self._teller.tell)
        overviews = Overviews(
            database=parts.database,
            directory=parts.directory,
            depths=self.gauges,
            now=parts.now,
        )
        self.performers: Mapping[type[Command], Performer] = {
            GetOverview: overviews.of_account,
            GetHouseOverview: overviews.of_house,
            ListCarrierStates: overviews.carriers,
        }

    async def start(self) -> None:
        """Measure once, so that nobody is told of empty queues that are not."""
        await self.gauges.read()

    async def stop(self) -> None:
        """This process has no carriers any more."""
        await self._teller.silence()
