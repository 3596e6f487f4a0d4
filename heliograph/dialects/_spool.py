"""Large bodies: octets to search in, whether they came whole or lie in a file."""

from __future__ import annotations

import mmap
from typing import BinaryIO

from heliograph.dialects._shape import HttpRequest

__all__ = ["Octets", "octets_of"]

Octets = bytes | mmap.mmap


def octets_of(request: HttpRequest) -> Octets:
    """The body, as a map of its file where it was spooled."""
    if request.spool is None:
        return request.body
    return _mapped(request.spool)


def _mapped(spool: BinaryIO) -> Octets:
    spool.flush()
    try:
        return mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # a file in memory, or an empty one
        spool.seek(0)
        return spool.read()
