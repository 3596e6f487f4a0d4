"""What peers that stop reading cost the others: SMPP customers side by side, with and without dead ones.

    python -m benchmarks.slow_peers

Twenty customers, each with a credential of its own, submit 20 messages a second each for 20 seconds and
take their receipts. Then Heliograph is started anew and they do the same beside four that are bound,
have submitted messages with receipts, and never read again: two that say nothing more, and two that
go on asking without reading an answer. Printed are the times from submit_sm to submit_sm_resp of the twenty,
what became of the four and when, and the memory of the server. Its database is embedded, fsync on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Final

import aiohttp
import uvloop

from benchmarks._processes import cpu_seconds, resident_mib, tree
from benchmarks._server import Server, metric, post, say, start_server
from heliograph import smpp
from heliograph.transport.smpp import SmppConnection, connect

_SENDER: Final = "Heliograph"
_PASSWORD: Final = "bench123"
_DEAD_SUBMITS: Final = 100
_ASKED_AT_ONCE: Final = 1000
_PATIENCE_SECONDS: Final = 150.0
_SETTLE_SECONDS: Final = 2.0


def submit(number: int) -> smpp.SubmitSm:
    """A message to a recipient of its own, receipt wanted."""
    return smpp.SubmitSm(
        source_addr_ton=5,
        source_addr=_SENDER,
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=f"88017{number:08d}",
        registered_delivery=1,
        short_message=b"Your code is %06d" % (number % 1_000_000),
    )


@dataclass(slots=True)
class Told:
    """What the living saw."""

    latencies: list[float] = field(default_factory=list)
    submitted: int = 0
    refused: int = 0
    receipts: int = 0


class Living:
    """A customer that reads."""

    def __init__(self, connection: SmppConnection, system_id: str, told: Told) -> None:
        self._connection = connection
        self._told = told
        self.bound: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        connection.send(smpp.BindTransceiver(system_id=system_id, password=_PASSWORD))

    async def submit(self, numbers: Sequence[int], per_second: float) -> None:
        """At a fixed rate, whatever the answers do; a full window counts as refused."""
        began = perf_counter()
        for place, number in enumerate(numbers):
            await asyncio.sleep(max(0.0, began + place / per_second - perf_counter()))
            self._told.submitted += 1
            sent = self._connection.send(submit(number), perf_counter())
            self._told.refused += isinstance(sent, smpp.Refusal)

    def received(self, events: Sequence[smpp.Event]) -> None:
        """Answers and receipts."""
        now, told = perf_counter(), self._told
        for event in events:
            if isinstance(event, smpp.ResponseReceived) and isinstance(event.context, float):
                told.latencies.append(now - event.context)
                told.refused += event.response.command_status != 0
            elif isinstance(event, smpp.PduReceived) and isinstance(event.pdu, smpp.DeliverSm):
                self._connection.respond(event.pdu, smpp.DeliverSmResp())
                told.receipts += 1
            elif isinstance(event, smpp.Bound):
                self.bound.set_result(None)

    def resumed(self) -> None:
        """The server reads again."""

    def ended(self, lost: Sequence[smpp.RequestLost]) -> None:
        """The connection is gone."""
        self._told.refused += len(lost)


async def _live(port: int, system_ids: Sequence[str], told: Told) -> list[Living]:
    made: list[Living] = []
    for system_id in system_ids:

        def greet(connection: SmppConnection, system_id: str = system_id) -> Living:
            made.append(Living(connection, system_id, told))
            return made[-1]

        await connect(
            greet,
            "127.0.0.1",
            port,
            session=lambda now: smpp.Session(smpp.Role.ESME, now, window=500),
        )
    await asyncio.gather(*(each.bound for each in made))
    return made


async def _die(port: int, system_id: str, numbers: Sequence[int], *, asks: bool) -> None:
    """Bind, submit, and never read again; one that asks goes on until the server takes no more."""
    loop = asyncio.get_running_loop()
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await loop.sock_connect(raw, ("127.0.0.1", port))
        bind = smpp.BindTransceiver(system_id=system_id, password=_PASSWORD)
        await loop.sock_sendall(raw, smpp.encode(bind, 1))
        await loop.sock_recv(raw, 4096)
        submits = (smpp.encode(submit(number), place + 2) for place, number in enumerate(numbers))
        await loop.sock_sendall(raw, b"".join(submits))
        with suppress(OSError):
            for first in count(1_000, _ASKED_AT_ONCE) if asks else ():
                asked = (smpp.encode(smpp.EnquireLink(), first + n) for n in range(_ASKED_AT_ONCE))
                await loop.sock_sendall(raw, b"".join(asked))
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a phase is to do."""

    living: int
    dead: int
    per_second: float
    """Of each living peer."""
    seconds: float


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of a phase."""

    told: Told
    cpu_seconds: float
    resident_mib: float
    peak_mib: float
    ends: list[tuple[float, str]] = field(default_factory=list)
    left: int = 0


async def _make_credentials(api: aiohttp.ClientSession, system_ids: Sequence[str]) -> None:
    for system_id in system_ids:
        credential = {"dialect": "smpp", "name": system_id, "secret": _PASSWORD}
        await post(api, "/v1/credentials", credential)


async def _until_closed(api: aiohttp.ClientSession, living: int, since: float) -> int:
    """Wait for the end of the dead; how many are still bound."""
    while True:
        left = int(await metric(api, "heliograph_smpp_sessions")) - living
        if left <= 0 or perf_counter() - since > _PATIENCE_SECONDS:
            return left
        await asyncio.sleep(0.5)


def _ends(log: Path) -> list[tuple[float, str]]:
    """Seconds from bind to end and why, of the sessions in a log."""
    bound: dict[int, float] = {}
    found = []
    for line in log.read_text().splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        credential = entry.get("credential", 0)
        if entry.get("event") == "smpp bound":
            bound[credential] = _seconds(entry["timestamp"])
        elif entry.get("event") == "smpp session ended" and credential in bound:
            lived = _seconds(entry["timestamp"]) - bound[credential]
            found.append((lived, str(entry["why"])))
    return found


def _seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()


async def _phase(plan: Plan) -> Result:
    with tempfile.TemporaryDirectory(prefix="heliograph-slow-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as errors:
            options = ("--log-level", "info", "--log-format", "json")
            server = await start_server(Path(folder) / "data", *options, errors=errors)
            try:
                async with server.session() as api:
                    result = await _measure(server, api, plan)
                result.ends = _ends(log)
            finally:
                await server.stop()
    return result


async def _measure(server: Server, api: aiohttp.ClientSession, plan: Plan) -> Result:
    living, dead = plan.living, plan.dead
    port, told = server.known["smpp"]["port"], Told()
    names = [f"peer{place}" for place in range(living + dead)]
    await _make_credentials(api, names)
    each = int(plan.per_second * plan.seconds)
    numbers = iter(range(11_000_000, 90_000_000))

    def take(how_many: int) -> list[int]:
        return [next(numbers) for _ in range(how_many)]

    customers = await _live(port, names[:living], told)
    since = perf_counter()
    dying = [
        asyncio.create_task(_die(port, name, take(_DEAD_SUBMITS), asks=place % 2 == 1))
        for place, name in enumerate(names[living:])
    ]
    await asyncio.sleep(_SETTLE_SECONDS)
    pids = tree(server.process.pid)
    cpu = cpu_seconds(pids)
    await asyncio.gather(*(one.submit(take(each), plan.per_second) for one in customers))
    await asyncio.sleep(_SETTLE_SECONDS)
    result = Result(
        told=told,
        cpu_seconds=cpu_seconds(tree(server.process.pid)) - cpu,
        resident_mib=resident_mib(server.process.pid, "VmRSS"),
        peak_mib=0.0,
    )
    result.left = await _until_closed(api, living, since) if dead else 0
    result.peak_mib = resident_mib(server.process.pid)
    for task in dying:
        task.cancel()
    await asyncio.gather(*dying, return_exceptions=True)
    return result


def _tell(title: str, result: Result) -> None:
    told = result.told
    ordered = sorted(told.latencies)

    def at(share: float) -> str:
        return f"{1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.1f} ms"

    say(f"{title}: {told.submitted} submitted, {told.refused} refused or lost")
    say(f"  submit_sm_resp p50 {at(0.5)}, p99 {at(0.99)}, slowest {at(1.0)}")
    say(f"  receipts taken: {told.receipts}; CPU {result.cpu_seconds:.1f} s")
    say(f"  memory of Heliograph: {result.resident_mib:.0f} MiB, peak {result.peak_mib:.0f} MiB")


async def run(plan: Plan) -> None:
    """Both phases."""
    without = await _phase(replace(plan, dead=0))
    _tell(f"{plan.living} peers at {plan.per_second:g}/s each", without)
    beside = await _phase(plan)
    _tell(f"the same beside {plan.dead} that never read", beside)
    for lived, why in sorted(beside.ends):
        say(f"  one of them ended {lived:.0f} s after its bind: {why}")
    if beside.left > 0:
        say(f"  still bound: {beside.left}")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--living", type=int, default=20)
    parser.add_argument("--dead", type=int, default=4)
    parser.add_argument("--per-second", type=float, default=20.0, help="of each living peer")
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    uvloop.run(run(Plan(**vars(given))))


if __name__ == "__main__":
    main()
