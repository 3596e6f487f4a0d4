"""The only module that knows everybody: builds the house, starts it in order, stops it in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from time import time
from types import MappingProxyType
from typing import Final, Protocol

import structlog

from heliograph.chronicle import Chronicle
from heliograph.config import Config, server_key
from heliograph.dialects import native
from heliograph.doors import (
    DIALECTS,
    SESSION_DIALECTS,
    credential_faults,
    http_door,
    smpp_door,
)
from heliograph.flow.accept import Accept
from heliograph.flow.advance import Advance, Told
from heliograph.flow.cancel import Cancel
from heliograph.flow.checks import Checks
from heliograph.flow.configure import Tools
from heliograph.flow.deliver import Deliver
from heliograph.flow.desk import Desk
from heliograph.flow.directory import Directory
from heliograph.flow.estimate import Estimator
from heliograph.flow.exits import Exits
from heliograph.flow.lookup import Lookup
from heliograph.flow.notify import Notify
from heliograph.flow.receive import Receive
from heliograph.flow.replace import Replace
from heliograph.flow.report import Report
from heliograph.flow.route import Router
from heliograph.flow.soundness import Known
from heliograph.flow.tend import Sweeper, Tend
from heliograph.flow.upload import Upload
from heliograph.flow.watch import Watch
from heliograph.gauges import Gauges
from heliograph.links import KINDS, Links, carrier_fault, utc_now
from heliograph.meter import Meter
from heliograph.model.ids import IdMaker
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.secret import Vault, key_mark
from heliograph.store.database import Database, DatabaseError
from heliograph.store.embedded import EmbeddedPostgres
from heliograph.store.migrate import migrate
from heliograph.store.partitions import own_key
from heliograph.store.things import load_snapshot
from heliograph.telling import Telling
from heliograph.transport import AddressPolicy, HttpCaller, check_url

_log = structlog.get_logger()
CALLBACKS: Final = MappingProxyType({"native": native.callback.render})
"""In whose form customers are called about their messages' events."""
ARRIVALS: Final = MappingProxyType({"native": native.callback.render_inbound})
"""And about messages from handsets."""


class Part(Protocol):
    """Whatever runs."""

    async def start(self) -> None:
        """Run."""

    async def stop(self) -> None:
        """Idempotent; returns when all is still."""


class House:
    """Everything that runs in one process. `start` and `stop`; `stop` is idempotent."""

    def __init__(self, config: Config, *, now: Callable[[], datetime] = utc_now) -> None:
        self.config = config
        self.now = now
        self._embedded: EmbeddedPostgres | None = None
        self._policy = AddressPolicy(allow_all_private=config.webhook_allow_private)
        self._reloading = asyncio.Lock()
        self._stale = asyncio.Event()
        self._reloader: asyncio.Task[None] | None = None
        self._ready: str | None = "starting"
        self._stack = AsyncExitStack()
        self.meter = Meter()
        self.links = Links(config.data)
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
        self.directory = Directory(self.key, self.now, session_dialects=SESSION_DIALECTS)
        self._build_flow()
        self._build_desk()
        self.smpp = smpp_door(config, self.desk, self.meter, now=self.now)
        await self._load()
        await self.database.listen(self._stale.set)
        await self._start_flow()
        self.door = http_door(
            config, self.desk, self.meter, next_id=self.ids.next, ready=lambda: self._ready
        )
        await self._run(self.door)
        await self._run(self.smpp)
        self._ready = None

    async def _run(self, part: Part) -> None:
        """Start a part; it is stopped in its turn, also when its start failed half-way."""
        self._stack.push_async_callback(_quietly, part.stop)
        await part.start()

    def _build_flow(self) -> None:
        config, told = self.config, self._told
        self.advance = Advance(self.directory, self.ids, keep_texts=config.keep_texts)
        self.router = Router(self.directory, self._up)
        self.checks = Checks(self.directory, self.router, self.ids, self.now)
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
        self.exits = Exits(
            database=self.database,
            directory=self.directory,
            deliver=self.deliver,
            hear=_Ear(self.report, self.receive),
            make_link=self.links.make,
            now=self.now,
            node=self.node,
            submit_timeout_seconds=config.submit_timeout_seconds,
            drain_seconds=config.drain_seconds,
        )
        self.caller = HttpCaller(policy=self._policy)
        telling = Telling(
            caller=self.caller,
            callbacks=CALLBACKS,
            arrivals=ARRIVALS,
            key=self.directory.key,
            now=self.now,
            timeout_seconds=config.webhook_timeout_seconds,
            sessions=lambda: self.smpp,
        )
        self.notify = Notify(
            database=self.database,
            directory=self.directory,
            caller=telling.of_event,
            inbound_caller=telling.of_arrival,
            ids=self.ids,
            now=self.now,
            lease_seconds=config.lease_seconds,
            sessions=self._bound,
        )

    def _bound(self) -> frozenset[int]:
        return self.smpp.bound()

    def _up(self, carrier_id: int) -> bool:
        return self.deliver.up(carrier_id)

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
        )
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
        self.watch = Watch(self.database, self.now)
        self.chronicle = Chronicle(
            directory=self.directory,
            meter=self.meter,
            notify=self.notify,
            watch=self.watch,
            every_event=config.log_level == "debug",
        )
        self._gauges = Gauges(
            database=self.database,
            directory=self.directory,
            deliver=self.deliver,
            meter=self.meter,
            now=self.now,
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
            more=(Sweeper("measure", 5.0, self._gauges.read),),
        )
        self.desk = Desk(
            database=self.database,
            directory=self.directory,
            accept=self.accept,
            upload=self.upload,
            estimator=Estimator(
                database=self.database,
                directory=self.directory,
                checks=self.checks,
                router=self.router,
                now=self.now,
            ),
            lookup=Lookup(self.database, self.now),
            cancel=Cancel(database=self.database, advance=self.advance, told=told, now=self.now),
            replace=Replace(database=self.database, ids=self.ids, now=self.now),
            watching=self.watch,
            tools=self.tools(),
            handsets=self.links,
            reload=self.reload,
            now=self.now,
            limits={},
        )

    def tools(self) -> Tools:
        """What keeping things needs."""
        return Tools(
            database=self.database,
            vault=self.vault,
            server_key=self.key,
            make_id=self.ids.next,
            now=self.now,
            known=Known(
                check_url=self._check_url,
                dialects=SESSION_DIALECTS | {dialect.name for dialect in DIALECTS},
                carrier_kinds=KINDS,
                carrier_fault=carrier_fault,
                session_dialects=SESSION_DIALECTS,
                credential_faults=credential_faults,
            ),
        )

    def _check_url(self, url: str) -> Refused | None:
        refusal = check_url(url, policy=self._policy)
        if refusal is None:
            return None
        return Refused(refusal=Refusal.INVALID_FIELD, field="url", detail=refusal.sentence)

    async def _start_flow(self) -> None:
        await self.tend.prepare()
        for part in (
            self.caller,
            self.notify,
            self.report,
            self.receive,
            self.deliver,
            self.accept,
            self.exits,
            self.tend,
        ):
            await self._run(part)
        self._reloader = asyncio.create_task(self._follow_changes(), name="reload")
        self._stack.push_async_callback(self._stop_reloading)

    async def _stop_reloading(self) -> None:
        if self._reloader is not None:
            self._reloader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reloader

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

    async def _follow_changes(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            try:
                await self.reload()
            except Exception:  # noqa: BLE001 - the top of the loop: tried again in a second
                _log.exception("configuration could not be loaded")
                await asyncio.sleep(1)
                self._stale.set()

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


class _Ear:
    """What carriers tell: receipts to report, messages to receive."""

    def __init__(self, report: Report, receive: Receive) -> None:
        self.receipts = report.receipts
        self.arrivals = receive.arrivals


async def _quietly(stop: Callable[[], Awaitable[None]]) -> None:
    """The other parts must be stopped all the same."""
    try:
        await stop()
    except Exception:  # noqa: BLE001 - the top of a stop
        _log.exception("a part did not stop cleanly")
