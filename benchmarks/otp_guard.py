"""The guard against SMS pumping, attacked by a script, and how fast one-time passwords reach the carrier.

    python -m benchmarks.otp_guard

Heliograph is started with its demo, an embedded database with fsync and the simulated carrier. People in
four prefixes of one country ask for codes and type them back two seconds later; one in ten never does.
After a while a machine asks for codes to numbers that all begin alike, in another country, and types
nothing. The profile's guard is in the mode `filter`: it is to close that prefix and leave the people alone.
Printed are when it did, how many of the machine's codes got through, what became of the people's, and the
times from the request for a code to the carrier that has it. Speed is left unjudged, so that the share
of codes that were typed back has to tell the two apart; with `--learn` the speed is judged too. With
`--bulk 200000` the same account sends so many promotional messages meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter, time
from typing import Final

import aiohttp
import uvloop

from benchmarks._figures import percentile
from benchmarks._server import Server, post, say, start_server

_PEOPLE: Final = "88017{}{:06d}"
_PUMPED: Final = "4479121{:05d}"
_CODE: Final = re.compile(r"\b(\d{6})\b")
_SIMULATOR: Final = (
    "magic=false,response_median_ms=1,response_p99_ms=3,receipt_median_ms=50,receipt_p99_ms=200"
)
_UNJUDGED: Final = 1_000_000
_BULK_MOST: Final = 100_000


@dataclass(slots=True)
class Side:
    """What became of one side's requests."""

    issued: list[tuple[float, str]] = field(default_factory=list)
    """When it was asked for, and its message."""
    answers: list[float] = field(default_factory=list)
    """Milliseconds from the request to the answer."""
    refused: list[float] = field(default_factory=list)
    """When."""
    verified: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to happen."""

    people_per_second: float
    pumped_per_second: float
    calm_seconds: float
    attack_seconds: float
    grace_seconds: int
    learn: bool
    bulk: int
    """Promotional messages that the same account sends meanwhile."""


class Attack:
    """One run against a server."""

    def __init__(self, session: aiohttp.ClientSession, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        self.people = Side()
        self.pumped = Side()
        self._typing: set[asyncio.Task[None]] = set()
        self._draw = random.Random(7)

    async def run(self) -> float:
        """Returns when the attack began, by `perf_counter`."""
        plan = self._plan
        whole = plan.calm_seconds + plan.attack_seconds
        people = asyncio.create_task(self._people(whole))
        if plan.bulk:
            self._start(self._send_bulk(plan.bulk))
        await asyncio.sleep(plan.calm_seconds)
        began = perf_counter()
        await self._pump(plan.attack_seconds)
        await people
        await asyncio.gather(*self._typing)
        return began

    async def _people(self, seconds: float) -> None:
        async for place in _paced(seconds, self._plan.people_per_second):
            number = _PEOPLE.format(11 + place % 4, place)
            self._start(self._person(number, types=self._draw.random() >= 0.1))

    async def _pump(self, seconds: float) -> None:
        async for place in _paced(seconds, self._plan.pumped_per_second):
            self._start(self._ask(self.pumped, _PUMPED.format(place)))

    async def _send_bulk(self, count: int) -> None:
        """In requests of at most 100,000; they are under way while the codes are asked for."""
        for first in range(0, count, _BULK_MOST):
            numbers = range(first, min(count, first + _BULK_MOST))
            recipients = [{"to": f"88018{number:08d}"} for number in numbers]
            body = {"from": "Heliograph", "text": "Offer of the day", "class": "promotional"}
            await post(self._session, "/v1/messages/bulk", body | {"recipients": recipients})

    def _start(self, work) -> None:  # type: ignore[no-untyped-def]
        task = asyncio.create_task(work)
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    async def _person(self, number: str, *, types: bool) -> None:
        issued = await self._ask(self.people, number)
        if issued is None or not types:
            return
        await asyncio.sleep(2.0)
        async with self._session.get(f"/v1/simulator/handsets/{number}") as answer:
            shown = await answer.json()
        found = _CODE.search(shown["messages"][-1]["text"]) if shown["messages"] else None
        body = {"id": issued, "code": found[1] if found else "000000"}
        async with self._session.post("/v1/verify/check", json=body) as answer:
            right = (await answer.json())["valid"]
        self.people.verified += right
        self.people.wrong += not right

    async def _ask(self, side: Side, number: str) -> str | None:
        at = perf_counter()
        async with self._session.post("/v1/verify", json={"to": f"+{number}"}) as answer:
            told = await answer.json()
            if answer.status == 201:
                side.issued.append((at, told["message"]))
                side.answers.append(1000 * (perf_counter() - at))
                return str(told["id"])
            if answer.status not in (403, 429):
                raise AssertionError(told)
        side.refused.append(at)
        return None


async def _paced(seconds: float, per_second: float):  # type: ignore[no-untyped-def]
    """Numbers from 0 at a fixed rate, whatever else is late."""
    began, place = perf_counter(), 0
    while place < seconds * per_second:
        await asyncio.sleep(max(0.0, began + place / per_second - perf_counter()))
        yield place
        place += 1


async def _to_carrier(
    session: aiohttp.ClientSession, side: Side, asked: dict[str, float]
) -> list[float]:
    """Milliseconds from the request to the carrier, ascending. Requests are placed on the wall clock."""
    found = []
    for _, message in side.issued:
        async with session.get(f"/v1/messages/{message}") as answer:
            trace = (await answer.json())["trace"]
        sent = [each["at"] for each in trace if each["status"] == "sent"]
        if sent:
            at = datetime.fromisoformat(sent[0]).timestamp()
            found.append(1000 * (at - asked[message]))
    return sorted(found)


def _report(plan: Plan, attack: Attack, began: float, times: list[float]) -> None:
    people, pumped = attack.people, attack.pumped
    say(f"people   {len(people.issued)} codes issued, {len(people.refused)} refused,"
        f" {people.verified} typed back, {people.wrong} not accepted")  # fmt: skip
    say(f"machine  {len(pumped.issued) + len(pumped.refused)} codes asked for in"
        f" {plan.attack_seconds:g} s, {len(pumped.issued)} got through,"
        f" {len(pumped.refused)} refused")  # fmt: skip
    if pumped.refused:
        say(f"guard    acted {min(pumped.refused) - began:.1f} s after the attack began")
    else:
        say("guard    did not act")
    answers = sorted(people.answers + pumped.answers)
    say(f"answer   request to answer: p50 {percentile(answers, 0.5):.1f} ms,"
        f" p99 {percentile(answers, 0.99):.1f} ms")  # fmt: skip
    say(f"carrier  request to carrier: p50 {percentile(times, 0.5):.1f} ms,"
        f" p99 {percentile(times, 0.99):.1f} ms of {len(times)} codes")  # fmt: skip


async def attack(server: Server, plan: Plan) -> None:
    """Attack, and print what became of it."""
    async with server.session() as session:
        guard: dict[str, object] = {"mode": "filter", "grace_seconds": plan.grace_seconds}
        if not plan.learn:
            guard |= {"prefix_per_hour": _UNJUDGED, "country_per_hour": _UNJUDGED}
        profile = {"name": "default", "from": "Heliograph", "guard": guard}
        await post(session, "/v1/verify/profiles", profile)
        run = Attack(session, plan)
        offset = time() - perf_counter()
        began = await run.run()
        asked = {message: at + offset for at, message in run.people.issued + run.pumped.issued}
        times = await _to_carrier(session, run.people, asked)
        times = sorted(times + await _to_carrier(session, run.pumped, asked))
        _report(plan, run, began, times)
        async with session.get("/v1/verify/guard") as answer:
            for area in (await answer.json())["items"][:6]:
                share = area.get("share")
                say(f"area     {area['area']}: {area['issued']} issued, {area['verified']} verified"
                    f" ({'-' if share is None else f'{share:.0%}'}), {area['mode']}"
                    f"{': ' + area['why'] if area.get('why') else ''}")  # fmt: skip


async def _main(plan: Plan) -> None:
    with tempfile.TemporaryDirectory(prefix="otp-guard-") as data:
        server = await start_server(Path(data), simulator=_SIMULATOR)
        try:
            await attack(server, plan)
        finally:
            await server.stop()


def main() -> None:
    """Read the options, attack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--people", type=float, default=10.0, help="codes per second")
    parser.add_argument("--machine", type=float, default=10.0, help="codes per second")
    parser.add_argument("--calm", type=float, default=15.0, help="seconds before the attack")
    parser.add_argument("--attack", type=float, default=30.0, help="seconds")
    parser.add_argument("--grace", type=int, default=5, help="the guard's grace_seconds")
    parser.add_argument("--learn", action="store_true", help="judge the speed too")
    parser.add_argument("--bulk", type=int, default=0, help="promotional messages sent meanwhile")
    given = parser.parse_args()
    plan = Plan(
        people_per_second=given.people,
        pumped_per_second=given.machine,
        calm_seconds=given.calm,
        attack_seconds=given.attack,
        grace_seconds=given.grace,
        learn=given.learn,
        bulk=given.bulk,
    )
    uvloop.run(_main(plan))


if __name__ == "__main__":
    main()
