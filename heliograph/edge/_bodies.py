"""Reads request bodies within a limit of size and time, into memory or into a file.

A body is never kept beyond its limit. What comes after it is read and dropped for a while, since a
client that is still sending would otherwise be cut off before it can read the refusal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from heliograph.edge._asgi import Message, Receive

__all__ = ["Broken", "Spool", "read_body", "read_spool"]

PART_SECONDS: Final = 60.0
_DROPPED_MAX_BYTES: Final = 32 * 1024 * 1024
_IN_MEMORY_BYTES: Final = 256 * 1024


class Broken(Enum):
    """Why there is no body."""

    GONE = "gone"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"


Spool = BinaryIO
Keep = Callable[[bytes], object]


async def read_body(
    receive: Receive, limit_bytes: int, part_seconds: float = PART_SECONDS
) -> bytes | Broken:
    """The whole body; nearly always it is there already, with the request's first octets.

    `part_seconds` is how long a later part may take to come.
    """
    message = await receive()
    if message["type"] != "http.request":
        return Broken.GONE
    body: bytes = message["body"]
    if not message["more_body"]:
        return body if len(body) <= limit_bytes else Broken.TOO_LARGE
    whole = bytearray(body)
    broken = await _feed(receive, message, limit_bytes, part_seconds, whole.extend)
    return bytes(whole) if broken is None else broken


async def read_spool(
    receive: Receive, limit_bytes: int, part_seconds: float = PART_SECONDS
) -> Spool | Broken:
    """The whole body as a file at its beginning, which the caller closes."""
    spool = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 (the caller closes it)
    message = await receive()
    broken: Broken | None = Broken.GONE
    if message["type"] == "http.request":
        spool.write(message["body"])
        if len(message["body"]) > limit_bytes:
            broken = Broken.TOO_LARGE
        elif not message["more_body"]:
            broken = None
        else:
            broken = await _feed(receive, message, limit_bytes, part_seconds, spool.write)
    if broken is None:
        spool.seek(0)
        return cast(Spool, spool)
    spool.close()
    return broken


async def _feed(
    receive: Receive, first: Message, limit_bytes: int, part_seconds: float, keep: Keep
) -> Broken | None:
    """Hands on what comes after the first part; None when all came within the limit.

    The time runs anew with each part, so that a large body may take long but no part may.
    """
    total, more = len(first["body"]), True
    while more:
        try:
            async with asyncio.timeout(part_seconds):
                message = await receive()
        except TimeoutError:
            return Broken.TOO_SLOW
        if message["type"] != "http.request":
            return Broken.GONE
        total, more = total + len(message["body"]), message["more_body"]
        if total <= limit_bytes:
            keep(message["body"])
        elif total > limit_bytes + _DROPPED_MAX_BYTES:
            return Broken.TOO_LARGE
    return None if total <= limit_bytes else Broken.TOO_LARGE
