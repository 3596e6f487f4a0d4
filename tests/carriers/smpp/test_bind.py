"""Binds that are refused, dropped, silent and encrypted, and how they come back."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from heliograph import smpp
from heliograph.carriers.smpp import SmppCarrier
from heliograph.model.report import Taken, Unknown
from heliograph.smpp import CommandStatus
from heliograph.transport.smpp import Limits, SmppConnection
from tests.carriers.smpp.smsc import (
    News,
    Smsc,
    carrier_to,
    dispatch_of,
    keep_silent,
    message,
    noun,
    running_smsc,
    welcome,
)


class Pauses(News):
    """A sleep that is written down and ends when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._go = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.say()
        await self._go.wait()
        self._go.clear()

    def over(self) -> None:
        self._go.set()


async def test_a_refused_bind_is_tried_again_with_longer_and_longer_pauses() -> None:
    refusals = 3

    def refuse(smsc: Smsc, connection: SmppConnection, pdu: smpp.Bind) -> None:
        if len(smsc.binds) <= refusals:
            connection.refuse(pdu, CommandStatus.RINVPASWD)
        else:
            welcome(smsc, connection, pdu)

    pauses = Pauses()
    async with running_smsc(on_bind=refuse) as smsc:
        link = SmppCarrier(
            noun(smsc.port, reconnect_seconds="2", reconnect_most_seconds="6"),
            sleep=pauses.sleep,
            chance=lambda: 0.5,
        )
        async with carrier_to(smsc.port, link=link, wait=False) as bound:
            for count in range(1, refusals + 1):
                await pauses.until(lambda count=count: len(pauses.seconds) == count)  # type: ignore[misc]
                assert not link.up
                pauses.over()
            await bound.until(lambda: link.up)
            # Doubled up to the longest, and chance takes half of its half off.
            assert pauses.seconds == [1.5, 3.0, 4.5]


async def test_an_smsc_that_cannot_be_reached_is_tried_again() -> None:
    async with running_smsc() as smsc:
        port = smsc.port
    pauses = Pauses()
    link = SmppCarrier(noun(port), sleep=pauses.sleep)
    async with carrier_to(port, link=link, wait=False) as bound:
        await pauses.until(lambda: len(pauses.seconds) == 1)
        assert not link.up
        async with running_smsc(port=port):
            pauses.over()
            await bound.until(lambda: link.up)


async def test_a_bind_that_is_never_answered_is_given_up() -> None:
    def silent(smsc: Smsc, connection: SmppConnection, pdu: smpp.Bind) -> None:
        """Says nothing."""

    pauses = Pauses()
    async with running_smsc(on_bind=silent) as smsc:
        link = SmppCarrier(noun(smsc.port, bind_timeout_seconds="0.05"), sleep=pauses.sleep)
        async with carrier_to(smsc.port, link=link, wait=False):
            await pauses.until(lambda: len(pauses.seconds) == 1)
            assert not link.up


async def test_a_lost_bind_comes_back_and_its_coming_and_going_is_told() -> None:
    pauses = Pauses()
    async with running_smsc() as smsc:
        link = SmppCarrier(noun(smsc.port), sleep=pauses.sleep)
        async with carrier_to(smsc.port, link=link) as bound:
            smsc.bound[0].abort("a cable was pulled")
            await bound.until(lambda: not link.up)
            await pauses.until(lambda: len(pauses.seconds) == 1)
            pauses.over()
            await bound.until(lambda: link.up)
            assert isinstance((await bound.outcomes(message()))[0], Taken)


async def test_an_smsc_that_unbinds_gets_no_more_messages() -> None:
    async with running_smsc() as smsc:
        pauses = Pauses()
        link = SmppCarrier(noun(smsc.port), sleep=pauses.sleep)
        async with carrier_to(smsc.port, link=link) as bound:
            smsc.bound[0].unbind()
            await bound.until(lambda: not link.up)
            await smsc.until(lambda: smsc.ended == 1)


async def test_a_silent_bind_is_seen_within_two_intervals_and_its_share_moves() -> None:
    """One SMSC stops reading after its first submit_sm; what follows goes by the other bind."""
    interval = 0.2
    deaf: list[SmppConnection] = []

    def first_one_goes_deaf(smsc: Smsc, connection: SmppConnection, pdu: smpp.SubmitSm) -> None:
        if not deaf:
            deaf.append(connection)
        if connection is not deaf[0]:
            smsc.ids += 1
            connection.respond(pdu, smpp.SubmitSmResp(message_id=f"{smsc.ids}"))

    pauses = Pauses()
    async with running_smsc(first_one_goes_deaf, limits=Limits(unanswered_max=0)) as smsc:
        settings = {"binds": "2", "window": "2", "enquire_link_seconds": f"{interval}"}
        link = SmppCarrier(noun(smsc.port, **settings), sleep=pauses.sleep)
        async with carrier_to(smsc.port, link=link) as bound:
            await bound.until(lambda: link.bound == 2)
            loop = asyncio.get_running_loop()
            began = loop.time()
            link.submit([dispatch_of(message(number)) for number in range(20)], bound.desk.settle)
            await bound.until(lambda: link.bound == 1)
            assert loop.time() - began < 2 * interval + 0.5
            outcomes = await bound.desk.wait(20)
            assert link.up
            unknown = [one for one in outcomes if isinstance(one, Unknown)]
            assert 1 <= len(unknown) <= 2  # no more than the window of the bind that died
            assert sum(isinstance(one, Taken) for one in outcomes) == 20 - len(unknown)


async def test_a_pair_sends_by_one_bind_and_hears_by_the_other() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port, bind="pair") as bound:
        await bound.until(lambda: bound.link.bound == 2)
        assert {type(pdu) for pdu in smsc.binds} == {smpp.BindTransmitter, smpp.BindReceiver}
        assert isinstance((await bound.outcomes(message()))[0], Taken)
        assert smsc.submitted[0][0].session.state is smpp.SessionState.BOUND_TX
        smsc.bring(smpp.DeliverSm(source_addr="46700000001", short_message=b"hi"))
        await bound.ear.until(lambda: len(bound.ear.arrived) == 1)


async def test_a_receiver_alone_is_not_up() -> None:
    def receivers_only(smsc: Smsc, connection: SmppConnection, pdu: smpp.Bind) -> None:
        if isinstance(pdu, smpp.BindReceiver):
            welcome(smsc, connection, pdu)
        else:
            connection.refuse(pdu, CommandStatus.RBINDFAIL)

    pauses = Pauses()
    async with running_smsc(on_bind=receivers_only) as smsc:
        link = SmppCarrier(noun(smsc.port, bind="pair"), sleep=pauses.sleep)
        async with carrier_to(smsc.port, link=link, wait=False) as bound:
            await bound.until(lambda: link.bound == 1)
            assert not link.up


async def test_data_sm_is_answered_in_its_own_kind() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port):
        smsc.bring(smpp.DataSm(tlvs=(smpp.tlv(smpp.Tag.MESSAGE_PAYLOAD, b"hi"),)))
        await smsc.until(lambda: len(smsc.responses) == 1)
        assert smsc.answers == [CommandStatus.ROK]
        assert isinstance(smsc.responses[0].response, smpp.DataSmResp)


async def test_the_bind_tells_what_the_settings_say() -> None:
    async with (
        running_smsc(version=0x50) as smsc,
        carrier_to(smsc.port, version="5.0", system_type="vma", binds="2") as bound,
    ):
        await bound.until(lambda: bound.link.bound == 2)
        assert [(pdu.interface_version, pdu.system_type) for pdu in smsc.binds] == [
            (0x50, "vma")
        ] * 2


async def test_stopping_unbinds() -> None:
    async with running_smsc() as smsc, carrier_to(smsc.port) as bound:
        connection = smsc.bound[0]
        await bound.link.stop()
        await connection.gone.wait()
        assert connection.ending == "unbound"


async def test_stopping_while_nobody_answers_ends_nevertheless() -> None:
    def silent(smsc: Smsc, connection: SmppConnection, pdu: smpp.Bind) -> None:
        """Says nothing."""

    async with (
        running_smsc(keep_silent, silent) as smsc,
        carrier_to(smsc.port, wait=False) as bound,
    ):
        await smsc.until(lambda: len(smsc.binds) == 1)
        await asyncio.wait_for(bound.link.stop(), 2)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, ssl.SSLContext]:
    """A self-signed certificate for 127.0.0.1: its file, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "smsc.pem"
    path.write_bytes(
        made.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return str(path), context


async def test_tls_speaks_to_an_smsc_whose_certificate_is_trusted(
    certificate: tuple[str, ssl.SSLContext],
) -> None:
    path, context = certificate
    async with (
        running_smsc(tls=context) as smsc,
        carrier_to(smsc.port, tls="yes", tls_ca=path) as bound,
    ):
        assert isinstance((await bound.outcomes(message()))[0], Taken)


async def test_tls_does_not_give_the_password_to_a_stranger(
    certificate: tuple[str, ssl.SSLContext],
) -> None:
    _, context = certificate
    pauses = Pauses()
    async with running_smsc(tls=context) as smsc:
        link = SmppCarrier(noun(smsc.port, tls="yes"), sleep=pauses.sleep)
        async with carrier_to(smsc.port, link=link, wait=False):
            await pauses.until(lambda: len(pauses.seconds) == 1)
            assert smsc.binds == []


async def test_unverified_tls_is_possible_where_the_operator_says_so(
    certificate: tuple[str, ssl.SSLContext],
) -> None:
    _, context = certificate
    async with running_smsc(tls=context) as smsc, carrier_to(smsc.port, tls="unverified") as bound:
        assert bound.link.up
