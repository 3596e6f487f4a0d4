"""SMPP from end to end: a whole house with its database and a simulated carrier behind the door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from heliograph import demo
from heliograph.config import Config
from heliograph.model.ids import unseal
from heliograph.smpp import (
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    CommandStatus,
    DeliverSm,
    MessageState,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    Role,
    Session,
    SessionState,
    Tag,
    format_absolute_time,
    parse_receipt,
    tlv_text,
)
from heliograph.transport.smpp import SmppConnection, connect
from heliograph.wiring import House
from tests.edge.smpp.conftest import RECIPIENT, Client, submit

_S = CommandStatus
LATER = "000001000000000R"


class Caller:
    """Binds clients to the house's own port."""

    def __init__(self, house: House, known: dict[str, Any]) -> None:
        self.house = house
        self._known = known["smpp"]
        self._clients: list[Client] = []

    async def client(self, *, receives: bool = True) -> Client:
        def greet(connection: SmppConnection) -> Client:
            self._clients.append(Client(connection))
            return self._clients[-1]

        def session(now: float) -> Session:
            return Session(Role.ESME, now, window=500)

        await connect(greet, self._known["host"], self._known["port"], session=session)
        client = self._clients[-1]
        words = {name: self._known[name] for name in ("system_id", "password")}
        response = await client.bind((BindTransceiver if receives else BindTransmitter)(**words))
        assert response.command_status == 0
        return client

    def stop(self) -> None:
        for client in self._clients:
            client.connection.abort("the test is over")


@pytest.fixture
async def caller(database_dsn: str, tmp_path: Path) -> AsyncIterator[Caller]:
    settings = {"receipt_median_ms": "1", "receipt_p99_ms": "2"}
    house = House(
        Config(data=tmp_path, database=database_dsn, port=0, demo=True, simulator=settings)
    )
    await house.start()
    try:
        known = await demo.prepare(house)
        made = Caller(house, known)
        yield made
        made.stop()
    finally:
        await house.stop()


async def test_a_message_is_submitted_delivered_and_its_receipt_comes_back(caller: Caller) -> None:
    client = await caller.client()
    response = await client.submit(b"Hello there", registered_delivery=1)
    pdu = await client.told.get()
    assert isinstance(pdu, DeliverSm)
    receipt = parse_receipt(pdu)
    assert receipt is not None
    assert (receipt.message_id, receipt.state) == (response.message_id, MessageState.DELIVERED)
    assert (pdu.source_addr, pdu.destination_addr) == (RECIPIENT, "Heliograph")
    answer = await client.ask(QuerySm(message_id=response.message_id))
    assert isinstance(answer, QuerySmResp)
    assert answer.message_state == MessageState.DELIVERED
    assert len(answer.final_date) == 16


async def test_receipts_wait_for_a_receiver_and_come_in_order(caller: Caller) -> None:
    sender = await caller.client(receives=False)
    sent = [
        await sender.submit(destination_addr=f"88018449090{n:02}", registered_delivery=1)
        for n in range(10)
    ]

    async def waiting() -> list[int]:
        query = "select message_id from notification where endpoint_id < 0 order by event_id"
        async with caller.house.database.link() as link:
            return [row["message_id"] for row in await link.fetch(query)]

    async with asyncio.timeout(10):
        while len(await waiting()) < len(sent):
            pass
    order = await waiting()
    receiver = await caller.client()
    found = [await receiver.told.get() for _ in sent]
    told = [tlv_text(pdu.tlvs, Tag.RECEIPTED_MESSAGE_ID) or "" for pdu in found]
    key = caller.house.directory.key(1)
    assert [unseal(key, int(text, 16)) for text in told] == order
    assert {each.message_id for each in sent} == set(told)


async def test_a_scheduled_message_is_queried_replaced_and_cancelled(caller: Caller) -> None:
    client = await caller.client()
    later = format_absolute_time(caller.house.now() + timedelta(hours=1))
    response = await client.submit(b"First words", schedule_delivery_time=later)
    message_id = response.message_id
    answer = await client.ask(QuerySm(message_id=message_id))
    assert (answer.message_state, answer.final_date) == (MessageState.ENROUTE, "")
    replaced = await client.ask(ReplaceSm(message_id=message_id, short_message=b"Other words"))
    assert replaced.command_status == 0
    too_long = await client.ask(ReplaceSm(message_id=message_id, short_message=b"x" * 200))
    assert too_long.command_status == _S.RINVMSGLEN
    assert (await client.ask(CancelSm(message_id=message_id))).command_status == 0
    again = await client.ask(CancelSm(message_id=message_id))
    assert again.command_status == _S.RCANCELFAIL
    late = await client.ask(ReplaceSm(message_id=message_id, short_message=b"late"))
    assert late.command_status == _S.RREPLACEFAIL
    answer = await client.ask(QuerySm(message_id=message_id))
    assert answer.message_state == MessageState.DELETED


async def test_a_cancel_without_an_id_cancels_all_to_a_destination(caller: Caller) -> None:
    client = await caller.client()
    sent = [await client.submit(schedule_delivery_time=LATER) for _ in range(3)]
    other = await client.submit(
        destination_addr="8801844909021",
        schedule_delivery_time=LATER,
        validity_period=LATER[:4] + "02000000000R",
    )
    everything = CancelSm(
        source_addr="Heliograph", dest_addr_ton=1, dest_addr_npi=1, destination_addr=RECIPIENT
    )
    assert (await client.ask(everything)).command_status == 0
    states = [
        (await client.ask(QuerySm(message_id=each.message_id))).message_state
        for each in (*sent, other)
    ]
    assert states == [MessageState.DELETED] * 3 + [MessageState.ENROUTE]
    assert (await client.ask(everything)).command_status == _S.RCANCELFAIL


async def test_ids_of_nobody_are_not_found(caller: Caller) -> None:
    client = await caller.client()
    for message_id in ("", "zz", "0" * 16, "f" * 17, "12 4"):
        answer = await client.ask(QuerySm(message_id=message_id))
        assert answer.command_status == _S.RINVMSGID
    unknown = CancelSm(message_id="0" * 16)
    assert (await client.ask(unknown)).command_status == _S.RINVMSGID


async def test_messages_from_handsets_reach_the_sessions(caller: Caller) -> None:
    client = await caller.client()
    caller.house.links.send(RECIPIENT, demo.NUMBER, "Hi from a handset")
    pdu = await client.told.get()
    assert isinstance(pdu, DeliverSm)
    assert (pdu.source_addr, pdu.destination_addr) == (RECIPIENT, demo.NUMBER)
    assert pdu.short_message == b"Hi from a handset"


async def test_the_checks_of_the_house_are_those_of_every_door(caller: Caller) -> None:
    client = await caller.client()
    refused = [
        await client.submit(destination_addr="12"),
        await client.submit(source_addr="Nobody"),
        await client.submit(b""),
        await client.submit(schedule_delivery_time="020000000000000R"),
    ]
    assert [each.command_status for each in refused] == [
        _S.RINVDSTADR,
        _S.RINVSRCADR,
        _S.RINVMSGLEN,
        _S.RINVSCHED,
    ]
    assert client.connection.session.state is SessionState.BOUND_TRX


async def test_many_at_once_share_commits_and_each_gets_its_receipt(caller: Caller) -> None:
    client = await caller.client()
    waiting = [
        client.begin(submit(destination_addr=f"880184490{n:04}", registered_delivery=1))
        for n in range(200)
    ]
    ids = {(await each).message_id for each in waiting}  # type: ignore[attr-defined]
    assert len(ids) == 200
    found = {tlv_text((await client.told.get()).tlvs, Tag.RECEIPTED_MESSAGE_ID) for _ in range(200)}
    assert found == ids
