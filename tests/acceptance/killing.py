"""The trial of the product's promise: it is killed again and again while it works, and nothing is lost.

Submitters send mixed traffic and write down every positive answer. Between two kills the process
works for a random while. Afterwards the database, the ledger, the simulated network's own journal and
the customer's webhook are compared with what was answered; whatever does not agree is an anomaly.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import aiohttp
import asyncpg

from heliograph.dialects.native._ids import sealed_text
from heliograph.model.ids import account_key
from heliograph.model.message import EventKind
from heliograph.model.status import SETTLED, Status
from heliograph.simulator import Network
from heliograph.store import ledger
from heliograph.store.embedded import running_dsn
from tests.acceptance.served import Client, Receiver, Served, eventually

SETTINGS = {
    "retry_base_seconds": "0.5",
    "lease_seconds": "5",
    "submit_timeout_seconds": "2",
    "drain_seconds": "5",
    "simulator": (
        "seed=7,response_median_ms=30,response_p99_ms=300,response_timeout_ms=1500,"
        "receipt_median_ms=100,receipt_p99_ms=900,undelivered_share=0.05,throttled_share=0.02,"
        "unanswered_share=0.01,duplicate_share=0.05,early_share=0.05"
    ),
}
"""Quick retries, and a network with bad manners: slow, forgetful, early and twice."""
_TYPES = [f"message.{status.word}" for status in Status]
_VALID_SECONDS = 60
_LOST = (aiohttp.ClientError, TimeoutError, ConnectionError)
_Rows = list[asyncpg.Record]


@dataclass
class Outcome:
    """What a trial found."""

    kills: int = 0
    requests: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    """Messages of requests that never got an answer: they may exist or not."""
    messages: int = 0
    attempts: int = 0
    seen: int = 0
    """Submissions that the simulated network saw."""
    told: int = 0
    events: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    uncertain: int = 0
    restart_seconds: list[float] = field(default_factory=list)
    settle_seconds: float = 0.0
    anomalies: list[str] = field(default_factory=list)


class Trial:
    """One run. `rest_seconds` bounds the time between a start and the next kill.

    The short form has less traffic, and gives up sooner on messages whose outcome nobody knows.
    """

    def __init__(
        self,
        data: Path,
        *,
        kills: int,
        seed: int,
        rest_seconds: tuple[float, float] = (0.3, 2.5),
        submitters: int = 4,
        short: bool = False,
        settings: Mapping[str, str] = SETTINGS,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._random = Random(seed)
        self._seed = seed
        self._kills = kills
        self._rest = rest_seconds
        self._submitters = submitters
        self._sizes = (5, 20, 60) if short else (5, 40, 200, 700)
        self._held_seconds = 3 if short else 8
        self._say = say
        self._served = Served(data, settings)
        self._client = Client(self._served)
        self._receiver = Receiver(grumble=97)
        self._acknowledged: set[str] = set()
        self._possible: set[str] = set()
        self._held: set[str] = set()
        """Texts of promotional messages, whose policy is to hold."""
        self._numbers = count(1)
        self._ended = asyncio.Event()
        self._workers_killed = 0
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """The whole trial; stops everything it started."""
        await self._open()
        try:
            await self._served.start()
            await self._listen()
            submitters = [asyncio.create_task(self._submit(n)) for n in range(self._submitters)]
            try:
                await self._kill_again_and_again()
            finally:
                self._ended.set()
                await asyncio.gather(*submitters)
            await self._settle()
            await self._judge()
        finally:
            await self._client.close()
            await self._served.kill()
            await self._close()
        return self.outcome

    async def _open(self) -> None:
        """Start what outlives every kill."""
        await self._receiver.start()

    async def _close(self) -> None:
        await self._receiver.stop()

    async def _listen(self) -> None:
        """Ask to be told of everything, and let doubt end within the trial where resends run out."""
        body = {"url": self._receiver.url, "events": _TYPES}
        reply = await self._client.native("POST", "/v1/endpoints", body)
        assert reply.status == 201, reply
        await self._limit_validity()

    async def _limit_validity(self) -> None:
        account = {"name": "demo", "currency": "EUR", "default_validity_seconds": _VALID_SECONDS}
        reply = await self._client.native("PUT", "/v1/accounts/acct_1", account)
        assert reply.status == 200, reply

    async def _kill_again_and_again(self) -> None:
        for number in range(1, self._kills + 1):
            rest = self._random.uniform(*self._rest)
            await asyncio.sleep(rest)
            self.outcome.restart_seconds.append(await self._strike(number))
            self.outcome.kills = number
            self._say(
                f"kill {number}/{self._kills} after {rest:.2f} s,"
                f" back in {self.outcome.restart_seconds[-1]:.1f} s;"
                f" {len(self._acknowledged)} messages acknowledged"
            )
        await asyncio.sleep(self._rest[0])

    async def _strike(self, number: int) -> float:
        """One kill; returns the seconds until it is back."""
        del number
        await self._served.kill()
        since = monotonic()
        await self._served.start()
        return monotonic() - since

    # -- the client ------------------------------------------------------------------------------

    async def _submit(self, number: int) -> None:
        random = Random(self._seed * 1000 + number)
        send = (self._single, self._single, self._mimsms, self._bulk)
        while not self._ended.is_set():
            self.outcome.requests += 1
            await random.choice(send)(random)
            await asyncio.sleep(random.uniform(0.0, 0.02))

    def _text(self) -> str:
        return f"trial {self._seed} message {next(self._numbers)}"

    async def _single(self, random: Random) -> None:
        """A careful customer: the same key until there is an answer."""
        text = self._text()
        kind = random.choice(("otp", "transactional", "promotional"))
        body: dict[str, Any] = {"from": "Heliograph", "to": _number(random), "text": text}
        body["class"] = kind
        if kind == "promotional":
            body["validity_seconds"] = self._held_seconds
            self._held.add(text)
        self._possible.add(text)
        while not self._ended.is_set():
            try:
                reply = await self._client.native(
                    "POST", "/v1/messages", body, Idempotency_Key=text
                )
            except _LOST:
                await asyncio.sleep(0.05)
                continue
            if reply.status == 201:
                self._acknowledged.add(text)
                return
            if reply.status < 500:
                self.outcome.anomalies.append(f"{text} was refused: {reply}")
                return
            await asyncio.sleep(0.05)

    async def _mimsms(self, random: Random) -> None:
        """MiMSMS knows no key: who gets no answer does not know."""
        text = self._text()
        self._possible.add(text)
        try:
            reply = await self._client.mimsms(
                "/api/SmsSending/SMS",
                MobileNumber=_number(random),
                CampaignId="null",
                SenderName="Heliograph",
                TransactionType="T",
                Message=text,
            )
        except _LOST:
            self.outcome.unanswered += 1
            return
        if reply.status == 200 and reply.json["statusCode"] == "200":
            self._acknowledged.add(text)
        elif reply.status < 500:
            self.outcome.anomalies.append(f"{text} was refused: {reply}")

    async def _bulk(self, random: Random) -> None:
        texts = [self._text() for _ in range(random.choice(self._sizes))]
        self._possible.update(texts)
        items = [{"from": "Heliograph", "to": _number(random), "text": text} for text in texts]
        try:
            reply = await self._client.native("POST", "/v1/messages/bulk", {"messages": items})
        except _LOST:
            self.outcome.unanswered += len(texts)
            return
        if reply.status == 201 and reply.json["accepted"] == len(texts):
            self._acknowledged.update(texts)
        elif reply.status < 500:
            self.outcome.anomalies.append(f"an upload was refused: {reply}")

    # -- afterwards ------------------------------------------------------------------------------

    async def _settle(self) -> None:
        """Wait until every acknowledged message has ended and nobody is left to be told."""
        since = monotonic()
        self._say(f"no more kills; {len(self._acknowledged)} acknowledged messages settle")
        link = await asyncpg.connect(running_dsn(self._served.data))
        ends = [int(status) for status in SETTLED]

        async def settled() -> bool:
            open_ = await link.fetch("select text from message where status <> all($1)", ends)
            untold = await link.fetchval("select count(*) from notification")
            return not untold and not any(self._must_end(row["text"]) for row in open_)

        try:
            await eventually(
                settled, "every message has ended", within_seconds=_VALID_SECONDS + 45, every=0.25
            )
        except AssertionError:
            stuck = await link.fetch(
                "select m.id, m.status, m.attempts, m.traffic_class, m.text, o.state, o.due_at,"
                " o.attempt, o.failures from message m left join outbox o"
                " on o.account_id = m.account_id and o.message_id = m.id"
                " where m.status <> all($1)",
                ends,
            )
            self.outcome.anomalies += [
                f"not ended: {dict(row)}" for row in stuck if self._must_end(row["text"])
            ]
            untold = await link.fetch("select * from notification limit 20")
            self.outcome.anomalies += [f"not told: {dict(row)}" for row in untold]
        finally:
            await link.close()
        self.outcome.settle_seconds = monotonic() - since

    def _must_end(self, text: str) -> bool:
        return text in self._acknowledged

    async def _judge(self) -> None:
        link = await asyncpg.connect(running_dsn(self._served.data))
        try:
            rows = await link.fetch("select * from message order by id")
            events = await link.fetch("select * from event order by account_id, message_id, id")
            books = await ledger.audit(link)
            uploads = await link.fetch(
                "select s.id, s.accepted, count(m.id) as stored from submission s"
                " left join message m on m.account_id = s.account_id and m.submission_id = s.id"
                " where s.closed_at is not null group by s.account_id, s.id, s.accepted"
            )
        finally:
            await link.close()
        await self._still()
        anomalies = self.outcome.anomalies
        anomalies += [f"the books do not agree: {dict(row)}" for row in books]
        anomalies += [f"an upload lost some: {dict(u)}" for u in uploads if u[1] != u[2]]
        self._judge_messages(rows)
        self._judge_attempts(rows, events)
        self._judge_notifications(events)
        said = self._served.said()
        errors = said.count("[error") - self._workers_killed  # of whose end the first process tells
        if "Traceback" in said or errors:
            anomalies.append(f"the log has errors, see {self._served.log}")

    async def _still(self) -> None:
        """End what may still write."""
        code = await self._served.terminate()
        if code != 0:
            self.outcome.anomalies.append(f"it ended with {code}")

    def _judge_messages(self, rows: _Rows) -> None:
        stored = Counter(row["text"] for row in rows)
        anomalies = self.outcome.anomalies
        anomalies += [f"lost: {text}" for text in self._acknowledged if not stored[text]]
        anomalies += [f"{n} times: {text}" for text, n in stored.items() if n > 1]
        anomalies += [f"from nowhere: {text}" for text in stored if text not in self._possible]
        self.outcome.acknowledged = len(self._acknowledged)
        self.outcome.messages = len(rows)
        found = Counter(Status(row["status"]).word for row in rows)
        self.outcome.statuses = dict(sorted(found.items()))

    def _judge_attempts(self, rows: _Rows, events: _Rows) -> None:
        """Promise P2: the network saw each message at most as often as attempts are on record."""
        seen_by = self._seen(rows)
        lives: dict[int, _Rows] = defaultdict(list)
        for event in events:
            lives[event["message_id"]].append(event)
        anomalies = self.outcome.anomalies
        for row in rows:
            seen = seen_by[row["id"]]
            self.outcome.seen += seen
            self.outcome.attempts += row["attempts"]
            shown = f"{row['text']} ({Status(row['status']).word}, {row['attempts']} attempts)"
            if seen > row["attempts"]:
                anomalies.append(f"sent {seen} times: {shown}")
            if row["status"] == Status.DELIVERED and not seen:
                anomalies.append(f"delivered, never sent: {shown}")
            if _expired_as_sent(lives[row["id"]]):
                anomalies.append(f"its receipt was lost: {shown}")  # the network owes one for each
            if row["text"] in self._held and _sent_after_uncertain(lives[row["id"]]):
                anomalies.append(f"sent again against its policy: {shown}")

    def _seen(self, rows: _Rows) -> dict[int, int]:
        """How often the network saw each message, by id."""
        network = Network(carrier_id=1, journal=self._served.data / "simulator" / "1.journal")
        network.open()
        seen = {row["id"]: network.submissions_of(row["id"]) for row in rows}
        network.close()
        return seen

    def _judge_notifications(self, events: _Rows) -> None:
        """Promise P5: each event told, under one id, in order per message."""
        server_key = bytes.fromhex((self._served.data / "secret.key").read_text("ascii"))
        first: dict[str, int] = {}
        bodies: dict[str, dict[str, Any]] = {}
        anomalies = self.outcome.anomalies
        for place, told in enumerate(self._receiver.told):
            first.setdefault(told.webhook_id, place)
            body = {"type": told.body["type"], "id": told.body["data"]["id"]}
            if bodies.setdefault(told.webhook_id, body) != body:
                anomalies.append(f"{told.webhook_id} means two things")
        self.outcome.told = len(self._receiver.told)
        last: dict[int, int] = {}
        for event in events:
            if event["kind"] != EventKind.STATUS:
                continue
            self.outcome.events += 1
            self.outcome.uncertain += event["status"] == Status.UNCERTAIN
            key = account_key(server_key, event["account_id"])
            name = sealed_text("evt", event["id"], key)
            shown = f"{Status(event['status']).word} of message {event['message_id']}"
            place = first.pop(name, -1)
            if place < 0:
                anomalies.append(f"never told: {shown}")
            elif place < last.get(event["message_id"], -1):
                anomalies.append(f"told out of order: {shown}")
            last[event["message_id"]] = max(place, last.get(event["message_id"], -1))
        anomalies += [f"told, but no event: {name}" for name in first]


def _number(random: Random) -> str:
    return f"+88017{random.randrange(10**8):08d}"


def _expired_as_sent(life: _Rows) -> bool:
    """Whether the network's id of the last attempt was known, and no receipt came to it."""
    states = [event["status"] for event in life if event["kind"] == EventKind.STATUS]
    return states[-2:] == [Status.SENT, Status.EXPIRED]


def _sent_after_uncertain(life: _Rows) -> bool:
    """Whether an attempt was made after one whose outcome nobody knows."""
    uncertain = [e["attempt"] for e in life if e["status"] == Status.UNCERTAIN and e["kind"] == 1]
    return bool(uncertain) and max(e["attempt"] for e in life) > min(uncertain)
