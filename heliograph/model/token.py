"""Tokens of sessions and one-time links: made at random, handed out once, known again by a hash.

Each purpose hashes under its own key, so that a token opens nothing but what it was made for, and a copy
of the database opens nothing at all.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

__all__ = [
    "RECOVERY_BYTES",
    "TOKEN_BYTES",
    "csrf_of",
    "hash_link",
    "hash_recovery_code",
    "hash_session",
    "is_csrf",
    "make_recovery_code",
    "make_token",
]

TOKEN_BYTES: Final = 32
RECOVERY_BYTES: Final = 10
"""80 bits in a recovery code."""
_LONGEST: Final = 256


def make_token(random_bytes: bytes) -> str:
    """43 characters of base64url for 32 bytes."""
    return base64.urlsafe_b64encode(random_bytes).rstrip(b"=").decode("ascii")


def hash_session(server_key: bytes, token: str) -> bytes:
    """By what the session of a token is found."""
    return _hash(server_key, token, b"hg session")


def hash_link(server_key: bytes, token: str) -> bytes:
    """By what the one-time link of a token is found."""
    return _hash(server_key, token, b"hg link")


def csrf_of(server_key: bytes, token: str) -> str:
    """What a page proves by that it is ours: an HMAC of the session, which only the session's own answers
    tell, and no cookie does."""
    return _hash(server_key, token, b"hg csrf").hex()


def is_csrf(server_key: bytes, token: str, given: str) -> bool:
    """Whether it is the session's, in the same time for every wrong one."""
    return hmac.compare_digest(
        csrf_of(server_key, token).encode(), given.encode("utf-8", "replace")
    )


def make_recovery_code(random_bytes: bytes) -> str:
    """`ABCD-EFGH-IJKL-MNOP` for 10 bytes (base32)."""
    text = base64.b32encode(random_bytes).decode("ascii")
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def hash_recovery_code(server_key: bytes, account_id: int, person_id: int, code: str) -> bytes:
    """By what a recovery code is known, however it was typed."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return _hash(server_key, f"{account_id} {person_id} {plain}", b"hg recovery")


def _hash(server_key: bytes, text: str, purpose: bytes) -> bytes:
    content = text[:_LONGEST].encode("utf-8", "replace")
    return hashlib.blake2b(content, key=server_key, digest_size=32, person=purpose).digest()
