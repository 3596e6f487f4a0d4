"""A customer's connection over a real socket: who may bind, what is answered, and when."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from heliograph.model import command as c
from heliograph.model.account import Scope, TrafficClass
from heliograph.model.message import Encoding
from heliograph.model.refusal import Refusal, Refused
from heliograph.smpp import (
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    BroadcastSm,
    CommandStatus,
    DataSm,
    Destination,
    EnquireLink,
    GenericNack,
    SessionState,
    SubmitMulti,
    SubmitSm,
    Tag,
    Unbind,
    concatenation_udh,
    encode,
    sar_tlvs,
    tlv,
    tlv_int,
    tlv_text,
)
from tests.edge.smpp.conftest import CREDENTIAL_ID, RECIPIENT, Desk, House, submit, wire_id

_S = CommandStatus
SHOP: dict[str, Any] = {"system_id": "shop", "password": "secret"}


class Gate:
    """Holds every command until it is opened."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open = asyncio.Event()
        self.waiting = asyncio.Semaphore(0)
        desk.on_perform = self._perform

    async def _perform(self, command: c.Command) -> Any:
        self.waiting.release()
        await self._open.wait()
        assert isinstance(command, c.SendMessages)
        return self._desk.accepted(command)

    def open(self) -> None:
        self._open.set()


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (BindTransmitter, SessionState.BOUND_TX),
        (BindReceiver, SessionState.BOUND_RX),
        (BindTransceiver, SessionState.BOUND_TRX),
    ],
)
async def test_a_customer_binds_in_each_of_the_three_ways(
    house: House, desk: Desk, kind: type[Bind], state: SessionState
) -> None:
    client = await house.client()
    response = await client.bind(kind(**SHOP))
    assert response.command_status == 0
    assert client.connection.session.state is state
    assert tlv_int(response.tlvs, Tag.SC_INTERFACE_VERSION) == 0x50
    assert desk.peers == ["127.0.0.1"]
    assert house.count("heliograph_smpp_sessions") == 1


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal.UNAUTHENTICATED, _S.RINVPASWD),
        (Refusal.ADDRESS_NOT_ALLOWED, _S.RBINDFAIL),
        (Refusal.ACCOUNT_SUSPENDED, _S.RBINDFAIL),
    ],
)
async def test_a_bind_that_may_not_be_is_answered_and_the_connection_closed(
    house: House, desk: Desk, refusal: Refusal, status: CommandStatus
) -> None:
    desk.refused = Refused(refusal=refusal)
    client = await house.client()
    assert (await client.bind()).command_status == status
    await client.gone.wait()


async def test_a_password_longer_than_smpp_allows_is_refused_not_cut(house: House) -> None:
    bind = encode(BindTransceiver(**SHOP), 1)
    longer = bind.replace(b"secret\0", b"secret-and-more\0")
    octets = (len(longer)).to_bytes(4, "big") + longer[4:]
    assert (await house.raw(octets))[8:12] == _S.RINVPASWD.to_bytes(4, "big")


async def test_no_more_sessions_bind_than_the_credential_may_have(house: House, desk: Desk) -> None:
    desk.settings = {"max_binds": "1"}
    first = await house.bound()
    assert (await (await house.client()).bind()).command_status == _S.RBINDFAIL
    first.connection.unbind()
    await first.gone.wait()
    assert (await (await house.client()).bind()).command_status == 0


async def test_a_second_bind_on_a_session_is_told_so(house: House) -> None:
    replies = await house.raw(
        encode(BindTransceiver(**SHOP), 1),
        encode(BindTransmitter(**SHOP), 2) + encode(Unbind(), 3),
    )
    assert _S.RALYBND.to_bytes(4, "big") + (2).to_bytes(4, "big") in replies


async def test_nothing_is_submitted_without_a_bind_or_by_a_receiver(
    house: House, desk: Desk
) -> None:
    refused = encode(submit(), 2) + b"\0" * 16
    for pieces in ([refused], [encode(BindReceiver(**SHOP), 1), refused]):
        replies = await house.raw(*pieces)
        assert _S.RINVBNDSTS.to_bytes(4, "big") + (2).to_bytes(4, "big") in replies
    assert desk.performed == []


async def test_a_message_written_together_with_its_bind_is_accepted(
    house: House, desk: Desk
) -> None:
    together = encode(BindTransceiver(**SHOP), 1) + encode(submit(), 2) + encode(Unbind(), 3)
    replies = await house.raw(together)
    assert len(desk.drafts) == 1
    assert bytes.fromhex("80000004 00000000 00000002") in replies


async def test_a_message_written_together_with_a_refused_bind_is_not(
    house: House, desk: Desk
) -> None:
    bind = BindTransceiver(system_id="shop", password="wrong")
    replies = await house.raw(encode(bind, 1) + encode(submit(), 2))
    assert replies[8:12] == _S.RINVPASWD.to_bytes(4, "big")
    assert desk.performed == []


async def test_an_outbind_from_a_customer_does_no_harm(house: House) -> None:
    outbind = bytes.fromhex("000000120000000b0000000000000001") + b"\0\0"
    bind = encode(BindTransceiver(**SHOP), 2)
    replies = await house.raw(outbind + bind, encode(Unbind(), 3))
    assert bytes.fromhex("8000000900000000") in replies


async def test_a_submit_is_answered_with_the_sealed_id_of_its_message(
    house: House, desk: Desk
) -> None:
    client = await house.bound()
    response = await client.submit(b"Hello")
    assert response.message_id == wire_id(1 << 50)
    (draft,) = desk.drafts
    assert (draft.sender, draft.recipient, draft.text) == ("Heliograph", f"+{RECIPIENT}", "Hello")
    assert (draft.callback, draft.traffic_class) == (None, TrafficClass.TRANSACTIONAL)
    assert (
        house.count("heliograph_smpp_requests_total", request="submit_sm", status="ESME_ROK") == 1
    )


async def test_ids_are_decimal_where_the_credential_says_so(house: House, desk: Desk) -> None:
    desk.settings = {"id_form": "decimal"}
    client = await house.bound()
    assert (await client.submit()).message_id == str(int(wire_id(1 << 50), 16))


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (Refused(refusal=Refusal.INVALID_RECIPIENT), _S.RINVDSTADR),
        (Refused(refusal=Refusal.SENDER_NOT_APPROVED), _S.RINVSRCADR),
        (Refused(refusal=Refusal.RATE_LIMITED), _S.RTHROTTLED),
        (Refused(refusal=Refusal.INSUFFICIENT_BALANCE), _S.RSUBMITFAIL),
    ],
)
async def test_a_refusal_is_told_by_its_status(
    house: House, desk: Desk, refused: Refused, status: CommandStatus
) -> None:
    async def refuse(command: c.Command) -> Refused:
        return refused

    desk.on_perform = refuse
    response = await (await house.bound()).submit()
    assert (response.command_status, response.header_only) == (status, True)


async def test_a_peer_of_5_0_is_told_the_reason_in_words(house: House, desk: Desk) -> None:
    async def refuse(command: c.Command) -> Refused:
        return Refused(refusal=Refusal.NO_PRICE)

    desk.on_perform = refuse
    bind = BindTransceiver(**SHOP, interface_version=0x50)
    response = await (await house.bound(bind, version=0x50)).submit()
    assert tlv_text(response.tlvs, Tag.ADDITIONAL_STATUS_INFO_TEXT) == "no_price"


@pytest.mark.parametrize("takes_soon", [True, False])
async def test_a_fault_of_ours_is_told_and_the_session_goes_on(
    house: House, desk: Desk, takes_soon: bool
) -> None:
    desk.takes_soon = takes_soon

    async def fail(command: c.Command) -> Any:
        raise RuntimeError("the desk is on fire")

    desk.on_perform = fail
    client = await house.bound()
    assert (await client.submit()).command_status == _S.RSYSERR
    desk.on_perform = None
    assert (await client.submit()).command_status == 0


async def test_a_credential_without_the_scope_may_not_send(house: House, desk: Desk) -> None:
    desk.scopes = (Scope.READ,)
    client = await house.bound()
    assert (await client.submit()).command_status == _S.RSUBMITFAIL
    assert desk.performed == []


async def test_answers_come_in_any_order_and_each_to_its_request(house: House, desk: Desk) -> None:
    gate = asyncio.Event()

    async def perform(command: c.Command) -> Any:
        assert isinstance(command, c.SendMessages)
        if command.drafts[0].text == "slow":
            await gate.wait()
        return desk.accepted(command)

    desk.on_perform = perform
    client = await house.bound()
    slow = client.begin(submit(b"slow"))
    assert (await client.submit(b"quick")).command_status == 0
    assert not slow.done()
    gate.set()
    assert (await slow).command_status == 0


async def test_beyond_its_window_a_session_is_throttled(house: House, desk: Desk) -> None:
    desk.settings = {"window": "2"}
    gate = Gate(desk)
    client = await house.bound()
    first, second, third = (client.begin(submit()) for _ in range(3))
    assert (await third).command_status == _S.RTHROTTLED
    gate.open()
    assert (await first).command_status == (await second).command_status == 0
    assert (await client.submit()).command_status == 0


async def test_beyond_its_throughput_a_credential_is_throttled_over_all_its_sessions(
    house: House, desk: Desk
) -> None:
    desk.settings = {"per_second": "3"}
    clients = [await house.bound() for _ in range(2)]
    found = await asyncio.gather(*(clients[n % 2].submit() for n in range(8)))
    statuses = [each.command_status for each in found]
    assert statuses.count(_S.ROK) == 3
    assert statuses.count(_S.RTHROTTLED) == 5


async def test_what_was_asked_before_an_unbind_is_still_answered(house: House, desk: Desk) -> None:
    gate = Gate(desk)
    asked = encode(submit(), 2) + encode(Unbind(), 3)
    replies = asyncio.create_task(house.raw(encode(BindTransmitter(**SHOP), 1), asked))
    await gate.waiting.acquire()
    gate.open()
    found = await replies
    unbound, submitted = bytes.fromhex("8000000600000000"), bytes.fromhex("8000000400000000")
    assert 0 < found.index(unbound) < found.index(submitted)


async def test_enquire_link_is_answered_in_every_state(house: House) -> None:
    replies = await house.raw(
        encode(EnquireLink(), 5),
        encode(BindReceiver(**SHOP), 6),
        encode(EnquireLink(), 7) + encode(Unbind(), 8),
    )
    answered = bytes.fromhex("000000108000001500000000")
    assert answered + (5).to_bytes(4, "big") in replies
    assert answered + (7).to_bytes(4, "big") in replies


async def test_a_command_that_is_not_carried_out_here_is_nacked(house: House) -> None:
    client = await house.bound(BindTransceiver(**SHOP, interface_version=0x50), version=0x50)
    response = await client.ask(BroadcastSm())
    assert isinstance(response, GenericNack)
    assert response.command_status == _S.RINVCMDID
    assert (await client.submit()).command_status == 0


async def test_parts_with_headers_pass_one_by_one(house: House, desk: Desk) -> None:
    client = await house.bound()
    for wide in (False, True):
        for number in (1, 2):
            udh = concatenation_udh(reference=9, total=2, sequence=number, wide=wide)
            assert (await client.submit(udh + b"part", esm_class=0x40)).command_status == 0
    assert [(draft.udh[:3].hex(), draft.body) for draft in desk.drafts] == (
        [("050003", b"part")] * 2 + [("060804", b"part")] * 2
    )


async def test_sar_parts_are_answered_when_all_are_there_as_one_message(
    house: House, desk: Desk
) -> None:
    client, other = await house.bound(), await house.bound()
    texts = [b"x" * 159 + b"\x1b", b"e" + b"y" * 159, b"end"]
    waiting = [
        (client, other)[number % 2].begin(
            submit(text, tlvs=sar_tlvs(reference=5, total=3, sequence=number))
        )
        for number, text in ((3, texts[2]), (1, texts[0]))
    ]
    again = await other.submit(texts[0], tlvs=sar_tlvs(reference=5, total=3, sequence=1))
    assert again.command_status == _S.RMSGQFUL
    assert desk.performed == []
    last = await client.submit(texts[1], tlvs=sar_tlvs(reference=5, total=3, sequence=2))
    assert {(await each).message_id for each in waiting} == {last.message_id}
    assert [draft.text for draft in desk.drafts] == ["x" * 159 + "€" + "y" * 159 + "end"]


async def test_a_data_sm_is_a_message_like_any_other(house: House, desk: Desk) -> None:
    client = await house.bound()
    pdu = DataSm(
        source_addr="Heliograph",
        destination_addr=RECIPIENT,
        registered_delivery=1,
        tlvs=(tlv(Tag.MESSAGE_PAYLOAD, b"Hi"), tlv(Tag.QOS_TIME_TO_LIVE, 600)),
    )
    assert (await client.ask(pdu)).message_id == wire_id(1 << 50)
    (draft,) = desk.drafts
    assert (draft.text, draft.validity_seconds) == ("Hi", 600)
    assert draft.callback == f"session:{CREDENTIAL_ID}:final"


async def test_a_submit_multi_has_one_id_and_tells_who_was_refused(
    house: House, desk: Desk
) -> None:
    async def perform(command: c.Command) -> Any:
        assert isinstance(command, c.SendMessages)
        said = desk.accepted(command)
        refused = Refused(refusal=Refusal.INVALID_RECIPIENT)
        items = (said.items[0], refused, *said.items[2:])
        return c.Accepted(submission_id=77, currency="EUR", items=items)

    desk.on_perform = perform
    client = await house.bound()
    targets = (
        Destination(destination_addr=RECIPIENT),
        Destination(addr_ton=1, addr_npi=1, destination_addr="12"),
        Destination(dl_name="everybody"),
    )
    response = await client.ask(
        SubmitMulti(source_addr="Heliograph", dest_addresses=targets, short_message=b"Hi")
    )
    assert response.message_id == wire_id(77)
    assert [(each.destination_addr, each.error_status_code) for each in response.no_unsuccess] == [
        ("12", _S.RINVDSTADR),
        ("everybody", _S.RINVDLNAME),
    ]


async def test_a_submit_multi_to_lists_only_is_refused(house: House, desk: Desk) -> None:
    client = await house.bound()
    pdu = SubmitMulti(dest_addresses=(Destination(dl_name="all"),), short_message=b"Hi")
    assert (await client.ask(pdu)).command_status == _S.RINVDLNAME
    assert desk.performed == []


async def test_the_same_reference_is_the_same_message_where_the_credential_says_so(
    house: House, desk: Desk
) -> None:
    desk.settings = {"idempotency": "yes"}
    client = await house.bound()
    reference = (tlv(Tag.USER_MESSAGE_REFERENCE, 42),)
    for text in (b"a", b"a", b"b"):
        await client.submit(text, tlvs=reference)
    sent = [each for each in desk.performed if isinstance(each, c.SendMessages)]
    assert {each.idempotency_key for each in sent} == {f"umr:42:+{RECIPIENT}"}
    assert sent[0].fingerprint == sent[1].fingerprint != sent[2].fingerprint
    assert sent[0].drafts[0].reference == "42"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"schedule_delivery_time": "tomorrow"}, _S.RINVSCHED),
        ({"validity_period": "000000000000000R"}, _S.RINVEXPIRY),
        ({"priority_flag": 4}, _S.RINVPRTFLG),
        ({"replace_if_present_flag": 1}, _S.RINVREPFLAG),
        ({"sm_default_msg_id": 3}, _S.RINVDFTMSGID),
        ({"esm_class": 0x08}, _S.RINVESMCLASS),
    ],
)
async def test_what_would_have_to_be_dropped_is_refused(
    house: House, desk: Desk, fields: dict[str, Any], status: CommandStatus
) -> None:
    client = await house.bound()
    assert (await client.submit(**fields)).command_status == status
    assert desk.performed == []


@pytest.mark.parametrize(
    "pdu",
    [
        submit(),
        submit(b"\x05\x00\x03\x07\x02\x01Hello", esm_class=0x40, registered_delivery=1),
        submit(data_coding=8, tlvs=(tlv(Tag.USER_MESSAGE_REFERENCE, 5),)),
        submit(validity_period="tomorrow"),
        submit(data_coding=0x0A),
        DataSm(destination_addr=RECIPIENT, tlvs=(tlv(Tag.MESSAGE_PAYLOAD, b"Hello"),)),
    ],
)
async def test_a_message_is_the_same_with_somebody_who_waits_and_without(
    house: House, desk: Desk, pdu: SubmitSm | DataSm
) -> None:
    client = await house.bound()
    soon = await client.ask(pdu)
    commands, desk.performed = desk.performed, []
    desk.takes_soon = False
    waited = await client.ask(pdu)
    assert commands == desk.performed
    assert (soon.command_status, bool(soon.message_id), soon.tlvs) == (
        waited.command_status,
        bool(waited.message_id),
        waited.tlvs,
    )
    status = _S(soon.command_status).name
    labels = {"request": pdu.NAME, "status": f"ESME_{status}"}
    assert house.count("heliograph_smpp_requests_total", **labels) == 2
    assert house.count("heliograph_smpp_request_seconds_count") == 2


async def test_a_peer_of_3_3_gets_no_tlvs_and_a_body_with_every_error(house: House) -> None:
    client = await house.client(version=0x33)
    bound = await client.bind(BindTransceiver(**SHOP, interface_version=0x33))
    assert bound.tlvs == ()
    response = await client.submit(esm_class=0x08)
    assert (response.command_status, response.header_only) == (_S.RINVESMCLASS, False)


async def test_encodings_reach_the_desk_as_they_were_meant(house: House, desk: Desk) -> None:
    client = await house.bound()
    await client.submit("👍".encode("utf-16-be"), data_coding=8)
    await client.submit(b"flash", data_coding=0xF0)
    await client.submit(b"\x01\x02", data_coding=4)
    await client.submit(b"", service_type="OTP", tlvs=(tlv(Tag.MESSAGE_PAYLOAD, b"z" * 500),))
    ucs2, flash, binary, long = desk.drafts
    assert (ucs2.text, ucs2.encoding) == ("👍", Encoding.UCS2)
    assert (flash.text, flash.flash) == ("flash", True)
    assert (binary.body, binary.encoding) == (b"\x01\x02", Encoding.BINARY)
    assert (long.text, long.traffic_class) == ("z" * 500, TrafficClass.OTP)


async def test_a_revoked_credential_is_unbound_at_the_next_review(house: House, desk: Desk) -> None:
    client = await house.bound()
    desk.refused = Refused(refusal=Refusal.UNAUTHENTICATED)
    house.door.review()
    assert house.door.bound() == frozenset()
    await client.gone.wait()


async def test_changed_settings_hold_from_the_next_review_on(house: House, desk: Desk) -> None:
    client = await house.bound()
    desk.settings = {"id_form": "decimal"}
    house.door.review()
    assert (await client.submit()).message_id.isdecimal()


async def test_a_session_that_ends_with_its_request_leaves_nothing_behind(
    house: House, desk: Desk
) -> None:
    gate = Gate(desk)
    client = await house.bound()
    waiting = client.begin(SubmitSm(destination_addr=RECIPIENT, short_message=b"Hi"))
    await gate.waiting.acquire()
    client.connection.abort("cut")
    with pytest.raises(ConnectionError):
        await waiting
    gate.open()
    other = await house.bound()
    assert (await other.submit()).command_status == 0
    assert len(desk.drafts) == 2
