"""The network's memory on disk: an append-only file of JSON lines that survives our process.

A real SMSC outlives its clients, so a simulated one must too: submissions, and what of their receipts
has been acknowledged, are written before anyone is told, one write for a batch. There is no fsync: the
file survives kill -9 of the process, not a power cut of the machine. One process at a time holds a
journal. It must never accept a line that it cannot read, except a torn last one, which it cuts off.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.simulator.handset import Parcel


class JournalError(Exception):
    """The journal cannot be read or written, or another process holds it."""


class ReceiptToCome(msgspec.Struct, frozen=True, array_like=True):
    """A receipt that the network owes, or a landing that it tells nobody about."""

    due: float
    """Seconds since the epoch."""
    number: int
    carrier_message_id: str
    status: Status
    reason: Reason
    heard: bool
    """False: the receipt is lost on the way."""
    parcel: Parcel | None
    """What lands on the handset at that moment."""


class ArrivalToCome(msgspec.Struct, frozen=True, array_like=True):
    """A message from a handset that is still to be handed over."""

    due: float
    number: int
    sender: str
    recipient: str
    text: str
    body: bytes | None


class Submitted(msgspec.Struct, frozen=True, array_like=True, tag="S"):
    """The network saw a submission, whatever it answered."""

    message_id: int
    recipient: str
    last_id: int
    """The last carrier message id in use, as a number."""
    receipts: Sequence[ReceiptToCome]
    arrivals: Sequence[ArrivalToCome]


class Uttered(msgspec.Struct, frozen=True, array_like=True, tag="U"):
    """A handset sent a message of its own accord."""

    arrival: ArrivalToCome


class Acknowledged(msgspec.Struct, frozen=True, array_like=True, tag="A"):
    """These receipts and arrivals are done with."""

    numbers: Sequence[int]


class Compacted(msgspec.Struct, frozen=True, array_like=True, tag="C"):
    """Everything before this line, without the handsets' displays."""

    last_id: int
    last_number: int
    messages: Sequence[tuple[int, int]]
    recipients: Sequence[tuple[str, int]]
    receipts: Sequence[ReceiptToCome]
    arrivals: Sequence[ArrivalToCome]


Entry = Submitted | Uttered | Acknowledged | Compacted

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


class Journal:
    """One file of entries."""

    __slots__ = ("_fd", "_path", "_size")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._size = 0

    @property
    def size_bytes(self) -> int:
        """How much is written."""
        return self._size

    def open(self) -> None:
        """Take hold of the file. Raises JournalError; idempotent."""
        if self._fd >= 0:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = _locked(self._path)
            self._size = os.fstat(self._fd).st_size
        except OSError as error:
            raise JournalError(f"cannot hold the journal {self._path}: {error}") from error

    def replay(self) -> Iterator[Entry]:
        """Every entry so far, in order. Call it after `open`, and to its end before `append`."""
        end = 0
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    break
                try:
                    yield _DECODER.decode(line)
                except msgspec.DecodeError as error:
                    raise JournalError(f"{self._path} line {number}: {error}") from error
                end += len(line)
        self._cut(end)

    def append(self, entries: Iterable[Entry]) -> None:
        """Write a batch. Raises JournalError, and then nothing of the batch is kept."""
        data = _ENCODER.encode_lines(entries)
        try:
            _write(self._fd, data)
        except OSError as error:
            self._cut(self._size)
            raise JournalError(f"cannot write {self._path}: {error}") from error
        self._size += len(data)

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Put these entries in place of all others, or leave the file as it is."""
        draft = self._path.with_name(self._path.name + ".new")
        data = _ENCODER.encode_lines(entries)
        fd = -1
        try:
            draft.unlink(missing_ok=True)
            fd = _locked(draft)
            _write(fd, data)
            draft.replace(self._path)
        except OSError as error:
            if fd >= 0:
                os.close(fd)
            raise JournalError(f"cannot compact {self._path}: {error}") from error
        os.close(self._fd)
        self._fd, self._size = fd, len(data)

    def close(self) -> None:
        """Let go of the file. Idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _cut(self, size: int) -> None:
        try:
            os.ftruncate(self._fd, size)
        except OSError as error:
            raise JournalError(f"cannot cut {self._path}: {error}") from error
        self._size = size


def _locked(path: Path) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
