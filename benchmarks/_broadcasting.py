"""One broadcast: a list imported, its recipients expanded, committed, carried; killed meanwhile if wanted."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import aiohttp
import asyncpg

from benchmarks import _figures
from benchmarks._counterpart import Counterpart
from benchmarks._processes import Peak, cpu_seconds, resident_mib, tree
from benchmarks._server import Server, lead_to, post, say, start_server
from heliograph.model.status import Status
from heliograph.store import ledger
from heliograph.store.embedded import running_dsn

_OTP_SECONDS: Final = 0.05
_FIRST: Final = 8_801_711_000_000
"""The counterpart's first recipient."""
_SETTLED_SECONDS: Final = 15.0
_WAITING: Final = {"queued", "scheduled"}
_LOST: Final = (aiohttp.ClientError, TimeoutError, ConnectionError, OSError)


@dataclass(slots=True, kw_only=True)
class Figures:
    """What was measured."""

    count: int
    import_seconds: float = 0.0
    accept_seconds: float = 0.0
    expand_seconds: float = 0.0
    down_seconds: float = 0.0
    carried_seconds: float = 0.0
    peak_mib: float = 0.0
    cpu_seconds: float = 0.0
    """Of Heliograph's process alone, in all its lives."""
    tree_seconds: float = 0.0
    """The same with PostgreSQL; only where nothing was killed."""
    tree_mib: float = 0.0
    """The most proportional memory of both; only where nothing was killed."""
    kills: int = 0
    otps: list[float] = field(default_factory=list)
    """Seconds from request to the carrier's answer, of those that were asked of a living process."""
    at_carrier: _figures.Figures = field(default_factory=dict)
    """What the counterpart saw of the recipients; empty for a simulated carrier."""
    sums: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class Run:
    """One run: `run` does everything and stops what it started."""

    def __init__(
        self,
        data: Path,
        count: int,
        kills: int,
        *,
        simulated: bool = False,
        receipts: bool = True,
        options: tuple[str, ...] = (),
        checkout: Path | None = None,
    ) -> None:
        """`options` are further words for `heliograph serve`, `checkout` another source tree."""
        self._data = data
        self._kills = kills
        self._simulated = simulated
        self._receipts = receipts
        self._options = options
        self._checkout = checkout
        self._counterpart: Counterpart | None = None
        self._peak: Peak | None = None
        self._server: Server | None = None
        self._session: aiohttp.ClientSession | None = None
        self._asked: dict[str, datetime] = {}
        self._ended = asyncio.Event()
        self._cpu_before = (0.0, 0.0)
        self._errors = data.with_suffix(".log").open("ab")
        self.figures = Figures(count=count)

    async def run(self) -> Figures:
        """The whole run."""
        counterpart = None
        if not self._simulated:
            counterpart = self._counterpart = await Counterpart.start(self.figures.count)
            await counterpart.reset(receipts=self._receipts, receipt_after_seconds=0.05, final="*")
        try:
            await self._start()
            if counterpart is not None:
                await lead_to(self._live(), counterpart.smpp_port, binds=4, window=250)
            plan = await self._prepare()
            otps = asyncio.create_task(self._passwords())
            try:
                await self._send(plan)
            finally:
                self._ended.set()
                await otps
            await self._judge()
        except BaseException:
            say(self._data.with_suffix(".log").read_text("utf-8", "replace")[-2000:])
            raise
        finally:
            await self._stop(signal.SIGTERM)
            if counterpart is not None:
                await counterpart.stop()
            self._errors.close()
        return self.figures

    async def _start(self) -> None:
        self._server = await start_server(
            self._data, *self._options, errors=self._errors, checkout=self._checkout
        )
        self._session = self._server.session()

    async def _stop(self, number: signal.Signals) -> None:
        server, session = self._server, self._session
        self._server = self._session = None
        if session is not None:
            await session.close()
        if server is not None and server.process.returncode is None:
            self._note_memory(server)
            with suppress(ProcessLookupError):
                os.kill(server.process.pid, number)
            await server.process.wait()

    def _live(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise ConnectionError("nobody is there")
        return self._session

    def _note_memory(self, server: Server) -> None:
        with suppress(OSError):
            peak = resident_mib(server.process.pid)
            self.figures.peak_mib = max(self.figures.peak_mib, peak)
            self.figures.cpu_seconds += cpu_seconds([server.process.pid]) - self._cpu_before[0]
            self.figures.tree_seconds += cpu_seconds(tree(server.process.pid)) - self._cpu_before[1]
            self._cpu_before = (0.0, 0.0)

    # -- before ---------------------------------------------------------------------------------

    async def _prepare(self) -> dict[str, Any]:
        session, since = self._live(), perf_counter()
        file = self._data.with_suffix(".csv")
        with file.open("w", encoding="ascii") as out:
            out.writelines(_lines(self.figures.count))
        with file.open("rb") as body:
            headers = {"content-type": "text/csv"}
            async with session.post(
                "/v1/lists/import?name=all", data=body, headers=headers
            ) as answer:
                found = await answer.json()
                assert answer.status < 300, found
        while found["state"] not in ("done", "failed"):
            await asyncio.sleep(0.2)
            found = await _get(session, f"/v1/lists/imports/{found['id']}")
        assert found["inserted"] == self.figures.count, found
        file.unlink()
        self.figures.import_seconds = perf_counter() - since
        body_of = {"name": "sale", "url": "https://shop.example/sale"}
        async with session.post("/v1/links", json=body_of) as answer:
            link = (await answer.json())["id"].removeprefix("lnk_")
        await post(session, "/v1/spinners", {"name": "greeting", "words": ["Hi", "Hey", "Hello"]})
        spinner = (await _get(session, "/v1/spinners"))["items"][-1]["id"].removeprefix("spn_")
        text = f"{{{{word_spinner:{spinner}}}}} {{{{first_name}}}} {{{{custom1}}}}: {{{{link:{link}}}}}"
        return {"lists": [found["list"]], "from": "Heliograph", "text": text}

    # -- meanwhile ------------------------------------------------------------------------------

    async def _passwords(self) -> None:
        number = 0
        while not self._ended.is_set():
            number += 1
            name = f"otp-{number}"
            body = {
                "to": f"+88018{number:08d}", "from": "Heliograph", "class": "otp",
                "text": "Your code is 482913", "reference": name,
            }  # fmt: skip
            asked_at = datetime.now(UTC)
            try:
                async with self._live().post("/v1/messages", json=body) as answer:
                    await answer.read()
                    if answer.status == 201:
                        self._asked[name] = asked_at
            except _LOST:
                pass
            await asyncio.sleep(_OTP_SECONDS)

    async def _send(self, plan: dict[str, Any]) -> None:
        figures, since = self.figures, perf_counter()
        async with self._live().post("/v1/broadcasts", json=plan) as answer:
            made = await answer.json()
            assert answer.status == 202, made
        figures.accept_seconds = perf_counter() - since
        if self._server is not None:
            pid = self._server.process.pid
            self._cpu_before = (cpu_seconds([pid]), cpu_seconds(tree(pid)))
            self._peak = Peak([pid])
        path = f"/v1/broadcasts/{made['id']}"
        marks = [figures.count * n // (self._kills + 1) for n in range(1, self._kills + 1)]
        while True:
            await asyncio.sleep(0.5)
            async with self._database() as link:
                looked_at, state = await _progress(link)
            if marks and looked_at >= marks[0]:
                marks.pop(0)
                await self._kill()
                continue
            if state == "finished":
                break
        figures.expand_seconds = await self._seconds_to_finish()
        while True:
            found = await _get(self._live(), path)
            figures.sums = found["segments"][0]["sums"]
            if not _WAITING & figures.sums["statuses"].keys():
                break
            await asyncio.sleep(1.0)
        figures.carried_seconds = perf_counter() - since
        if self._counterpart is not None:
            await self._look_at(self._counterpart, since)
        if self._peak is not None:
            figures.tree_mib = await self._peak.stop()

    async def _look_at(self, counterpart: Counterpart, since: float) -> None:
        """What came to the SMSC, and when: its clock is the same."""
        figures = self.figures
        if self._receipts:
            await counterpart.settled(
                "receipts_known", figures.count, idle_seconds=_SETTLED_SECONDS
            )
        told_in = perf_counter() - since
        counts = await counterpart.report()
        carrier_at = (await counterpart.moments(figures.count)).carrier_at
        figures.at_carrier = {
            "carrier_per_s": _figures.rate(carrier_at, since),
            "lost": figures.count - counts["carrier_distinct"],
            "duplicated": counts["carrier_twice"],
            "counterpart_busy": counts["cpu_seconds"] / figures.carried_seconds,
            **_figures.delays("carrier", [since] * figures.count, carrier_at),
        }
        if self._receipts:
            figures.at_carrier["told_per_s"] = counts["receipts_known"] / told_in
            figures.at_carrier["untold"] = figures.count - counts["receipts_known"]

    async def _kill(self) -> None:
        since = perf_counter()
        await self._stop(signal.SIGKILL)
        await self._start()
        self.figures.kills += 1
        self.figures.down_seconds += perf_counter() - since
        say(f"killed, and back in {perf_counter() - since:.1f} s")

    def _database(self) -> _Linked:
        return _Linked(running_dsn(self._data))

    async def _seconds_to_finish(self) -> float:
        query = "select extract(epoch from finished_at - created_at) from segment"
        async with self._database() as link:
            return float(await link.fetchval(query))

    # -- after ----------------------------------------------------------------------------------

    async def _judge(self) -> None:
        figures = self.figures
        async with self._database() as link:
            row = await link.fetchrow(
                "select count(*) as messages, count(distinct recipient) as recipients from message"
                " where submission_id = (select submission_id from segment)"
            )
            codes = await link.fetchval("select count(distinct code) from short_link")
            books = await ledger.audit(link)
            sent = await link.fetch(
                "select m.reference, min(e.at) as at from message m join event e"
                " on e.account_id = m.account_id and e.message_id = m.id"
                " where m.reference is not null and e.status = $1 group by 1",
                int(Status.SENT),
            )
        for at in sent:
            if at["reference"] in self._asked:
                figures.otps.append((at["at"] - self._asked[at["reference"]]).total_seconds())
        if tuple(row) != (figures.count, figures.count):
            figures.faults.append(f"{dict(row)} of {figures.count}")
        if codes != figures.count:
            figures.faults.append(f"{codes} short links")
        if figures.sums["recipients"] != sum(figures.sums["statuses"].values()):
            figures.faults.append("the sums do not add up")
        if books:
            figures.faults.append("the books do not agree")
        if figures.at_carrier.get("lost"):
            figures.faults.append(f"lost: {figures.at_carrier['lost']:.0f}")
        if figures.at_carrier.get("duplicated") and not figures.kills:
            figures.faults.append(f"duplicated: {figures.at_carrier['duplicated']:.0f}")


class _Linked:
    """A connection for the time of a `with`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def __aenter__(self) -> asyncpg.Connection[asyncpg.Record]:
        self._link = await asyncpg.connect(self._dsn)
        return self._link

    async def __aexit__(self, *_: object) -> None:
        await self._link.close()


async def _progress(link: asyncpg.Connection[asyncpg.Record]) -> tuple[int, str]:
    row = await link.fetchrow("select looked_at, finished_at from segment")
    assert row is not None
    return row["looked_at"], "running" if row["finished_at"] is None else "finished"


async def _get(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as answer:
        return await answer.json()


def _lines(count: int) -> Iterator[str]:
    yield "to,first_name,custom1\n"
    for number in range(count):
        yield f"{_FIRST + number},Name{number % 9973},order-{number}\n"


async def figures_of_a_broadcast(
    count: int, *, receipts: bool, options: tuple[str, ...] = (), checkout: Path | None = None
) -> _figures.Figures:
    """One undisturbed broadcast as the comparison counts it. Accepted is a recipient whose message is
    committed, told one whose receipt the SMSC was thanked for. Raises RuntimeError when sums do not agree."""
    with tempfile.TemporaryDirectory(prefix="heliograph-broadcast-") as scratch:
        run = Run(
            Path(scratch) / "data", count, 0, receipts=receipts, options=options, checkout=checkout
        )
        figures = await run.run()
    counted = {"lost", "duplicated"}  # the comparison says these itself
    if faults := [f for f in figures.faults if f.partition(":")[0] not in counted]:
        raise RuntimeError("; ".join(faults))
    return figures.at_carrier | {
        "accepted_per_s": count / figures.expand_seconds,
        "cpu_s_per_1000": 1000 * figures.tree_seconds / count,
        "peak_mib": figures.tree_mib,
        "count": float(count),
    }
