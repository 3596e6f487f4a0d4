"""The only module that knows everybody: builds the house, starts it in order, stops it in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from socket import socket
from time import time
from types import MappingProxyType
from typing import Final

from heliograph._running import Following, Part, Product, quietly
from heliograph.broadcasting import Broadcasting
from heliograph.chronicle import Chronicle
from heliograph.config import Config, server_key
from heliograph.doors import (
    MANNERS,
    SESSION_DIALECTS,
    http_door,
    known_of,
    smpp_door,
)
from heliograph.ear import Ear
from heliograph.edge.health import Metrics
from heliograph.entrance import Entrance
from heliograph.fitting import build_desk, build_gatherer, build_sharing, build_telling
from heliograph.flow.accept import Accept
from heliograph.flow.advance import Advance, Told
from heliograph.flow.answer import Answers
from heliograph.flow.checks import Checks
from heliograph.flow.configure import Tools
from heliograph.flow.deliver import Deliver
from heliograph.flow.desk import Desk
from heliograph.flow.directory import Directory
from heliograph.flow.exits import Exits
from heliograph.flow.inventory import Inventory
from heliograph.flow.notify import Notify
from heliograph.flow.open import Open
from heliograph.flow.receive import Receive
from heliograph.flow.received import Keeping
from heliograph.flow.refused import RefusedLog
from heliograph.flow.report import Report
from heliograph.flow.route import Router
from heliograph.flow.statistics import RollUp
from heliograph.flow.tend import Sweeper, Tend
from heliograph.flow.upload import Upload
from heliograph.flow.watch import Watch
from heliograph.hooking import Hooking
from heliograph.links import KINDS, Links, utc_now
from heliograph.listing import Lists
from heliograph.meter import Meter
from heliograph.model.ids import IdMaker
from heliograph.model.secret import Vault, key_mark
from heliograph.observing import Observing
from heliograph.products.verify import Verify
from heliograph.shortening import Shortening
from heliograph.store.database import Database, DatabaseError
from heliograph.store.embedded import EmbeddedPostgres
from heliograph.store.migrate import migrate
from heliograph.store.partitions import own_key
from heliograph.store.things import load_snapshot
from heliograph.transport import AddressPolicy, HttpCaller

_NO_SOCKETS: Final[Mapping[str, socket]] = MappingProxyType({})


class House:
    """Everything that runs in one process. `start` and `stop`; `stop` is idempotent."""

    def __init__(
        self,
        config: Config,
        *,
        now: Callable[[], datetime] = utc_now,
        worker: int = 0,
        inherited: Mapping[str, socket] = _NO_SOCKETS,
        meter: Meter | None = None,
        measured: Metrics | None = None,
        place: Path | None = None,
    ) -> None:
        """`worker`, `inherited`: of a process beside the first; `measured`: the metrics of all; `place`:
        where processes that carry are met."""
        self.config = config
        self.now = now
        self._inherited = inherited
        self._measured = measured
        self._worker = worker
        self._place = place
        self._embedded: EmbeddedPostgres | None = None
        self._policy = AddressPolicy(allow_all_private=config.webhook_allow_private)
        self._reloading = asyncio.Lock()
        self._following = Following(self.reload)
        self._ready: str | None = "starting"
        self._stack = AsyncExitStack()
        self.meter = meter or Meter()
        self.links = Links.of(config, worker)
        self.dsn = ""

    # -- start -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Up to accepting requests; what was started is stopped again when that fails."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        config = self.config
        self.dsn = config.database
        if not self.dsn:
            self._embedded = EmbeddedPostgres(config.data)
            self._stack.push_async_callback(self._embedded.stop)
            self.dsn = await self._embedded.start()
        await migrate(self.dsn)
        self.database = Database(self.dsn)
        await self._run(self.database)
        self.node = await self.database.take_node(config.node)
        self.key = server_key(config)
        async with self.database.transaction() as link:
            if not await own_key(link, key_mark(self.key)):
                raise DatabaseError(
                    "the server key is not the one that this database was begun with: restore"
                    " DATA/secret.key, or set HELIOGRAPH_SERVER_KEY to the former key"
                )
        self.vault = Vault(self.key)
        self.ids = IdMaker(self.node, lambda: int(time() * 1000))
        self.directory = Directory(
            self.key, self.now, session_dialects=SESSION_DIALECTS, manners=MANNERS
        )
        self.hooking = Hooking(config, self.key, self.directory, self.links, port=self._port)
        self.links.hook_url = self.hooking.url
        self.shortening = Shortening(
            config, self.key, self.directory, self.database, now=self.now, port=self._port
        )
        self.lists = Lists(self.database, self.ids.next, self.now, self.node)
        self.entrance = Entrance(config, self.tools(), self.directory, self.reload, port=self._port)
        self._build_flow()
        self._build_desk()
        self.smpp = smpp_door(
            config,
            self.desk,
            self.meter,
            now=self.now,
            listener=self._inherited.get("smpp"),
            tls_listener=self._inherited.get("smpp_tls"),
            noting=self.refused.note,
        )
        await self._load()
        await self.database.listen(self._following.heard)
        await self._start_flow()
        if self._worker < config.workers:
            await self._open_doors()
        self._ready = None

    async def _open_doors(self) -> None:
        config = self.config
        self.door = http_door(
            config,
            self.entrance.reception(self.desk),
            self.meter,
            next_id=self.ids.next,
            ready=lambda: self._ready,
            measured=self._measured,
            listener=self._inherited.get("http"),
            find_hook=self.hooking.find,
            hear=self.ear,
            visited=self.shortening.redirects,
            guesses=self.shortening.redirects.guesses,
            leaving=self.broadcasting.leaving,
            firing=self.broadcasting.steer,
            now=self.now,
            noting=self.refused.note,
        )
        await self._run(self.door)
        await self._run(self.smpp)

    async def _run(self, part: Part) -> None:
        """Start a part; it is stopped in its turn, also when its start failed half-way."""
        self._stack.push_async_callback(quietly, part.stop)
        await part.start()

    def _build_flow(self) -> None:
        config, told = self.config, self._told
        self.advance = Advance(
            self.directory,
            self.ids,
            keep_texts=config.keep_texts,
            room=self._room_to_tell,
        )
        self.router = Router(self.directory, self._up)
        minter = self.shortening.minter
        self.checks = Checks(self.directory, self.router, self.ids, self.now, minter)
        self.report = Report(
            database=self.database,
            advance=self.advance,
            told=told,
            ids=self.ids,
            now=self.now,
            lease_seconds=config.lease_seconds,
            retry_base_seconds=config.retry_base_seconds,
        )
        self.receive = Receive(
            database=self.database,
            directory=self.directory,
            answers=Answers(directory=self.directory, checks=self.checks, now=self.now),
            accept=lambda: self.accept,
            ids=self.ids,
            told=told,
            now=self.now,
            lease_seconds=config.lease_seconds,
        )
        self.deliver = Deliver(
            database=self.database,
            directory=self.directory,
            router=self.router,
            advance=self.advance,
            report=self.report,
            told=told,
            now=self.now,
            node=self.node,
            lease_seconds=config.lease_seconds,
            retry_base_seconds=config.retry_base_seconds,
            most_in_memory=config.max_memory_messages,
        )
        self.ear = Ear(self.report, self.receive, Open(self.database, self.now))
        self.exits = Exits(
            database=self.database,
            directory=self.directory,
            deliver=self.deliver,
            hear=self.ear,
            make_link=self.links.make,
            sharers=self.links.sharers,
            now=self.now,
            node=self.node,
            submit_timeout_seconds=config.submit_timeout_seconds,
            drain_seconds=config.drain_seconds,
        )
        self.watch = Watch(self.database, self.now)
        self.caller = HttpCaller(policy=self._policy)
        telling = build_telling(self, lambda: self.smpp)
        self._gatherer = build_gatherer(self, telling.of_events)
        self.notify = Notify(
            database=self.database,
            directory=self.directory,
            caller=telling.of_event,
            inbound_caller=telling.of_arrival,
            ids=self.ids,
            now=self.now,
            lease_seconds=config.lease_seconds,
            sessions=self._bound,
            manners=MANNERS,
        )

    def _room_to_tell(self) -> int:
        return self.notify.room()

    def _up(self, carrier_id: int) -> bool:
        return self.deliver.up(carrier_id)

    def _bound(self) -> frozenset[int]:
        return self.smpp.bound()

    def _port(self) -> int:
        return self.door.port if hasattr(self, "door") else 0

    def _build_desk(self) -> None:
        config, told = self.config, self._told
        self.accept = Accept(
            database=self.database,
            directory=self.directory,
            checks=self.checks,
            advance=self.advance,
            onward=self.deliver,
            told=told,
            ids=self.ids,
            now=self.now,
            node=self.node,
            lease_seconds=config.lease_seconds,
            keeping=Keeping(config.keep_requests, config.keep_texts),
        )
        verify = Verify(self.database, self.checks, self.accept, told, self.ids.next, now=self.now)
        self.broadcasting = Broadcasting(self, told, self.shortening.base, verify.in_bulk)
        self.observing = Observing(self)
        self.refused = RefusedLog(
            database=self.database, directory=self.directory, make_id=self.ids.next, now=self.now
        )
        made = (self.shortening, self.lists, verify, self.entrance, self.broadcasting)
        self.products: tuple[Product, ...] = (*made, self.observing, self.refused)
        self.upload = Upload(
            database=self.database,
            accept=self.accept,
            checks=self.checks,
            advance=self.advance,
            told=told,
            ids=self.ids,
            now=self.now,
            most=config.max_bulk_messages,
        )
        self.chronicle = Chronicle(
            directory=self.directory,
            meter=self.meter,
            notify=self.notify,
            watch=self.watch,
            every_event=config.log_level == "debug",
        )
        self.tend = Tend(
            database=self.database,
            advance=self.advance,
            deliver=self.deliver,
            report=self.report,
            notify=self.notify,
            upload=self.upload,
            told=told,
            now=self.now,
            node=self.node,
            lease_seconds=config.lease_seconds,
            patience_seconds=config.submit_timeout_seconds * 2,
            partition_days=config.partition_days,
            retention_days=config.retention_days,
            more=self._sweepers(),
        )
        self.desk: Desk = build_desk(self, told, self.shortening.base)

    def _sweepers(self) -> tuple[Sweeper, ...]:
        return (
            Sweeper("measure", 5.0, self.observing.gauges.read),
            Sweeper("renewals", 60.0, Inventory(self.tools()).renew),
            Sweeper("gathered reports", 1.0, self._gatherer.sweep),
            Sweeper("adopt", 15.0, self.receive.adopt),
            Sweeper("route statistics", 5.0, RollUp(self.database, self.now).sweep),
            *(each.sweeper for each in self.products),
        )

    def tools(self) -> Tools:
        """What keeping things needs."""
        return Tools(
            database=self.database,
            vault=self.vault,
            server_key=self.key,
            make_id=self.ids.next,
            now=self.now,
            hook_url=self.hooking.url_of,
            link_base=self.shortening.base,
            known=known_of(
                self.config, self._policy, carrier_kinds=KINDS, carrier_fault=self.links.fault
            ),
        )

    async def _start_flow(self) -> None:
        await self.tend.prepare()
        parts: tuple[Part, ...] = (
            self.caller,
            self.notify,
            self.report,
            self.receive,
            self.deliver,
            self.accept,
            self.exits,
            self.tend,
            *self.products,
            self._following,
            *build_sharing(self, self._place, self._worker, self._bound),
        )
        for part in parts:
            await self._run(part)

    # -- while it runs ---------------------------------------------------------------------------

    def _told(self, told: Told) -> None:
        self.chronicle.told(told)

    async def _load(self) -> None:
        async with self._reloading, self.database.link() as link:
            self.directory.replace(await load_snapshot(link, self.vault))

    async def reload(self) -> None:
        """Take over what was changed in the configuration."""
        await self._load()
        await self.exits.follow()

    async def ended(self) -> None:
        """Returns when the embedded database has ended by itself; with a server of one's own, never."""
        if self._embedded is not None:
            await self._embedded.wait()
        else:
            await asyncio.Event().wait()

    # -- stop ------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Door first, database last; what was accepted is in the database by then."""
        self._ready = "stopping"
        await self._stack.aclose()
