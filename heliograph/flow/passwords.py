"""Passwords as argon2id hashes (RFC 9106), made and compared off the event loop, a few at a time.

Each takes a tenth of a second and 64 MiB, so that guessing is dear; and so is being asked, therefore no more
than a few run at once, and beyond a queue callers are told to come again. A password that does not
exist is compared as well, with a hash that nothing fits, so that time does not tell who exists.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from heliograph.flow.fields import invalid
from heliograph.model.refusal import Refusal, Refused

__all__ = ["Passwords", "password_fault"]

AT_ONCE: Final = 2
MOST_WAITING: Final = 64
SHORTEST: Final = 12
LONGEST: Final = 200
_FEWEST_DIFFERENT: Final = 5
_BUSY: Final = Refused(refusal=Refusal.UNAVAILABLE, retry_after_seconds=5)
_T = TypeVar("_T")


def password_fault(field: str, password: str, *known: str) -> Refused | None:
    """Why it cannot be a password (NIST SP 800-63B, 5.1.1.2: length, no rules of composition); `known` are
    words that it must not be."""
    if not SHORTEST <= len(password) <= LONGEST:
        return invalid(field, f"A password has {SHORTEST} to {LONGEST} characters.")
    if len(set(password)) < _FEWEST_DIFFERENT:
        return invalid(field, f"A password has {_FEWEST_DIFFERENT} different characters at least.")
    if password.casefold() in {word.casefold() for word in known}:
        return invalid(field, "A password is not one's e-mail address or name.")
    return None


class Passwords:
    """Hashes and compares. `hasher` has the parameters; by default those of RFC 9106, section 4, for little
    memory."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nothing: str | None = None

    async def hash(self, password: str) -> str | Refused:
        """The hash to keep, with its parameters and salt; a refusal when too many ask at once."""
        return await self._run(lambda: self._hasher.hash(_plain(password)))

    async def fits(self, kept: str | None, password: str) -> bool | Refused:
        """Whether it is the password of a hash; None is the hash of nobody."""
        return await self._run(lambda: self._fits(kept, password))

    def stale(self, kept: str) -> bool:
        """Whether a hash has other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    def _fits(self, kept: str | None, password: str) -> bool:
        if kept is None:
            if self._nothing is None:
                self._nothing = self._hasher.hash("nobody's")
            self._compare(self._nothing, password)
            return False
        return self._compare(kept, password)

    def _compare(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, _plain(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], _T]) -> _T | Refused:
        if self._waiting >= MOST_WAITING:
            return _BUSY
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _plain(password: str) -> bytes:
    """The same octets however a keyboard composed the letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
