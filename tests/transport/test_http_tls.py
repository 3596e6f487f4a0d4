"""The pump over TLS: which certificates it trusts and what name it asks for."""

import datetime
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from heliograph.transport import CallError, CallResult, HttpCaller, OutgoingCall
from tests.transport.conftest import LOOPBACK, OK, ScriptedNames, Serve


class Identity(NamedTuple):
    """A self-signed certificate on disk and a server's context that presents it."""

    certificate: Path
    server: ssl.SSLContext


IdentityOf = Callable[[str], Identity]


@pytest.fixture
def identity_of(tmp_path: Path) -> IdentityOf:
    def make(host: str) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        certificate_path, key_path = tmp_path / f"{host}.crt", tmp_path / f"{host}.key"
        certificate_path.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate_path, key_path)
        return Identity(certificate_path, context)

    return make


async def called(url: str, tls: ssl.SSLContext | None) -> CallResult:
    names = ScriptedNames(hook_example=[["127.0.0.1"]])
    caller = HttpCaller(policy=LOOPBACK, names=names, tls=tls)
    await caller.start()
    result = await caller.call(OutgoingCall(method="POST", url=url, body=b"{}"))
    await caller.stop()
    return result


async def test_the_checked_address_is_asked_for_the_name_of_the_url(
    serve: Serve, identity_of: IdentityOf
) -> None:
    identity = identity_of("hook.example")
    asked: list[str | None] = []

    def note_name(_socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        asked.append(name)

    identity.server.sni_callback = note_name
    peer = await serve(OK, tls=identity.server)
    trusting = ssl.create_default_context(cafile=str(identity.certificate))
    result = await called(peer.url(host="hook.example", scheme="https"), trusting)
    assert result.is_success
    assert asked == ["hook.example"]
    assert b"host: hook.example:%d" % peer.port in peer.requests[0].lower()


async def test_a_self_signed_certificate_is_not_trusted(
    serve: Serve, identity_of: IdentityOf
) -> None:
    peer = await serve(OK, tls=identity_of("hook.example").server)
    result = await called(peer.url(host="hook.example", scheme="https"), None)
    assert (result.status, result.error) == (None, CallError.TLS)
    assert "self-signed certificate" in result.sentence
    assert CallError.TLS.surely_unsent
    assert peer.requests == []


async def test_a_certificate_for_another_name_is_not_trusted(
    serve: Serve, identity_of: IdentityOf
) -> None:
    identity = identity_of("other.example")
    peer = await serve(OK, tls=identity.server)
    trusting = ssl.create_default_context(cafile=str(identity.certificate))
    result = await called(peer.url(host="hook.example", scheme="https"), trusting)
    assert result.error is CallError.TLS
    assert "hook.example" in result.sentence
    assert peer.requests == []


async def test_a_peer_that_does_not_speak_tls_is_a_tls_error(serve: Serve) -> None:
    async def plain(peer: object, reader: object, writer: object) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")  # type: ignore[attr-defined]

    peer = await serve(plain)
    result = await called(peer.url(host="hook.example", scheme="https"), None)
    assert result.error is CallError.TLS
