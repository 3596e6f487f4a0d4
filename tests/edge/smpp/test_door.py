"""What customers are told, in order and only while they listen; and peers that misbehave."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding as Pem
from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from heliograph.edge.smpp import server_tls
from heliograph.flow.calling import Called
from heliograph.model.account import TrafficClass
from heliograph.model.message import Encoding, Event, Inbound, Message, MessageRecord
from heliograph.model.money import Charge
from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.smpp import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CommandStatus,
    DataSm,
    DeliverSm,
    EnquireLink,
    MessageState,
    Role,
    Session,
    Tag,
    encode,
    parse_receipt,
    tlv_text,
)
from heliograph.transport.smpp import Limits, SmppConnection, connect
from tests.edge.smpp.conftest import (
    CREDENTIAL_ID,
    KEY,
    NOW,
    RECIPIENT,
    Client,
    Desk,
    House,
    submit,
    wire_id,
)

SHOP: dict[str, Any] = {"system_id": "shop", "password": "secret"}
MESSAGE = Message(
    account_id=1,
    id=1 << 50,
    submission_id=None,
    dialect="smpp",
    sender="Heliograph",
    recipient=RECIPIENT,
    text="Hello world",
    encoding=Encoding.GSM7,
    parts=1,
    traffic_class=TrafficClass.TRANSACTIONAL,
    reference="42",
    valid_until=NOW,
)
RECORD = MessageRecord(
    message=MESSAGE,
    status=Status.DELIVERED,
    reason=Reason.NONE,
    vendor_code=None,
    charge=Charge.CAPTURED,
    attempts=1,
    carrier_id=3,
    updated_at=NOW,
)


def _event(number: int, status: Status = Status.DELIVERED) -> Event:
    return Event(account_id=1, message_id=number, id=number, at=NOW, status=status)


async def _tell(house: House, number: int = 1 << 50) -> Called:
    message = msgspec.structs.replace(MESSAGE, id=number)
    record = msgspec.structs.replace(RECORD, message=message)
    return await house.door.tell_event(CREDENTIAL_ID, _event(number), record, KEY)


async def test_a_receipt_says_the_same_in_its_text_and_in_its_tlvs(house: House) -> None:
    client = await house.bound()
    called = await _tell(house)
    assert (called.status_code, called.error, called.ok) == (200, None, True)
    pdu = await client.told.get()
    assert isinstance(pdu, DeliverSm)
    assert (pdu.source_addr, pdu.destination_addr) == (RECIPIENT, "Heliograph")
    receipt = parse_receipt(pdu)
    assert receipt is not None
    assert receipt.message_id == receipt.text_message_id == wire_id(1 << 50)
    assert (receipt.state, receipt.stat, receipt.text) == (
        MessageState.DELIVERED,
        "DELIVRD",
        "Hello world",
    )
    assert int.from_bytes(pdu.tlv(Tag.USER_MESSAGE_REFERENCE) or b"", "big") == 42


async def test_a_receipt_takes_the_form_that_the_credential_wants(house: House, desk: Desk) -> None:
    desk.settings = {"receipt_pdu": "data_sm", "receipt_form": "tlv", "id_form": "decimal"}
    client = await house.bound()
    await _tell(house)
    pdu = await client.told.get()
    assert isinstance(pdu, DataSm)
    assert pdu.tlv(Tag.MESSAGE_PAYLOAD) is None
    assert tlv_text(pdu.tlvs, Tag.RECEIPTED_MESSAGE_ID) == str(int(wire_id(1 << 50), 16))


async def test_a_peer_of_3_3_gets_the_text_alone(house: House) -> None:
    client = await house.bound(BindTransceiver(**SHOP, interface_version=0x33), version=0x33)
    assert (await _tell(house)).ok
    pdu = await client.told.get()
    assert isinstance(pdu, DeliverSm)
    assert pdu.tlvs == ()
    assert b"stat:DELIVRD" in pdu.short_message


async def test_nobody_is_told_while_nobody_listens(house: House) -> None:
    assert (await _tell(house)).absent
    await house.bound(BindTransmitter(**SHOP))
    assert house.door.bound() == frozenset()
    assert (await _tell(house)).absent
    await house.bound(BindReceiver(**SHOP))
    assert house.door.bound() == {-CREDENTIAL_ID}


async def test_a_customer_that_declines_is_told_again_later(house: House) -> None:
    client = await house.bound()
    client.status = CommandStatus.RX_T_APPN
    called = await _tell(house)
    assert (called.ok, called.error, called.absent) == (False, "ESME_RX_T_APPN", False)


async def test_receipts_go_out_in_order_as_the_window_lets_them(house: House, desk: Desk) -> None:
    desk.settings = {"delivery_window": "2"}
    client = await house.bound()
    client.status = None
    calls = [asyncio.create_task(_tell(house, number)) for number in range(1, 8)]
    seen = []
    for _ in calls:
        pdu = await client.told.get()
        seen.append(tlv_text(pdu.tlvs, Tag.RECEIPTED_MESSAGE_ID))
        kind = type(pdu).RESPONSE
        assert kind is not None
        assert client.told.qsize() < 2  # the window is 2, one of which is in hand
        client.connection.respond(pdu, kind())
    assert seen == [wire_id(number) for number in range(1, 8)]
    assert all(call.ok for call in await asyncio.gather(*calls))


async def test_what_a_broken_session_did_not_answer_goes_to_another(house: House) -> None:
    first, second = await house.bound(), await house.bound()
    first.status = second.status = None
    call = asyncio.create_task(_tell(house))
    told, _ = await asyncio.wait(
        [asyncio.create_task(client.told.get()) for client in (first, second)],
        return_when=asyncio.FIRST_COMPLETED,
    )
    assert len(told) == 1
    first.connection.abort("cut")
    second.connection.abort("cut")
    assert (await call).absent


async def test_sessions_of_a_credential_share_what_it_is_told(house: House) -> None:
    clients = [await house.bound() for _ in range(3)]
    await asyncio.gather(*(_tell(house, number) for number in range(1, 10)))
    assert [client.told.qsize() for client in clients] == [3, 3, 3]


async def test_a_message_from_a_handset_reaches_the_customer(house: House) -> None:
    client = await house.bound()
    for text in ("short €", "Привет", "long " * 100):
        inbound = Inbound(
            account_id=1, id=5, sender=RECIPIENT, recipient="4321", text=text, received_at=NOW
        )
        assert (await house.door.tell_inbound(CREDENTIAL_ID, inbound, KEY)).ok
    gsm, ucs2, long = [await client.told.get() for _ in range(3)]
    assert isinstance(gsm, DeliverSm)
    assert isinstance(ucs2, DeliverSm)
    assert (gsm.esm_class, gsm.data_coding, gsm.short_message) == (0, 0, b"short \x1be")
    assert (ucs2.data_coding, ucs2.short_message) == (8, "Привет".encode("utf-16-be"))
    assert long.tlv(Tag.MESSAGE_PAYLOAD) == b"long " * 100


async def test_a_long_message_from_a_handset_comes_in_parts_where_it_is_wanted_so(
    house: House, desk: Desk
) -> None:
    desk.settings = {"inbound_form": "udh"}
    client = await house.bound()
    inbound = Inbound(
        account_id=1, id=5, sender=RECIPIENT, recipient="4321", text="long " * 100, received_at=NOW
    )
    assert (await house.door.tell_inbound(CREDENTIAL_ID, inbound, KEY)).ok
    parts = [await client.told.get() for _ in range(4)]
    assert all(isinstance(part, DeliverSm) and part.esm_class == 0x40 for part in parts)
    joined = b"".join(part.short_message[7:] for part in parts if isinstance(part, DeliverSm))
    assert joined == b"long " * 100


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
        b"\xff" * 64,
        b"\0\0\0\x0f" + b"\0" * 12,
        (100_000_000).to_bytes(4, "big") + encode(EnquireLink(), 1)[4:],
    ],
)
async def test_a_stream_that_is_no_smpp_is_nacked_and_closed(house: House, octets: bytes) -> None:
    reply = await house.raw(octets)
    assert reply[4:12] == bytes.fromhex("80000000") + CommandStatus.RINVCMDLEN.to_bytes(4, "big")


async def test_an_unknown_command_is_nacked_and_the_session_goes_on(house: House) -> None:
    unknown = bytes.fromhex("00000010 000000ff 00000000 00000009")
    replies = await house.raw(unknown + encode(EnquireLink(), 10) + b"\0" * 16)
    assert bytes.fromhex("80000000 00000003 00000009") in replies
    assert bytes.fromhex("80000015 00000000 0000000a") in replies


async def test_a_pdu_may_come_octet_by_octet_and_be_cut_in_the_middle(
    house: House, desk: Desk
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.door.port)
    for octet in encode(BindTransceiver(**SHOP), 1):
        writer.write(bytes((octet,)))
        await writer.drain()
    assert (await reader.readexactly(16))[4:12] == bytes.fromhex("8000000900000000")
    writer.write(encode(submit(), 2)[:30])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await (await house.bound()).submit()).command_status == 0
    assert len(desk.drafts) == 1


async def _dead(house: House) -> socket.socket:
    """A peer that binds, asks for answers without end, and reads none of them."""
    loop = asyncio.get_running_loop()
    dead = socket.socket()
    dead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    dead.setblocking(False)
    await loop.sock_connect(dead, ("127.0.0.1", house.door.port or 0))
    await loop.sock_sendall(dead, encode(BindTransceiver(**SHOP), 1))
    return dead


async def test_dead_peers_are_cut_and_slow_nobody_down(desk: Desk) -> None:
    house = House(
        desk, limits=Limits(stalled_seconds=0.2, kernel_octets=4096, lingering_seconds=0.2)
    )
    desk.settings = {"max_binds": "100", "inbound": "yes"}
    await house.start()
    loop = asyncio.get_running_loop()
    dead = [await _dead(house) for _ in range(4)]
    flood = encode(EnquireLink(), 1) * 4096
    flooding = [asyncio.create_task(loop.sock_sendall(each, flood * 64)) for each in dead]
    busy = [await house.bound() for _ in range(20)]
    answers = await asyncio.gather(*(client.submit() for client in busy for _ in range(20)))
    assert {answer.command_status for answer in answers} == {0}
    # Their senders end in an error when they are cut: what they were owed was never read.
    for outcome in await asyncio.gather(*flooding, return_exceptions=True):
        assert isinstance(outcome, ConnectionError)
    assert all(client.connection.is_open for client in busy)
    for each in dead:
        each.close()
    await house.stop()


async def test_a_stop_answers_what_was_asked_and_unbinds(desk: Desk) -> None:
    house = House(desk)
    await house.start()
    client = await house.bound()
    asked = [client.begin(submit()) for _ in range(10)]
    first = await asked[0]
    await house.door.stop()
    assert first.command_status == 0
    assert {(await each).command_status for each in asked} == {0}
    await client.gone.wait()
    assert client.connection.ending == "unbound"
    await house.stop()


async def test_smpp_is_spoken_over_tls_beside_the_plain_port(desk: Desk, tmp_path: Path) -> None:
    certificate = _certificate(tmp_path)
    house = House(desk, tls=server_tls(str(certificate), str(tmp_path / "key.pem")))
    await house.start()
    found: list[Client] = []

    def greet(connection: SmppConnection) -> Client:
        found.append(Client(connection))
        return found[0]

    connection = await connect(
        greet,
        "127.0.0.1",
        house.door.tls_port or 0,
        session=lambda now: Session(Role.ESME, now),
        tls=ssl.create_default_context(cafile=certificate),
        server_hostname="smpp.example",
    )
    assert (await found[0].bind()).command_status == 0
    assert (await found[0].submit()).command_status == 0
    plain = await house.bound()
    assert (await plain.submit()).command_status == 0
    connection.unbind()
    await connection.gone.wait()
    await house.stop()


def _certificate(directory: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smpp.example")])
    now = NOW.replace(year=2025)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=365 * 30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("smpp.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (directory / "key.pem").write_bytes(
        key.private_bytes(Pem.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    path = directory / "certificate.pem"
    path.write_bytes(certificate.public_bytes(Pem.PEM))
    return path
