"""The trial over SMPP, both ways: customers are bound to the product, and it is bound to an SMSC of its own.

Neither the SMSC, a process with a journal, nor the customers are ever killed; only what is between
them is. Customers write down every positive submit_sm_resp with its message_id and every deliver_sm.
The SMSC knows nothing of our ids: each message has a recipient of its own, and the journal counts by it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, NamedTuple

from heliograph.edge.smpp.codes import STATES
from heliograph.model.ids import account_key, seal
from heliograph.model.message import EventKind
from heliograph.model.status import SETTLED, Status
from heliograph.simulator.journal import Journal, Submitted
from heliograph.smpp import (
    BindRefused,
    BindTransceiver,
    Bound,
    CommandStatus,
    DeliverSm,
    DeliverSmResp,
    Event,
    PduReceived,
    RequestLost,
    ResponseReceived,
    Role,
    Session,
    SubmitSm,
    SubmitSmResp,
    Tag,
    format_relative_time,
    parse_receipt,
    tlv,
)
from heliograph.transport.smpp import SmppConnection, connect
from tests.acceptance.killing import SETTINGS, Trial, _Rows
from tests.acceptance.served import ROOT, eventually

_SETTINGS = {name: value for name, value in SETTINGS.items() if name != "simulator"}
_NETWORK = {
    **dict(pair.split("=") for pair in SETTINGS["simulator"].split(",")),
    "throttled_share": "0.005",
    "id_form": "hex_upper",
    "receipt_id_form": "decimal_padded",
}
"""The network of the other trial, with ids that change their form between response and receipt."""
_FAULTS = "seed = 7\n[shares]\ncut = 0.001\nreceipt_twice = 0.02\n"
_CARRIER = {
    "host": "127.0.0.1",
    "system_id": "esme",
    "password_secret": "secret",
    "binds": "2",
    "window": "100",
    "response_timeout_seconds": "5",
    "queue_seconds": "0.9",
    "throttle_seconds": "0.1",
    "reconnect_seconds": "0.2",
    "reconnect_most_seconds": "1",
}
_CAREFUL = {"dialect": "smpp", "name": "careful", "secret": "lamp1234"}
_LATER = {CommandStatus.RTHROTTLED, CommandStatus.RMSGQFUL, CommandStatus.RSYSERR}
_LONG = " and on" * 30
_MOST_AT_ONCE = 40
_WINDOW = 50
_GRUMBLE = 97
_AGAIN_SECONDS = 0.05
_ANSWER_SECONDS = 20.0
"""Longer than any commit takes on a slow machine, and shorter than a trial."""


class SmscProcess:
    """`heliograph simulate smsc` with a journal, on a free port."""

    def __init__(self, place: Path) -> None:
        """`place` is a directory for its journal and log."""
        self.journal = place / "smsc.journal"
        self._faults = place / "faults.toml"
        self._log = place / "smsc.log"
        self._process: Process | None = None
        self.port = 0

    async def start(self, settings: Mapping[str, str], faults: str) -> None:
        """Start, and wait until it listens."""
        self._faults.write_text(faults, encoding="utf-8")
        words = [word for pair in settings.items() for word in ("--settings", "=".join(pair))]
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "heliograph", "simulate", "smsc", "--port", "0",
                "--journal", str(self.journal), "--faults", str(self._faults), *words,
                stdout=PIPE, stderr=log, cwd=ROOT,
            )  # fmt: skip
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            line = (await self._process.stdout.readline()).decode()
        self.port = int(line.split(",")[0].rpartition(":")[2])

    async def stop(self) -> int:
        """Ask it to stop; returns its exit code. Idempotent."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            return await process.wait()

    def seen(self) -> Counter[str]:
        """How many submissions came for each recipient. Only while it is stopped."""
        journal = Journal(self.journal)
        journal.open()
        found = Counter(e.recipient for e in journal.replay() if isinstance(e, Submitted))
        journal.close()
        return found


class Receipt(NamedTuple):
    """One receipt that was acknowledged."""

    message_id: str
    state: int


class Customer:
    """One transceiver, bound whenever that can be. It refuses one new receipt in `_GRUMBLE`, once."""

    def __init__(
        self,
        address: Callable[[bool], tuple[int, str, str]],
        told: list[Receipt],
        *,
        careful: bool,
    ) -> None:
        """`address` tells port, system_id and password of the moment; `told` is added to."""
        self.careful = careful
        self._address = address
        self._told = told
        self._heard: set[Receipt] = set()
        self._connection: SmppConnection | None = None
        self._bound = asyncio.Event()
        self._room = asyncio.Semaphore(_WINDOW)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Bind, and again whenever that ends."""
        self._task = asyncio.create_task(self._stay_bound())

    async def stop(self) -> None:
        """Cut the connection."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None:
            self._connection.abort("the trial is over")

    async def ask(self, pdu: SubmitSm) -> SubmitSmResp | None:
        """The answer; None when the connection ended before it came."""
        async with self._room:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bound.wait(), _ANSWER_SECONDS)
            connection = self._connection
            waiter: asyncio.Future[SubmitSmResp | None] = asyncio.Future()
            if connection is None or not isinstance(connection.send(pdu, waiter), int):
                return None
            return await waiter

    async def _stay_bound(self) -> None:
        session = partial(
            Session, Role.ESME, window=_WINDOW, response_timeout_seconds=_ANSWER_SECONDS
        )
        while True:
            port, _, _ = self._address(self.careful)
            with suppress(OSError):
                connection = await connect(self._greet, "127.0.0.1", port, session=session)
                await connection.gone.wait()
            await asyncio.sleep(_AGAIN_SECONDS)

    def _greet(self, connection: SmppConnection) -> Customer:
        _, system_id, password = self._address(self.careful)
        self._connection = connection
        connection.send(BindTransceiver(system_id=system_id, password=password))
        return self

    # -- what the connection tells --

    def received(self, events: Sequence[Event]) -> None:
        """Answers, receipts."""
        for event in events:
            match event:
                case Bound():
                    self._bound.set()
                case BindRefused() if self._connection is not None:
                    self._connection.close("refused")
                case ResponseReceived(response=response, context=asyncio.Future() as waiter):
                    if not waiter.done():
                        waiter.set_result(response)
                case RequestLost(context=asyncio.Future() as waiter):
                    if not waiter.done():
                        waiter.set_result(None)
                case PduReceived(DeliverSm() as pdu):
                    self._take(pdu)

    def resumed(self) -> None:
        """Nothing waits for this."""

    def ended(self, lost: Sequence[RequestLost]) -> None:
        """Nobody answers any more."""
        self._connection = None
        self._bound.clear()
        self.received(lost)

    def _take(self, pdu: DeliverSm) -> None:
        connection, read = self._connection, parse_receipt(pdu)
        assert connection is not None
        assert read is not None, pdu
        receipt = Receipt(read.message_id, int(read.state))
        is_new = receipt not in self._heard
        self._heard.add(receipt)
        if is_new and len(self._heard) % _GRUMBLE == 0:
            connection.refuse(pdu, CommandStatus.RX_T_APPN)
            return
        self._told.append(receipt)
        connection.respond(pdu, DeliverSmResp())


class SmppTrial(Trial):
    """One run over SMPP. Every second customer is careful: the same message until it is answered."""

    def __init__(self, data: Path, *, apart: bool = False, **options: Any) -> None:
        """`apart`: a process of its own has the carriers, and every second kill is of that one alone."""
        settings = _SETTINGS | {"carrying": "1"} if apart else _SETTINGS
        super().__init__(data, settings=settings, **options)
        self._apart = apart
        self._smsc = SmscProcess(data.parent)
        self._customers: list[Customer] = []
        self._recipients = count(8801700000000 + 10_000 * self._seed)
        self._named: dict[str, str] = {}
        """The message_id of each acknowledged text."""
        self._told: list[Receipt] = []

    # -- what is around the product --

    async def _open(self) -> None:
        self._served.data.parent.mkdir(parents=True, exist_ok=True)
        await self._smsc.start(_NETWORK, _FAULTS)

    async def _close(self) -> None:
        for customer in self._customers:
            await customer.stop()
        await self._smsc.stop()

    async def _listen(self) -> None:
        """Everything goes by the SMSC; a second credential accepts each reference once."""
        await self._limit_validity()
        body: dict[str, Any] = {
            "name": "smsc",
            "kind": "smpp",
            "settings": _CARRIER | {"port": str(self._smsc.port)},
        }
        reply = await self._client.native("POST", "/v1/carriers", body)
        assert reply.status == 201, reply
        routes = (await self._client.native("GET", "/v1/routes")).json["items"]
        (route,) = [route for route in routes if route["name"] == "everything"]
        body = {"name": "everything", "position": 1000, "targets": [{"carrier": "smsc"}]}
        reply = await self._client.native("PUT", f"/v1/routes/{route['id']}", body)
        assert reply.status == 200, reply
        body = _CAREFUL | {"scopes": ["send", "read"], "settings": {"idempotency": "yes"}}
        reply = await self._client.native("POST", "/v1/credentials", body)
        assert reply.status == 201, reply
        for number in range(self._submitters):
            customer = Customer(self._address, self._told, careful=number % 2 == 1)
            customer.start()
            self._customers.append(customer)

    def _address(self, careful: bool) -> tuple[int, str, str]:
        """Port, system_id and password of the moment."""
        known = self._served.known["smpp"]
        if careful:
            return known["port"], _CAREFUL["name"], _CAREFUL["secret"]
        return known["port"], known["system_id"], known["password"]

    async def _strike(self, number: int) -> float:
        if not self._apart or number % 2:
            return await super()._strike(number)
        (worker,) = self._served.workers()
        os.kill(worker, signal.SIGKILL)
        self._workers_killed += 1
        since = monotonic()
        await eventually(partial(self._replaced, worker), "a new one", within_seconds=30)
        return monotonic() - since

    async def _replaced(self, worker: int) -> bool:
        return bool(self._served.workers() - {worker})

    # -- what customers do --

    async def _submit(self, number: int) -> None:
        random = Random(self._seed * 1000 + number)
        customer = self._customers[number]
        while not self._ended.is_set():
            burst = [self._pdu(random) for _ in range(random.randrange(1, _MOST_AT_ONCE))]
            self.outcome.requests += len(burst)
            await asyncio.gather(*(self._send(customer, text, pdu) for text, pdu in burst))
            await asyncio.sleep(random.uniform(0.0, 0.15))

    def _pdu(self, random: Random) -> tuple[str, SubmitSm]:
        text = self._text() + (_LONG if random.random() < 0.1 else "")
        self._possible.add(text)
        promotional = random.random() < 0.3
        if promotional:
            self._held.add(text)
        recipient = next(self._recipients)
        held = format_relative_time(timedelta(seconds=self._held_seconds))
        return text, SubmitSm(
            service_type="PROMO" if promotional else random.choice(("OTP", "TRANS")),
            source_addr_ton=5,
            source_addr="Heliograph",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=str(recipient),
            registered_delivery=1,
            validity_period=held if promotional else "",
            short_message=text.encode("ascii"),
            tlvs=(tlv(Tag.USER_MESSAGE_REFERENCE, recipient % 0x10000),),
        )

    async def _send(self, customer: Customer, text: str, pdu: SubmitSm) -> None:
        """Once; the careful until there is an answer."""
        while True:
            response = await customer.ask(pdu)
            status = None if response is None else response.command_status
            if response is not None and status == CommandStatus.ROK:
                self._acknowledged.add(text)
                self._named[text] = response.message_id
                return
            if status is not None and status not in _LATER:
                self.outcome.anomalies.append(f"{text} was refused: {response}")
                return
            if not customer.careful or self._ended.is_set():
                self.outcome.unanswered += 1
                return
            await asyncio.sleep(0.05)

    # -- afterwards --

    def _must_end(self, text: str) -> bool:
        """Who was not answered may yet be told."""
        return text in self._possible

    async def _still(self) -> None:
        await super()._still()
        code = await self._smsc.stop()
        if code != 0:
            self.outcome.anomalies.append(f"the SMSC ended with {code}")

    def _seen(self, rows: _Rows) -> dict[int, int]:
        seen = self._smsc.seen()
        known = {row["recipient"] for row in rows}
        strangers = [recipient for recipient in seen if recipient not in known]
        self.outcome.anomalies += [f"sent, not in the database: {each}" for each in strangers]
        return {row["id"]: seen[row["recipient"]] for row in rows}

    def _judge_messages(self, rows: _Rows) -> None:
        super()._judge_messages(rows)
        for row in rows:
            told = self._named.get(row["text"])
            if told is not None and told != self._wire_id(row["account_id"], row["id"]):
                self.outcome.anomalies.append(f"acknowledged as {told}: {row['text']}")

    def _judge_notifications(self, events: _Rows) -> None:
        """Promise P5: each final state told to the sender's sessions, in order per message."""
        places: dict[str, dict[int, int]] = defaultdict(dict)
        for place, told in enumerate(self._told):
            places[told.message_id].setdefault(told.state, place)
        self.outcome.told = len(self._told)
        last: dict[str, int] = {}
        anomalies = self.outcome.anomalies
        for event in events:
            status = Status(event["status"])
            if event["kind"] != EventKind.STATUS:
                continue
            self.outcome.uncertain += status is Status.UNCERTAIN
            if status not in SETTLED:
                continue
            self.outcome.events += 1
            name = self._wire_id(event["account_id"], event["message_id"])
            shown = f"{status.word} of message {event['message_id']} ({name})"
            at = places[name].pop(STATES[status], -1)
            if at < 0:
                anomalies.append(f"never told: {shown}")
            elif at < last.get(name, -1):
                anomalies.append(f"told out of order: {shown}")
            last[name] = max(at, last.get(name, -1))
        anomalies += [
            f"told, but no event: {name} {states}" for name, states in places.items() if states
        ]

    def _wire_id(self, account_id: int, number: int) -> str:
        server_key = bytes.fromhex((self._served.data / "secret.key").read_text("ascii"))
        return f"{seal(account_key(server_key, account_id), number):016x}"
