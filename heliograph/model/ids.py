"""Message ids: 64-bit integers ordered by time, made without asking the database, and their sealed form.

An id is `milliseconds since EPOCH (41 bits) | node (10 bits) | sequence (12 bits)`. It must never be
shown as it is: `seal` permutes it under a key that belongs to one account, so that what customers see
reveals neither volume nor time and opens nowhere but in that account. Dialects render the sealed
number in their own alphabet. Pure: the clock comes in as an argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
EPOCH_MS = int(EPOCH.timestamp() * 1000)
NODES = 1 << 10
_SEQUENCES = 1 << 12
_TIME_SHIFT = 22
_HALF = 0xFFFFFFFF
_ROUNDS = tuple(bytes([number]) for number in range(4))
_KEYS_KEPT = 1024
_MOST_TURNS = 64


class IdMaker:
    """Makes ids for one node; strictly increasing, also when the clock stands still or steps back.

    When a millisecond's 4,096 sequence numbers are used up, the next millisecond is borrowed, so a
    burst of a million ids runs about a quarter of a second ahead of the clock and no id repeats.
    """

    __slots__ = ("_clock_ms", "_last", "_node")

    def __init__(self, node: int, clock_ms: Callable[[], int]) -> None:
        if not 0 <= node < NODES:
            raise ValueError(f"node {node} is outside 0..{NODES - 1}")
        self._node = node << 12
        self._clock_ms = clock_ms
        self._last = 0  # milliseconds and sequence, without the node

    def next(self) -> int:
        """One new id."""
        last = max(self._last + 1, (self._clock_ms() - EPOCH_MS) << 12)
        self._last = last
        return (last >> 12) << _TIME_SHIFT | self._node | (last & (_SEQUENCES - 1))

    def take(self, count: int) -> list[int]:
        """So many new ids at once."""
        first = max(self._last + 1, (self._clock_ms() - EPOCH_MS) << 12)
        self._last = max(self._last, first + count - 1)
        return [
            (last >> 12) << _TIME_SHIFT | self._node | (last & (_SEQUENCES - 1))
            for last in range(first, first + count)
        ]


def id_at(moment: datetime) -> int:
    """The smallest id that can be made at `moment`; used as a bound for partitions and searches."""
    return max(0, (moment - EPOCH) // timedelta(milliseconds=1)) << _TIME_SHIFT


def node_of(number: int) -> int:
    """Which node made the id."""
    return number >> 12 & NODES - 1


def made_at(number: int) -> datetime:
    """When the id was made, to the millisecond, in UTC."""
    return EPOCH + timedelta(milliseconds=number >> _TIME_SHIFT)


def account_key(server_key: bytes, account_id: int) -> bytes:
    """The key under which an account's ids are sealed; derived, never stored."""
    return hashlib.blake2b(account_id.to_bytes(8, "big"), key=server_key, digest_size=32).digest()


@lru_cache(maxsize=_KEYS_KEPT)
def _begun(key: bytes) -> tuple[Callable[[], hashlib.blake2b], ...]:
    """Makers of each round's hash, which knows key and round already; a copy costs half of a new one."""
    return tuple(hashlib.blake2b(turn, key=key, digest_size=4).copy for turn in _ROUNDS)


def _round(begun: hashlib.blake2b, half: int) -> int:
    begun.update(half.to_bytes(4, "big"))
    return int.from_bytes(begun.digest(), "big")


@lru_cache(
    maxsize=32_768
)  # one id is shown several times within a second: answer, events, receipts
def seal(key: bytes, number: int) -> int:
    """Permute a 64-bit id under an account's key (four Feistel rounds over keyed BLAKE2b)."""
    left, right = number >> 32, number & _HALF
    for begin in _begun(key):
        left, right = right, left ^ _round(begin(), right)
    return left << 32 | right


def unseal(key: bytes, sealed: int) -> int:
    """The inverse of `seal`. A number that was never sealed opens to some id that does not exist."""
    left, right = sealed >> 32, sealed & _HALF
    for begin in reversed(_begun(key)):
        left, right = right ^ _round(begin(), left), left
    return left << 32 | right


def seal_signed(key: bytes, number: int) -> int:
    """As `seal`, but below 2^63, for customers who keep ids as signed integers of 64 bits.

    Sealing is repeated until it gets there (cycle walking); half of all seals need no second turn.
    """
    sealed = seal(key, number)
    while sealed >> 63:
        sealed = seal(key, sealed)
    return sealed


def open_sealed(key: bytes, sealed: int) -> int:
    """Our id for a number that `seal` or `seal_signed` gave out; ids are below 2^63, seals in between not.

    A number that was never sealed opens to some id that does not exist.
    """
    number = unseal(key, sealed)
    for _ in range(_MOST_TURNS):
        if number >> 63 == 0:
            return number
        number = unseal(key, number)
    return 0


def seal_tag(key: bytes, sealed: int) -> int:
    """64 further bits, for renderings that are wider than the sealed number (UUID, 32 hex digits)."""
    digest = hashlib.blake2b(b"tag" + sealed.to_bytes(8, "big"), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big")
