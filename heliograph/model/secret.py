"""Secrets: how keys are made, how a credential is remembered without its secret, what is sealed at rest.

A credential's secret is kept only as a hash under the server key, so that a copy of the database opens
no door. What must be read again (webhook secrets, passwords of carriers) is sealed by AES-256-GCM under
a key derived from the server key. Losing the server key loses all of them. This module must never log
or return a secret it was not asked for, and never fall back to a weaker form.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from heliograph.model.account import Mode

__all__ = [
    "KEY_BYTES",
    "PASSWORD_BYTES",
    "SERVER_KEY_BYTES",
    "SealError",
    "Vault",
    "hash_secret",
    "hint_of",
    "hook_token",
    "key_mark",
    "make_key",
    "make_password",
]

PASSWORD_BYTES: Final = 6
KEY_BYTES: Final = 20
"""Random bytes in a key: 160 bits."""
SERVER_KEY_BYTES: Final = 32

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NONCE_BYTES: Final = 12  # NIST SP 800-38D, 5.2.1.1
_VERSION: Final = b"\x01"
# A hint of a short secret would give away too much of it.
_HINTED_CHARACTERS: Final = 16


class SealError(Exception):
    """What was sealed cannot be opened: another server key, or the bytes were changed."""


def make_password(random_bytes: bytes) -> str:
    """Eight characters, all that SMPP has room for: 48 bits, base64url. Guard it by allowed networks."""
    return base64.urlsafe_b64encode(random_bytes).decode("ascii")


def make_key(mode: Mode, random_bytes: bytes) -> str:
    """`hg_live_…` or `hg_test_…` with the bytes in base 62.

    `random_bytes`: at least 20 from a cryptographic source; ValueError for fewer.
    """
    if len(random_bytes) < KEY_BYTES:
        raise ValueError(f"a key is made of at least {KEY_BYTES} random bytes")
    number = int.from_bytes(random_bytes, "big")
    digits = []
    # log(256) / log(62) = 1.3436: as many digits as the largest number needs, so that all keys of
    # one size have one length.
    for _ in range(len(random_bytes) * 13437 // 10000 + 1):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return f"hg_{mode.value}_{''.join(reversed(digits))}"


def hash_secret(server_key: bytes, dialect: str, name: str, secret: str) -> bytes:
    """The 32 bytes by which a credential is found and known; BLAKE2b under the server key.

    E-mail addresses are compared without regard to case, as people type them; other names exactly.
    """
    named = name.strip().lower() if "@" in name else name
    hashed = _credential_hash(server_key).copy()
    for field in (dialect, named, secret):
        octets = field.encode("utf-8", "surrogatepass")
        # Lengths first: ("ab", "c") and ("a", "bc") must not meet.
        hashed.update(len(octets).to_bytes(4, "big") + octets)
    return hashed.digest()


@lru_cache(maxsize=4)
def _credential_hash(server_key: bytes) -> hashlib.blake2b:
    """The hash before its content, which every request needs: to copy it is cheaper than to key it."""
    return hashlib.blake2b(key=server_key, digest_size=32, person=b"hg credential")


def key_mark(server_key: bytes) -> bytes:
    """Tells one server key from another without telling anything of it."""
    return hashlib.blake2b(b"heliograph key mark", key=server_key, digest_size=16).digest()


def hook_token(server_key: bytes, carrier_id: int) -> str:
    """What makes the URL that a carrier calls us by a secret: 128 bits in hexadecimal, derived, never
    stored, so the same in every process."""
    content = carrier_id.to_bytes(8, "big")
    return hashlib.blake2b(
        content, key=server_key, digest_size=16, person=b"hg carrier hook"
    ).hexdigest()


def hint_of(secret: str) -> str:
    """The last four characters; nothing for a secret so short that they would help a guess."""
    return secret[-4:] if len(secret) >= _HINTED_CHARACTERS else ""


class Vault:
    """Seals and opens what is secret at rest, under a key derived from the server key (RFC 5869)."""

    __slots__ = ("_cipher", "_random_bytes")

    def __init__(
        self, server_key: bytes, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        """`random_bytes(n)` gives n bytes from a cryptographic source; never the same nonce twice."""
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"heliograph vault 1")
        self._cipher = AESGCM(derive.derive(server_key))
        self._random_bytes = random_bytes

    def seal(self, plain: bytes) -> bytes:
        """Version, nonce, ciphertext and tag: 29 bytes more than `plain`."""
        nonce = self._random_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, _VERSION)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Raises SealError."""
        nonce = sealed[1 : 1 + _NONCE_BYTES]
        if sealed[:1] != _VERSION or len(nonce) < _NONCE_BYTES:
            raise SealError("a stored secret has a form that this release does not know")
        try:
            return self._cipher.decrypt(nonce, sealed[1 + _NONCE_BYTES :], _VERSION)
        except InvalidTag:
            raise SealError(
                "a stored secret does not open with this server key:"
                " start with the server_key that this database was made with"
            ) from None
