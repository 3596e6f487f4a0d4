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
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Final

import aiohttp
import uvloop

from benchmarks._processes import cpu_seconds, resident_mib, tree
from benchmarks._server import Server, allow_smpp, lead_to, metric, say, start_server
from benchmarks.load import Tally, _numbers, _singles
from benchmarks.slow_peers import submit
from heliograph import smpp
from heliograph.transport.smpp import Limits, SmppConnection, connect, listen

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
                self._heard(event, receipts)
        if receipts:
            asyncio.get_running_loop().call_later(_RECEIPT_AFTER_SECONDS, self._tell, receipts)
        if self._due:
            self._tell([])

    def _heard(self, event: smpp.ResponseReceived, again: list[smpp.DeliverSm]) -> None:
        """A receipt that was not taken (RX_T_APPN when too many wait) is told once more."""
        if event.response.command_status == smpp.CommandStatus.ROK:
            self._seen.receipts_taken += 1
        elif isinstance(event.request, smpp.DeliverSm):
            again.append(event.request)

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
    say(json.dumps({"port": listener.port}))
    await stopped.wait()
    await listener.stop(1.0)
    figures = {
        "messages": seen.messages,
        "distinct": len(seen.recipients),
        "last_at": seen.last_at,
        "receipts_taken": seen.receipts_taken,
    }
    say(json.dumps(figures))


# -- the customer --------------------------------------------------------------------------------


@dataclass(slots=True)
class Told:
    """What the customer saw. Moments are of the steady clock, which the processes of a machine share."""

    since: float = field(default_factory=perf_counter)
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    receipts: Counter[str] = field(default_factory=Counter)
    accepted_at: float = 0.0
    receipt_at: float = 0.0
    """When the last receipt came; by HTTP, when the last message was delivered."""


class Customer:
    """A transceiver that keeps its window full of submit_sm until its numbers are used up."""

    def __init__(self, connection: SmppConnection, numbers: Sequence[int], told: Told) -> None:
        self._connection = connection
        self._numbers = iter(numbers)
        self._left = len(numbers)
        self._told = told
        loop = asyncio.get_running_loop()
        self.bound: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()
        connection.send(smpp.BindTransceiver(system_id=_SYSTEM_ID, password=_PASSWORD))

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


async def _customers(
    port: int, numbers: Sequence[int], sessions: int, told: Told
) -> list[Customer]:
    """Bound, and not yet sending."""
    made: list[Customer] = []

    def greet(connection: SmppConnection) -> Customer:
        made.append(Customer(connection, numbers[len(made) :: sessions], told))
        return made[-1]

    def session(now: float) -> smpp.Session:
        return smpp.Session(smpp.Role.ESME, now, window=_CUSTOMER_WINDOW)

    for _ in range(sessions):
        await connect(greet, "127.0.0.1", port, session=session, limits=_LIMITS)
    await asyncio.gather(*(each.bound for each in made))
    return made


# -- what is measured ----------------------------------------------------------------------------


async def _until_delivered(session: aiohttp.ClientSession, count: int) -> float:
    """When the last was delivered; says so when nothing moves any more."""
    seen, moved_at = 0.0, perf_counter()
    while seen < count and perf_counter() - moved_at < _WAIT_SECONDS / 4:
        await asyncio.sleep(0.25)
        now = await metric(session, "heliograph_messages_total", 'status="delivered"')
        if now > seen:
            seen, moved_at = now, perf_counter()
    if seen < count:
        say(f"  never delivered: {count - seen:.0f}")
    return moved_at


async def _until_told(told: Told, count: int) -> None:
    until = told.since + _WAIT_SECONDS
    while len(told.receipts) < count and perf_counter() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await asyncio.sleep(_QUIET_SECONDS)  # whatever comes twice


async def _load_http(server: Server, count: int, connections: int) -> Told:
    known, told = server.known, Told()
    tally: Tally = await _singles(known["base_url"], known["native"]["api_key"], count, connections)
    told.latencies, told.refused, told.accepted_at = tally.latencies, tally.refused, perf_counter()
    async with server.session() as session:
        told.receipt_at = await _until_delivered(session, count - tally.refused)
    return told


async def _load_smpp(port: int, count: int, sessions: int) -> Told:
    told = Told()
    customers = await _customers(port, _numbers(count), sessions, told)
    told.since = perf_counter()
    for customer in customers:
        customer.fill()
    await asyncio.gather(*(each.done for each in customers))
    await _until_told(told, count - told.refused)
    return told


async def start_sink() -> tuple[asyncio.subprocess.Process, int]:
    """A carrier in a process of its own; returns it with its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.smpp_load", "serve-sink", stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    return process, json.loads(await process.stdout.readline())["port"]


async def stop_sink(process: asyncio.subprocess.Process) -> dict[str, float]:
    """End it; returns what it saw."""
    process.send_signal(signal.SIGTERM)
    out, _ = await process.communicate()
    figures: dict[str, float] = json.loads(out)
    return figures


async def run(given: argparse.Namespace) -> None:
    """The whole product."""
    count: int = given.count
    sink, port = await start_sink()
    with tempfile.TemporaryDirectory(prefix="heliograph-load-") as folder:
        server = await start_server(Path(folder) / "data", "--log-level", "warning")
        try:
            async with server.session() as session:
                await lead_to(session, port, binds=_BINDS, window=_WINDOW, id_form=given.id_form)
                await allow_smpp(session, (_SYSTEM_ID, _PASSWORD))
            pid = server.process.pid
            before = _cpu(pid, sink.pid)
            if given.what == "http":
                told = await _load_http(server, count, given.connections)
            else:
                told = await _load_smpp(server.known["smpp"]["port"], count, given.sessions)
            used = [
                1000 * (b - a) / count for a, b in zip(before, _cpu(pid, sink.pid), strict=True)
            ]
            peak_mib = resident_mib(pid)
        finally:
            await server.stop()
            figures = await stop_sink(sink)
    _tell(f"{given.what} → SMPP", told, count, figures)
    say("  CPU {:.3f} s per 1,000 messages ({:.3f} of it Python); the sink {:.3f}".format(*used))
    say(f"  resident memory of Heliograph, peak: {peak_mib:.0f} MiB")


def _cpu(server: int, sink: int) -> tuple[float, float, float]:
    """Seconds of Heliograph with PostgreSQL, of Heliograph alone, of the sink."""
    return cpu_seconds(tree(server)), cpu_seconds([server]), cpu_seconds([sink])


async def run_sink(count: int, sessions: int) -> None:
    """The sink and the load without Heliograph: what this benchmark itself can do."""
    sink, port = await start_sink()
    try:
        told = await _load_smpp(port, count, sessions)
    finally:
        figures = await stop_sink(sink)
    _tell("the sink alone", told, count, figures)


def _tell(title: str, told: Told, count: int, figures: dict[str, float]) -> None:
    accepted = count - told.refused
    ordered = sorted(told.latencies)
    p50, p99 = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))

    def rate(number: float, until: float) -> str:
        return f"{number / (until - told.since):.0f}/s"

    say(f"{title}: {count} messages, {told.refused} refused")
    say(f"  accepted {rate(accepted, told.accepted_at)}; p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    distinct, messages = int(figures["distinct"]), int(figures["messages"])
    say(f"  at the carrier {rate(distinct, figures['last_at'])}, distinct")
    say(f"  lost {accepted - distinct}, duplicated {messages - distinct}")
    say(f"  receipts acknowledged to the carrier: {int(figures['receipts_taken'])}")
    if not told.receipts:
        say(f"  delivered {rate(accepted, told.receipt_at)}, all of them")
        return
    back = len(told.receipts)
    say(f"  receipts back at the customer {rate(back, told.receipt_at)}")
    say(f"  receipts lost {accepted - back}, duplicated {told.receipts.total() - back}")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=("http", "smpp", "sink", "serve-sink"))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=1000, help="of HTTP")
    parser.add_argument(
        "--sessions", type=int, default=2, help="of SMPP, each with a window of 500"
    )
    parser.add_argument("--id-form", default="as_is", help="of the carrier; its default is auto")
    given = parser.parse_args()
    if given.what == "serve-sink":
        uvloop.run(_serve_sink())
    elif given.what == "sink":
        uvloop.run(run_sink(given.count, given.sessions))
    else:
        uvloop.run(run(given))


if __name__ == "__main__":
    main()
