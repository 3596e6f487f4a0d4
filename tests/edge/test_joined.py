"""Head and body of an answer go out in one write; nothing is held back, reordered, or written to the gone."""

from __future__ import annotations

import asyncio
from typing import cast

from heliograph.edge._joined import joined


class _Socket(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closing
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True


def _joined(socket: _Socket) -> asyncio.Transport:
    return joined(cast(asyncio.BaseTransport, socket), asyncio.get_running_loop())


async def test_head_and_body_go_out_together_and_at_once() -> None:
    socket = _Socket()
    transport = _joined(socket)
    for piece in (b"head", b"body", b"next head", b"next body"):
        transport.write(piece)
    assert socket.written == [b"headbody", b"next headnext body"]
    await asyncio.sleep(0)
    assert len(socket.written) == 2


async def test_a_head_alone_goes_out_with_the_next_turn_of_the_loop() -> None:
    socket = _Socket()
    transport = _joined(socket)
    transport.write(b"head")
    assert socket.written == []
    await asyncio.sleep(0)
    assert socket.written == [b"head"]
    transport.write(b"event")
    await asyncio.sleep(0)
    assert socket.written == [b"head", b"event"]


async def test_closing_writes_what_is_held_and_the_gone_are_not_written_to() -> None:
    socket = _Socket()
    transport = _joined(socket)
    transport.write(b"last")
    transport.close()
    assert (socket.written, transport.is_closing()) == ([b"last"], True)
    gone = _Socket()
    _joined(gone).write(b"head")
    gone.closing = True
    await asyncio.sleep(0)
    assert gone.written == []
