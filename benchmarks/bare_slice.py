"""The least that could do the same work: what the machine, PostgreSQL and one Python process allow.

    python -m benchmarks.bare_slice --data DIR --smpp-port N [--told-url http://127.0.0.1:N/told]

One process: a bare ASGI app under uvicorn, a group commit by COPY into PostgreSQL (fsync on) before each
answer, submit_sm in windows, results and receipts committed in batches (a receipt before it is
acknowledged), signed callbacks over kept connections, deleted in batches when answered. No checks, no
routes, no prices, no partitions, no trace, no retries: it is a yardstick, not a product.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import asyncpg
import msgspec
import uvicorn
import uvloop

from benchmarks._server import say
from heliograph import smpp
from heliograph.model.signature import encode_secret, sign
from heliograph.store.embedded import EmbeddedPostgres
from heliograph.transport.smpp import Limits, SmppConnection, connect

_BINDS: Final = 4
_WINDOW: Final = 250
_CALLERS: Final = 32
_MOST: Final = 1000
_SECRETS: Final = [encode_secret(bytes(range(32)))]
_SCHEMA: Final = """
create table message (
    id bigint primary key, sender text not null, recipient text not null, text text not null,
    status smallint not null, carrier_message_id text, updated_at timestamptz not null
) with (fillfactor = 60);
create table untold (id bigint primary key);
"""
_SENT: Final = """
update message m set status = 1, carrier_message_id = n.word, updated_at = now()
from unnest($1::bigint[], $2::text[]) as n (id, word) where m.id = n.id
"""
_DELIVERED: Final = """
with moved as (
    update message m set status = 2, updated_at = now() from unnest($1::bigint[]) as n (id)
    where m.id = n.id returning m.id
) insert into untold select id from moved where $2
"""
_TOLD: Final = "delete from untold u using unnest($1::bigint[]) as n (id) where u.id = n.id"
_IDS: Final = b"id:"


class Draft(msgspec.Struct):
    """The body of a request."""

    sender: str = msgspec.field(name="from")
    to: str
    text: str


class Writer:
    """Group commit: what comes while one batch is written is the next."""

    def __init__(self, write: Callable[[Sequence[Any]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[tuple[Any, Callable[[], object] | None]] = []
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._work())

    def put(self, item: Any, done: Callable[[], object] | None = None) -> None:
        """`done` is called after the commit."""
        self._waiting.append((item, done))
        self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            if not self._waiting:
                self._wake.clear()
            await self._write([item for item, _ in batch])
            for _, done in batch:
                if done is not None:
                    done()


class Bind:
    """One of the binds to the SMSC."""

    def __init__(self, slice_: Slice, connection: SmppConnection) -> None:
        self._slice = slice_
        self.connection = connection
        self.bound: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        connection.send(smpp.BindTransceiver(system_id="slice", password="slice"))

    def received(self, events: Sequence[smpp.Event]) -> None:
        """Results, receipts, and room for more."""
        for event in events:
            if isinstance(event, smpp.ResponseReceived) and isinstance(event.context, int):
                assert isinstance(event.response, smpp.SubmitSmResp)
                self._slice.sent(event.context, event.response.message_id)
            elif isinstance(event, smpp.PduReceived) and isinstance(event.pdu, smpp.DeliverSm):
                self._slice.receipt(self, event.pdu)
            elif isinstance(event, smpp.Bound):
                self.bound.set_result(None)
        self._slice.send()

    def resumed(self) -> None:
        """The SMSC reads again."""
        self._slice.send()

    def ended(self, lost: Sequence[smpp.RequestLost]) -> None:
        """The benchmark is over."""


class Caller(asyncio.Protocol):
    """One kept connection to the customer, one call at a time."""

    def __init__(self, slice_: Slice) -> None:
        self._slice = slice_
        self._message_id = 0
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._slice.free.append(self)
        self._slice.call()

    def call(self, message_id: int, octets: bytes) -> None:
        self._message_id = message_id
        self._transport.write(octets)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._got[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._got) < end + 4 + length:
            return
        self._got = self._got[end + 4 + length :]
        self._slice.told.put(self._message_id)
        self._slice.free.append(self)
        self._slice.call()


class Slice:
    """All of it."""

    def __init__(self, pool: asyncpg.Pool[Any], told_url: str | None) -> None:
        self._pool = pool
        self._url = urlsplit(told_url) if told_url else None
        self._next_id = time.time_ns() // 1000
        self._recipients: dict[int, str] = {}
        self._by_word: dict[str, int] = {}
        self._early: dict[str, tuple[Bind, smpp.DeliverSm]] = {}
        self._outgoing: deque[tuple[int, Draft]] = deque()
        self._calls: deque[int] = deque()
        self._binds: list[Bind] = []
        self.free: list[Caller] = []
        self._accepted = Writer(self._write_accepted)
        self._sent = Writer(self._write_sent)
        self._delivered = Writer(self._write_delivered)
        self.told = Writer(self._write_told)

    async def start(self, smpp_port: int) -> None:
        """Binds and connections."""

        def greet(connection: SmppConnection) -> Bind:
            self._binds.append(Bind(self, connection))
            return self._binds[-1]

        def session(now: float) -> smpp.Session:
            return smpp.Session(smpp.Role.ESME, now, window=_WINDOW)

        for _ in range(_BINDS):
            await connect(greet, "127.0.0.1", smpp_port, session=session, limits=Limits())
        await asyncio.gather(*(each.bound for each in self._binds))
        if self._url is not None:
            loop = asyncio.get_running_loop()
            for _ in range(_CALLERS):
                await loop.create_connection(lambda: Caller(self), "127.0.0.1", self._url.port)

    # -- in --

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """POST /messages."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        draft = _DRAFT.decode(body)
        self._next_id = message_id = self._next_id + 1
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def committed() -> None:
            self._outgoing.append((message_id, draft))
            done.set_result(None)

        self._accepted.put((message_id, draft), committed)
        await done
        self.send()
        answer = b'{"id":"%d"}' % message_id
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _write_accepted(self, items: Sequence[tuple[int, Draft]]) -> None:
        now = datetime.now(UTC)
        async with self._pool.acquire() as link:
            await link.copy_records_to_table(
                "message",
                records=[(i, d.sender, d.to, d.text, 0, None, now) for i, d in items],
                columns=_COLUMNS,
            )

    # -- out --

    def send(self) -> None:
        """As much as the windows take."""
        for bind in self._binds:
            room = bind.connection.room
            while room and self._outgoing:
                message_id, draft = self._outgoing.popleft()
                self._recipients[message_id] = draft.to
                pdu = smpp.SubmitSm(
                    source_addr_ton=5,
                    source_addr=draft.sender,
                    dest_addr_ton=1,
                    dest_addr_npi=1,
                    destination_addr=draft.to,
                    registered_delivery=1,
                    short_message=draft.text.encode("ascii"),
                )
                bind.connection.send(pdu, message_id)
                room -= 1

    def sent(self, message_id: int, word: str) -> None:
        """The SMSC has it; a receipt that came earlier can go on."""
        self._by_word[word] = message_id
        self._sent.put((message_id, word))
        if (early := self._early.pop(word, None)) is not None:
            self.receipt(*early)

    async def _write_sent(self, items: Sequence[tuple[int, str]]) -> None:
        await self._run(_SENT, [i for i, _ in items], [w for _, w in items])

    def receipt(self, bind: Bind, pdu: smpp.DeliverSm) -> None:
        """Acknowledged after its commit, and then told."""
        text = bytes(pdu.short_message)
        word = text[text.index(_IDS) + 3 :].split(b" ", 1)[0].decode()
        message_id = self._by_word.pop(word, None)
        if message_id is None:
            self._early[word] = (bind, pdu)
            return

        def committed() -> None:
            bind.connection.respond(pdu, smpp.DeliverSmResp())
            if self._url is not None:
                self._calls.append(message_id)
                self.call()

        self._delivered.put(message_id, committed)

    async def _write_delivered(self, items: Sequence[int]) -> None:
        await self._run(_DELIVERED, list(items), self._url is not None)

    # -- back --

    def call(self) -> None:
        """As many calls as connections are free."""
        assert self._url is not None
        while self.free and self._calls:
            message_id = self._calls.popleft()
            body = _EVENT.encode({"id": str(message_id), "to": self._recipients.pop(message_id),
                                  "status": "delivered"})  # fmt: skip
            now = int(time.time())
            webhook_id = f"evt_{message_id}"
            signature = sign(
                webhook_id=webhook_id, timestamp_seconds=now, body=body, secrets=_SECRETS
            )
            head = (
                f"POST {self._url.path} HTTP/1.1\r\nhost: {self._url.netloc}\r\n"
                f"content-type: application/json\r\nwebhook-id: {webhook_id}\r\n"
                f"webhook-timestamp: {now}\r\nwebhook-signature: {signature}\r\n"
                f"content-length: {len(body)}\r\n\r\n"
            )
            self.free.pop().call(message_id, head.encode() + body)

    async def _write_told(self, items: Sequence[int]) -> None:
        await self._run(_TOLD, list(items))

    async def _run(self, statement: str, *values: object) -> None:
        async with self._pool.acquire() as link:
            await link.execute(statement, *values)


_DRAFT: Final = msgspec.json.Decoder(Draft)
_EVENT: Final = msgspec.json.Encoder()
_COLUMNS: Final = [
    "id",
    "sender",
    "recipient",
    "text",
    "status",
    "carrier_message_id",
    "updated_at",
]


async def _no_reset(link: Any) -> None:
    """Nothing changes the state of a session."""


async def run(given: argparse.Namespace) -> None:
    """Until SIGTERM."""
    database = EmbeddedPostgres(given.data)
    pool = await asyncpg.create_pool(await database.start(), min_size=4, reset=_no_reset)
    try:
        async with pool.acquire() as link:
            await link.execute(_SCHEMA)
        app = Slice(pool, given.told_url)
        await app.start(given.smpp_port)
        listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
        say(f'{{"port": {listening.getsockname()[1]}}}')
        config = uvicorn.Config(app, log_level="error", lifespan="off", access_log=False)
        await uvicorn.Server(config).serve([listening])
    finally:
        await pool.close()
        await database.stop()


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--smpp-port", type=int, required=True)
    parser.add_argument("--told-url")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
