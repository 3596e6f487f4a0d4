"""The desk and those who tell customers, put together from the parts of the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Protocol

from heliograph._running import Product
from heliograph.config import Config
from heliograph.doors import ARRIVALS, CALLBACKS, GATHERED, MANNERS
from heliograph.flow.accept import Accept
from heliograph.flow.advance import Advance, Told
from heliograph.flow.cancel import Cancel
from heliograph.flow.checks import Checks
from heliograph.flow.configure import Tools
from heliograph.flow.deliver import Deliver
from heliograph.flow.desk import Desk
from heliograph.flow.directory import Directory
from heliograph.flow.estimate import Estimator
from heliograph.flow.gather import GatheredCaller, Gatherer
from heliograph.flow.lookup import Lookup
from heliograph.flow.notify import Notify
from heliograph.flow.replace import Replace
from heliograph.flow.route import Router
from heliograph.flow.simulate import simulator_performers
from heliograph.flow.upload import Upload
from heliograph.flow.watch import Watch
from heliograph.links import Links
from heliograph.model.ids import IdMaker
from heliograph.products.partial import partial_performers
from heliograph.sharing import Carrying, Handing
from heliograph.store.database import Database
from heliograph.telling import Sessions, Telling
from heliograph.transport import HttpCaller

__all__ = ["build_desk", "build_gatherer", "build_sharing", "build_telling"]


class Parts(Protocol):
    """What the desk needs of the house."""

    config: Config
    database: Database
    directory: Directory
    accept: Accept
    advance: Advance
    deliver: Deliver
    notify: Notify
    node: int
    upload: Upload
    checks: Checks
    router: Router
    watch: Watch
    links: Links
    ids: IdMaker
    now: Callable[[], datetime]
    desk: Desk
    caller: HttpCaller
    products: tuple[Product, ...]

    def tools(self) -> Tools:
        """What keeping things needs."""

    def reload(self) -> Awaitable[None]:
        """Take over what was changed in the configuration."""


def build_desk(parts: Parts, told: Callable[[Told], None], base: Callable[[], str]) -> Desk:
    """The desk; `base` is what public addresses begin with."""
    database, now = parts.database, parts.now
    return Desk(
        database=database,
        directory=parts.directory,
        accept=parts.accept,
        upload=parts.upload,
        estimator=Estimator(
            database=database,
            directory=parts.directory,
            checks=parts.checks,
            router=parts.router,
            now=now,
        ),
        lookup=Lookup(database, now),
        cancel=Cancel(database=database, advance=parts.advance, told=told, now=now),
        replace=Replace(database=database, ids=parts.ids, now=now),
        watching=parts.watch,
        tools=parts.tools(),
        handsets=parts.links,
        reload=parts.reload,
        now=now,
        products={kind: do for each in parts.products for kind, do in each.performers.items()}
        | partial_performers(database, lambda: parts.desk, base)
        | simulator_performers(parts.tools(), parts.directory, parts.reload),
    )


def build_telling(parts: Parts, sessions: Callable[[], Sessions]) -> Telling:
    """Who calls customers, each in the form of his door."""
    return Telling(
        caller=parts.caller,
        callbacks=CALLBACKS,
        arrivals=ARRIVALS,
        key=parts.directory.key,
        now=parts.now,
        timeout_seconds=parts.config.webhook_timeout_seconds,
        sessions=sessions,
        manners=MANNERS,
        plain_http=parts.config.webhook_allow_private,
        gathered=GATHERED,
    )


def build_sharing(
    parts: Parts, place: Path | None, number: int, bound: Callable[[], Collection[int]]
) -> tuple[Handing | Carrying, ...]:
    """What ties this process to those that share its work; `number` says on which side it is. Nothing
    where no process has the carriers to itself."""
    if place is None:
        return ()
    config, deliver, notify = parts.config, parts.deliver, parts.notify
    if number >= config.workers:
        carrying = Carrying(
            place,
            number,
            receive=deliver.receive,
            room=deliver.room,
            up=lambda: [each for each, outlet in deliver.outlets.items() if outlet.link.up],
        )
        deliver.afar = notify.afar = carrying
        return (carrying,)
    deliver.away = handing = Handing(
        place,
        range(config.workers, config.workers + config.carrying),
        node=parts.node,
        bound=bound,
        told=lambda keys, known: notify.take(keys, known=known),
        lost=deliver.regain,
    )
    return (handing,)


def build_gatherer(parts: Parts, caller: GatheredCaller) -> Gatherer:
    """Who tells endpoints of many messages in one call."""
    return Gatherer(
        database=parts.database,
        directory=parts.directory,
        caller=caller,
        ids=parts.ids,
        now=parts.now,
        lease_seconds=parts.config.lease_seconds,
        manners=MANNERS,
    )
