"""A file that somebody brought, or the part of one: read by places, however large, after its owner has
closed it."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Octets", "octets_of"]


class Octets(io.RawIOBase):
    """Octets `start` to `end` of a file. Has a descriptor of its own, and a place of its own."""

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        super().__init__()
        self._descriptor: int | None = descriptor
        self._start = start
        self.size = max(0, end - start)
        self.place = 0
        self._lock = threading.Lock()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """The next octets; 0 at the end."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self.size - self.place)
        if wanted <= 0:
            return 0
        with self._lock:
            if self._descriptor is None:
                raise ValueError("read of closed octets")
            read = os.pread(self._descriptor, wanted, self._start + self.place)
        view[: len(read)] = read
        self.place += len(read)
        return len(read)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Another place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        self.place = max(0, base + offset)
        return self.place

    def tell(self) -> int:
        """The place."""
        return self.place

    def close(self) -> None:
        """Give the descriptor back, once: a reader that is collected in its thread closes as well, and
        by then the number may be another file's."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
        super().close()


def octets_of(file: BinaryIO, start: int = 0, end: int | None = None) -> Octets:
    """A part of a file; one that is only in memory is put into a file without a name first."""
    try:
        file.flush()
        descriptor = os.dup(file.fileno())
    except (OSError, ValueError):
        file.seek(0)
        with tempfile.TemporaryFile() as nameless:
            descriptor = os.dup(nameless.fileno())
        whole = memoryview(file.read())
        while whole:
            whole = whole[os.write(descriptor, whole) :]
    size = os.fstat(descriptor).st_size
    return Octets(descriptor, start, size if end is None else min(end, size))
