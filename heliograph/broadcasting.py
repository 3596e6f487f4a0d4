"""Broadcasts, fitted together: who accepts and steers them, who makes their messages, who tells of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from heliograph.config import Config
from heliograph.flow.accept import Accept
from heliograph.flow.advance import Advance, Told
from heliograph.flow.checks import Checks
from heliograph.flow.deliver import Deliver
from heliograph.flow.desk import Performer
from heliograph.flow.directory import Directory
from heliograph.flow.received import Keeping
from heliograph.flow.tend import Sweeper
from heliograph.model.campaign import (
    AddSegment,
    BroadcastReports,
    CancelBroadcast,
    EstimateBroadcast,
    FindBroadcast,
    FireTrigger,
    ListBroadcasts,
    PauseBroadcast,
    ResumeBroadcast,
    StartBroadcast,
)
from heliograph.model.command import Command
from heliograph.model.ids import IdMaker
from heliograph.model.secret import Vault
from heliograph.products.campaigns.begin import Begin
from heliograph.products.campaigns.codes import BeginCodes
from heliograph.products.campaigns.estimate import Estimates
from heliograph.products.campaigns.expansion import Expansion
from heliograph.products.campaigns.leave import Leaving
from heliograph.products.campaigns.pages import Pages
from heliograph.products.campaigns.plan import Resolver
from heliograph.products.campaigns.report import Reports
from heliograph.products.campaigns.steer import Steer
from heliograph.products.campaigns.sums import Sums
from heliograph.store.database import Database

__all__ = ["Broadcasting"]

_LONGEST_WAIT_SECONDS: Final = 2.0


class Needed(Protocol):
    """What broadcasts need of the house."""

    config: Config
    database: Database
    directory: Directory
    vault: Vault
    ids: IdMaker
    checks: Checks
    accept: Accept
    advance: Advance
    deliver: Deliver
    now: Callable[[], datetime]
    node: int


class Broadcasting:
    """Everything about broadcasts in one process. `start` and `stop` are the expansion's."""

    def __init__(
        self,
        needed: Needed,
        told: Callable[[Told], None],
        link_base: Callable[[], str],
        begin_codes: BeginCodes | None = None,
    ) -> None:
        """`link_base` is what stands before the codes of short links, with the slash at its end; empty
        for none. `begin_codes` says who makes the codes that `{{verification_code}}` stands for."""
        config = needed.config
        resolver = Resolver(
            directory=needed.directory,
            checks=needed.checks,
            vault=needed.vault,
            now=needed.now,
            link_base=link_base,
            issues_codes=begin_codes is not None,
        )
        self._begin = Begin(
            database=needed.database,
            resolver=resolver,
            ids=needed.ids,
            now=needed.now,
            wake=self._wake,
            keeping=Keeping(needed.config.keep_requests, needed.config.keep_texts),
        )
        pages = Pages(
            database=needed.database,
            directory=needed.directory,
            checks=needed.checks,
            accept=needed.accept,
            told=told,
            now=needed.now,
            link_base=link_base,
            retention_days=config.retention_days,
            lease_seconds=config.lease_seconds,
            make_id=needed.ids.next,
            begin_codes=begin_codes,
        )
        self.steer = Steer(
            database=needed.database,
            directory=needed.directory,
            advance=needed.advance,
            begin=self._begin,
            told=told,
            now=needed.now,
            wake=self._wake,
        )
        self.expansion = Expansion(
            database=needed.database,
            pages=pages,
            onward=needed.deliver,
            now=needed.now,
            node=needed.node,
            lease_seconds=config.lease_seconds,
            most_in_memory=config.max_memory_messages,
            chores=self.steer.chores,
        )
        self.reports = Reports(
            database=needed.database,
            now=needed.now,
            retention_days=config.retention_days,
            sums=Sums(now=needed.now),
        )
        self.leaving = Leaving(database=needed.database, now=needed.now)
        estimates = Estimates(database=needed.database, resolver=resolver, pages=pages)
        self.performers: Mapping[type[Command], Performer] = {
            EstimateBroadcast: estimates.estimate,
            StartBroadcast: self._begin.start,
            AddSegment: self._begin.add,
            PauseBroadcast: self.steer.pause,
            ResumeBroadcast: self.steer.resume,
            CancelBroadcast: self.steer.cancel,
            FireTrigger: self.steer.fire,
            FindBroadcast: self.reports.find,
            ListBroadcasts: self.reports.page,
            BroadcastReports: self.reports.messages,
        }
        self.sweeper = Sweeper("broadcasts", _LONGEST_WAIT_SECONDS, self.steer.chores)

    def _wake(self) -> None:
        self.expansion.wake()

    async def start(self) -> None:
        """Begin to make messages."""
        await self.expansion.start()

    async def stop(self) -> None:
        """Finish the page that is under way."""
        await self.expansion.stop()
