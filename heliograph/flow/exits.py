"""Keeps one outlet for each enabled carrier, as the directory changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from time import monotonic

import structlog

from heliograph.flow.deliver import Deliver
from heliograph.flow.directory import Directory
from heliograph.flow.outlet import Outlet
from heliograph.flow.route import TEST_CARRIER
from heliograph.model.carrier import CarrierLink, Hear, Narrow, Pliable
from heliograph.model.route import Carrier
from heliograph.store.database import Database

_log = structlog.get_logger()
_TEST = Carrier(id=TEST_CARRIER, name="test", kind="test", window=2000)


def _alone(_: Carrier) -> int:
    return 1


class Exits:
    """Starts, changes and stops outlets. `make_link` raises LookupError where it cannot, and says None of a
    carrier that another process has."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        deliver: Deliver,
        hear: Hear,
        make_link: Callable[[Carrier], CarrierLink | None],
        now: Callable[[], datetime],
        node: int,
        submit_timeout_seconds: float,
        drain_seconds: float,
        sharers: Callable[[Carrier], int] = _alone,
    ) -> None:
        """`sharers`: how many processes share what a carrier allows."""
        self._database = database
        self._directory = directory
        self._deliver = deliver
        self._hear = hear
        self._make_link = make_link
        self._now = now
        self._node = node
        self._timeout = submit_timeout_seconds
        self._drain = drain_seconds
        self._sharers = sharers
        self._at_work: dict[int, Carrier] = {}
        self._following = asyncio.Lock()

    async def start(self) -> None:
        """Open every enabled carrier."""
        await self.follow()

    async def follow(self) -> None:
        """Make the outlets what the directory says; called at the start and after each change.

        One at a time: a carrier is not opened again before its former link has let go of it.
        """
        async with self._following:
            await self._follow()

    async def _follow(self) -> None:
        wanted = {c.id: c for c in (*self._directory.carriers, _TEST) if c.enabled}
        for carrier_id, carrier in list(self._at_work.items()):
            new = wanted.get(carrier_id)
            outlet = self._deliver.outlets[carrier_id]
            if new is None or not _fits(new, carrier, outlet.link):
                await self._close(carrier_id)
            else:
                outlet.window = self._window(new, outlet.link)
                outlet.pace(new.per_second / self._sharers(new))
                self._at_work[carrier_id] = new
        for carrier_id, carrier in wanted.items():
            if carrier_id not in self._at_work:
                await self._open(carrier)

    async def _open(self, carrier: Carrier) -> None:
        try:
            link = self._make_link(carrier)
        except LookupError as fault:
            _log.error(
                "carrier stays closed", carrier=carrier.name, kind=carrier.kind, fault=str(fault)
            )
            return
        if link is None:
            self._deliver.elsewhere.add(carrier.id)
            return
        self._deliver.elsewhere.discard(carrier.id)
        outlet = Outlet(
            carrier.id,
            link,
            window=self._window(carrier, link),
            per_second=carrier.per_second / self._sharers(carrier),
            database=self._database,
            node=self._node,
            settled=self._deliver.settled,
            stale=self._deliver.reroute,
            dropped=self._deliver.dropped,
            opted_out=self._deliver.opted_out,
            has_opt_outs=self._directory.has_opt_outs,
            now=self._now,
            submit_timeout_seconds=self._timeout,
            others=self._deliver.others,
        )
        self._deliver.outlets[carrier.id] = outlet
        self._at_work[carrier.id] = carrier
        try:
            await link.start(self._hear, outlet.changed)
            await outlet.start()
        except BaseException:
            del self._deliver.outlets[carrier.id], self._at_work[carrier.id]
            raise

    def _window(self, carrier: Carrier, link: CarrierLink) -> int:
        """This process's share of what the operator allows, and no more than the link can do at once."""
        share = max(1, carrier.window // self._sharers(carrier))
        return min(share, link.most_under_way) if isinstance(link, Narrow) else share

    async def _close(self, carrier_id: int) -> None:
        outlet = self._deliver.outlets.pop(carrier_id)
        del self._at_work[carrier_id]
        await outlet.stop()
        self._deliver.reroute(outlet.drain())
        await outlet.drained(monotonic() + self._drain)
        await outlet.link.stop()

    async def stop(self) -> None:
        """Hand out nothing more, let attempts under way end, close the links. Idempotent.

        Attempts that have no outcome after the drain time settle as unknown.
        """
        outlets = list(self._deliver.outlets.values())
        for outlet in outlets:
            await outlet.stop()
        deadline = monotonic() + self._drain
        for outlet in outlets:
            await outlet.drained(deadline)
            await outlet.link.stop()


def _fits(new: Carrier, former: Carrier, link: CarrierLink) -> bool:
    """Whether the link that is at work can go on."""
    if new.kind != former.kind:
        return False
    return new.settings == former.settings or (isinstance(link, Pliable) and link.adapt(new))
