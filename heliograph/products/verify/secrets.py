"""Codes as they are made, remembered and compared.

A code is drawn from the account's key and the verification's id: nobody without the server key can tell
one, not even from all that came before, and it can be sent again without being kept. What is kept is a
keyed hash, salted by the id. Nothing here may be logged.
"""

from __future__ import annotations

import hashlib
import hmac
from itertools import count

__all__ = ["hash_code", "is_code", "key_word", "make_code"]

_SALT_BYTES = 16
_BLOCK_BYTES = 64


def make_code(key: bytes, verification_id: int, length: int, alphabet: str) -> str:
    """The code of a verification; every character of the alphabet is equally likely at every place."""
    size = len(alphabet)
    even = 256 // size * size  # octets from here on would make some characters likelier
    found: list[str] = []
    for block in count():
        content = verification_id.to_bytes(8, "big") + block.to_bytes(4, "big")
        octets = hashlib.blake2b(content, key=key, digest_size=_BLOCK_BYTES, person=b"hg otp code")
        found += [alphabet[octet % size] for octet in octets.digest() if octet < even]
        if len(found) >= length:
            break
    return "".join(found[:length])


def hash_code(key: bytes, verification_id: int, code: str) -> bytes:
    """32 bytes that tell whether a code is the one; worth nothing without the account's key."""
    return hashlib.blake2b(
        code.encode("utf-8", "surrogatepass"),
        key=key,
        salt=verification_id.to_bytes(_SALT_BYTES, "big"),
        person=b"hg otp hash",
        digest_size=32,
    ).digest()


def is_code(key: bytes, verification_id: int, code: str, code_hash: bytes) -> bool:
    """Compares in a time that says nothing of how much was right."""
    return hmac.compare_digest(hash_code(key, verification_id, code), code_hash)


def key_word(key: bytes, text: str) -> str:
    """A caller-given key (an address, a device) as it is counted by: keyed, so that none is kept."""
    octets = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(octets, key=key, person=b"hg otp key", digest_size=12).hexdigest()
