"""Load on the whole product by SMPP: HTTP or SMPP in, SMPP out to an SMSC of its own process, receipts back.

    python -m benchmarks.smpp_load http --count 20000
    python -m benchmarks.smpp_load smpp --count 20000
    python -m benchmarks.smpp_load sink --count 20000

Starts Heliograph with its embedded database (fsync on) in a directory of its own and a sink, an SMSC that
takes every message at once and sends its receipt 50 ms later; makes the sink a carrier by the native API;
loads from this process, and prints what was measured. Every message has a recipient of its own, so
the sink can tell what is missing and what came twice. `sink` loads the sink without Heliograph, to show
that it is not what is measured. CPU is that of Heliograph and PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import IO, Any, Final, Literal

import aiohttp
import uvloop

from benchmarks._processes import cpu_seconds, resident_mib, tree
from benchmarks.load import Tally, _numbers, _singles
from heliograph import smpp
from heliograph.transport.smpp import Limits, SmppConnection, connect, listen

SENDER: Final = "Heliograph"
_SYSTEM_ID: Final = "bench"
_PASSWORD: Final = "bench123"
_RECEIPT_AFTER_SECONDS: Final = 0.05
_WAIT_SECONDS: Final = 120.0
_QUIET_SECONDS: Final = 1.0
_BINDS: Final = 4
_WINDOW: Final = 250
_CUSTOMER_WINDOW: Final = 500
_LIMITS: Final = Limits(unanswered_max=4096, unread_octets_max=16 * 1_048_576)


# -- the sink: a process of its own --------------------------------------------------------------


@dataclass(slots=True)
class Seen:
    """What the sink was given."""

    recipients: set[str] = field(default_factory=set)
    messages: int = 0
    last_at: float = 0.0
    receipts_taken: int = 0


class Sink:
    """One bind at the sink."""

    def __init__(self, connection: SmppConnection, seen: Seen) -> None:
        self._connection = connection
        self._seen = seen
        self._due: list[smpp.DeliverSm] = []

    def received(self, events: Sequence[smpp.Event]) -> None:
        """Answer all at once, and tell of their delivery later, together."""
        receipts = []
        for event in events:
            if isinstance(event, smpp.PduReceived) and isinstance(event.pdu, smpp.SubmitSm):
                receipts.append(self._take(event.pdu))
            elif isinstance(event, smpp.BindRequested):
                self._connection.respond(event.pdu, smpp.BindTransceiverResp(system_id="sink"))
            elif isinstance(event, smpp.ResponseReceived):
                self._seen.receipts_taken += 1
        if receipts:
            asyncio.get_running_loop().call_later(_RECEIPT_AFTER_SECONDS, self._tell, receipts)
        if self._due:
            self._tell([])

    def _take(self, pdu: smpp.SubmitSm) -> smpp.DeliverSm:
        seen = self._seen
        seen.recipients.add(pdu.destination_addr)
        seen.last_at = perf_counter()
        seen.messages += 1
        message_id = f"{seen.messages:08x}"
        self._connection.respond(pdu, smpp.SubmitSmResp(message_id=message_id))
        now = datetime.now(UTC)
        text = smpp.format_receipt_text(
            message_id=message_id,
            state=smpp.MessageState.DELIVERED,
            submitted_at=now,
            done_at=now,
        )
        return smpp.DeliverSm(
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=pdu.destination_addr,
            destination_addr=pdu.source_addr,
            esm_class=4,
            short_message=text,
        )

    def _tell(self, receipts: list[smpp.DeliverSm]) -> None:
        self._due += receipts
        room = min(self._connection.room, len(self._due))
        for receipt in self._due[:room]:
            self._connection.send(receipt)
        del self._due[:room]

    def resumed(self) -> None:
        """The other end reads again."""
        self._tell([])

    def ended(self, lost: Sequence[smpp.RequestLost]) -> None:
        """The bind is gone."""


async def _serve_sink() -> None:
    seen, stopped = Seen(), asyncio.Event()
    listener = await listen(
        lambda connection: Sink(connection, seen),
        "127.0.0.1",
        0,
        session=lambda now: smpp.Session(smpp.Role.SMSC, now, window=1000),
        limits=_LIMITS,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    _say(json.dumps({"port": listener.port}))
    await stopped.wait()
    await listener.stop(1.0)
    figures = {
        "messages": seen.messages,
        "distinct": len(seen.recipients),
        "last_at": seen.last_at,
        "receipts_taken": seen.receipts_taken,
    }
    _say(json.dumps(figures))


# -- the customer --------------------------------------------------------------------------------


@dataclass(slots=True)
class Told:
    """What the customer's sessions saw."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    receipts: Counter[str] = field(default_factory=Counter)
    accepted_at: float = 0.0
    receipt_at: float = 0.0


class Customer:
    """A transceiver that keeps its window full of submit_sm until its numbers are used up."""

    def __init__(
        self, connection: SmppConnection, login: tuple[str, str], numbers: Sequence[int], told: Told
    ) -> None:
        self._connection = connection
        self._numbers = iter(numbers)
        self._left = len(numbers)
        self._told = told
        loop = asyncio.get_running_loop()
        self.bound: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()
        system_id, password = login
        connection.send(smpp.BindTransceiver(system_id=system_id, password=password))

    def fill(self) -> None:
        """Submit as much as the window takes."""
        now = perf_counter()
        while self._connection.room and (number := next(self._numbers, None)) is not None:
            self._connection.send(submit(number), now)

    def received(self, events: Sequence[smpp.Event]) -> None:
        """Answers and receipts."""
        now, told = perf_counter(), self._told
        for event in events:
            if isinstance(event, smpp.ResponseReceived) and isinstance(event.context, float):
                told.latencies.append(now - event.context)
                told.refused += event.response.command_status != 0
                told.accepted_at = now
                self._left -= 1
            elif isinstance(event, smpp.PduReceived) and isinstance(event.pdu, smpp.DeliverSm):
                self._connection.respond(event.pdu, smpp.DeliverSmResp())
                told.receipts[event.pdu.source_addr] += 1
                told.receipt_at = now
            elif isinstance(event, smpp.Bound):
                self.bound.set_result(None)
        if not self._left and not self.done.done():
            self.done.set_result(None)
        self.fill()

    def resumed(self) -> None:
        """The server reads again."""
        self.fill()

    def ended(self, lost: Sequence[smpp.RequestLost]) -> None:
        """The connection is gone; what was not answered by then is an error of the run."""
        for waiting in (self.bound, self.done):
            if not waiting.done():
                waiting.set_exception(ConnectionError(self._connection.ending))


def submit(number: int) -> smpp.SubmitSm:
    """A message to a recipient of its own, receipt wanted."""
    return smpp.SubmitSm(
        source_addr_ton=5,
        source_addr=SENDER,
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=f"88017{number:08d}",
        registered_delivery=1,
        short_message=b"Your code is %06d" % (number % 1_000_000),
    )


async def _customers(
    port: int, login: tuple[str, str], numbers: Sequence[int], sessions: int, told: Told
) -> list[Customer]:
    """Bound, and not yet sending."""
    made: list[Customer] = []

    def greet(connection: SmppConnection, share: Sequence[int]) -> Customer:
        made.append(Customer(connection, login, share, told))
        return made[-1]

    for place in range(sessions):
        share = numbers[place::sessions]
        await connect(
            lambda connection, share=share: greet(connection, share),  # type: ignore[misc]
            "127.0.0.1",
            port,
            session=lambda now: smpp.Session(smpp.Role.ESME, now, window=_CUSTOMER_WINDOW),
            limits=_LIMITS,
        )
    await asyncio.gather(*(each.bound for each in made))
    return made


# -- what is measured ----------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Server:
    """Heliograph, running."""

    process: asyncio.subprocess.Process
    known: dict[str, Any]

    def session(self) -> aiohttp.ClientSession:
        """The native API with the demo's key, and /metrics."""
        headers = {"authorization": f"Bearer {self.known['native']['api_key']}"}
        return aiohttp.ClientSession(self.known["base_url"], headers=headers)

    async def stop(self) -> None:
        """Ask it to stop and wait until it has."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        await self.process.wait()


async def start_server(data: Path, *options: str, errors: IO[bytes] | None = None) -> Server:
    """Heliograph with demo and embedded database, all settings their defaults but the quick simulator."""
    simulator = (
        "magic=false,response_median_ms=1,response_p99_ms=3,receipt_median_ms=50,receipt_p99_ms=200"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "heliograph", "serve", "--demo", "--data", str(data),
        "--port", "0", *options,
        stdout=subprocess.PIPE, stderr=errors, env=dict(os.environ, HELIOGRAPH_SIMULATOR=simulator),
    )  # fmt: skip
    assert process.stdout is not None
    async for line in process.stdout:
        if b"Ctrl-C" in line:
            break
    return Server(process=process, known=json.loads((data / "demo.json").read_text()))


async def post(session: aiohttp.ClientSession, path: str, body: Mapping[str, object]) -> None:
    """Make a thing by the native API."""
    async with session.post(path, json=body) as answer:
        assert answer.status < 300, await answer.text()


async def metric(session: aiohttp.ClientSession, name: str, *labels: str) -> float:
    """The sum of a metric's lines that have these labels."""
    async with session.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in lines
        if line.startswith((name + "{", name + " ")) and all(label in line for label in labels)
    )


async def _lead_to_sink(session: aiohttp.ClientSession, port: int) -> None:
    settings = {
        "host": "127.0.0.1",
        "port": str(port),
        "system_id": "heliograph",
        "binds": str(_BINDS),
        "window": str(_WINDOW),
        "id_form": "as_is",
    }
    carrier = {"name": "sink", "kind": "smpp", "window": _BINDS * _WINDOW, "settings": settings}
    await post(session, "/v1/carriers", carrier)
    route = {"name": "all to the sink", "position": 1, "targets": [{"carrier": "sink"}]}
    await post(session, "/v1/routes", route)
    credential = {
        "dialect": "smpp",
        "name": _SYSTEM_ID,
        "secret": _PASSWORD,
        "settings": {"delivery_window": "100"},
    }
    await post(session, "/v1/credentials", credential)
    async with asyncio.timeout(10):
        while not await metric(session, "heliograph_carrier_up", 'carrier="sink"'):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await asyncio.sleep(_QUIET_SECONDS)  # the other binds


async def _until_delivered(session: aiohttp.ClientSession, count: int) -> float:
    """When all were delivered, or nothing had moved for long."""
    seen, moved_at = 0.0, perf_counter()
    while seen < count and perf_counter() - moved_at < _WAIT_SECONDS / 4:
        await asyncio.sleep(0.25)
        now = await metric(session, "heliograph_messages_total", 'status="delivered"')
        if now > seen:
            seen, moved_at = now, perf_counter()
    return moved_at


async def _until_told(told: Told, count: int, since: float) -> None:
    while len(told.receipts) < count and perf_counter() - since < _WAIT_SECONDS:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await asyncio.sleep(_QUIET_SECONDS)  # whatever comes twice


@dataclass(slots=True, kw_only=True)
class Result:
    """Moments are of the steady clock, which all processes of a machine share."""

    since: float
    accepted_at: float
    delivered_at: float
    latencies: list[float]
    refused: int
    receipts: Counter[str] | None = None


async def _load_http(server: Server, count: int, connections: int) -> Result:
    known = server.known
    since = perf_counter()
    tally: Tally = await _singles(known["base_url"], known["native"]["api_key"], count, connections)
    accepted_at = perf_counter()
    async with server.session() as session:
        delivered_at = await _until_delivered(session, count - tally.refused)
    return Result(
        since=since,
        accepted_at=accepted_at,
        delivered_at=delivered_at,
        latencies=tally.latencies,
        refused=tally.refused,
    )


async def _load_smpp(port: int, count: int, sessions: int) -> Result:
    told = Told()
    login = (_SYSTEM_ID, _PASSWORD)
    customers = await _customers(port, login, _numbers(count), sessions, told)
    since = perf_counter()
    for customer in customers:
        customer.fill()
    await asyncio.gather(*(each.done for each in customers))
    await _until_told(told, count - told.refused, since)
    return Result(
        since=since,
        accepted_at=told.accepted_at,
        delivered_at=told.receipt_at,
        latencies=told.latencies,
        refused=told.refused,
        receipts=told.receipts,
    )


async def _start_sink() -> tuple[asyncio.subprocess.Process, int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.smpp_load", "serve-sink", stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    return process, json.loads(await process.stdout.readline())["port"]


async def _stop_sink(process: asyncio.subprocess.Process) -> dict[str, float]:
    process.send_signal(signal.SIGTERM)
    out, _ = await process.communicate()
    figures: dict[str, float] = json.loads(out)
    return figures


async def run(what: Literal["http", "smpp"], count: int, connections: int, sessions: int) -> None:
    """The whole product."""
    sink, port = await _start_sink()
    with tempfile.TemporaryDirectory(prefix="heliograph-load-") as folder:
        server = await start_server(Path(folder) / "data", "--log-level", "warning")
        try:
            async with server.session() as session:
                await _lead_to_sink(session, port)
            pid = server.process.pid
            cpu, python = cpu_seconds(tree(pid)), cpu_seconds([pid])
            sink_cpu = cpu_seconds([sink.pid])
            result = (
                await _load_http(server, count, connections)
                if what == "http"
                else await _load_smpp(server.known["smpp"]["port"], count, sessions)
            )
            used, python = cpu_seconds(tree(pid)) - cpu, cpu_seconds([pid]) - python
            sink_cpu = cpu_seconds([sink.pid]) - sink_cpu
            peak_mib = resident_mib(pid)
        finally:
            await server.stop()
            figures = await _stop_sink(sink)
    _say(f"{what} → SMPP: {count} messages, {result.refused} refused")
    _tell(result, count, figures)
    _say(
        f"  CPU {1000 * used / count:.3f} s per 1,000 messages, PostgreSQL included "
        f"(Python alone {1000 * python / count:.3f}, the sink besides {1000 * sink_cpu / count:.3f})"
    )
    _say(f"  resident memory of Heliograph, peak: {peak_mib:.0f} MiB")


async def run_sink(count: int, sessions: int) -> None:
    """The sink and the load without Heliograph: what this benchmark itself can do."""
    sink, port = await _start_sink()
    try:
        result = await _load_smpp(port, count, sessions)
    finally:
        figures = await _stop_sink(sink)
    _say(f"sink alone: {count} messages")
    _tell(result, count, figures)


def _tell(result: Result, count: int, figures: dict[str, float]) -> None:
    accepted = count - result.refused
    ordered = sorted(result.latencies)

    def at(share: float) -> float:
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def rate(number: float, until: float) -> str:
        return f"{number / (until - result.since):.0f}/s"

    _say(
        f"  accepted {rate(accepted, result.accepted_at)}; "
        f"p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms"
    )
    distinct, messages = int(figures["distinct"]), int(figures["messages"])
    _say(f"  at the carrier {rate(distinct, figures['last_at'])}, distinct")
    _say(
        f"  lost {accepted - distinct}, duplicated {messages - distinct}; "
        f"receipts acknowledged to the carrier: {int(figures['receipts_taken'])}"
    )
    if result.receipts is None:
        _say(f"  delivered, all of them: {rate(accepted, result.delivered_at)}")
        return
    told = len(result.receipts)
    _say(
        f"  receipts back at the customer {rate(told, result.delivered_at)}; "
        f"lost {accepted - told}, duplicated {result.receipts.total() - told}"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=("http", "smpp", "sink", "serve-sink"))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=1000, help="of HTTP")
    parser.add_argument(
        "--sessions", type=int, default=2, help="of SMPP, each with a window of 500"
    )
    given = parser.parse_args()
    if given.what == "serve-sink":
        uvloop.run(_serve_sink())
    elif given.what == "sink":
        uvloop.run(run_sink(given.count, given.sessions))
    else:
        uvloop.run(run(given.what, given.count, given.connections, given.sessions))


if __name__ == "__main__":
    main()
