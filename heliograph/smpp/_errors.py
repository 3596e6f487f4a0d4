"""What can go wrong on an SMPP link, as one small tree. Whose fault it is, and whether the link can go on:

    SmppError
    ├── LocalProtocolError      we were asked to write something SMPP cannot carry
    └── RemoteProtocolError     the peer wrote something SMPP does not allow
        ├── AnswerableError     one PDU is bad: answer it with its status, keep the session
        └── FatalError          the stream is lost: answer if possible, then close

Nothing here writes an answer: an error only carries what an answer needs.
"""

from typing import Final

__all__ = [
    "AnswerableError",
    "FatalError",
    "LocalProtocolError",
    "RemoteProtocolError",
    "SmppError",
]

RESPONSE_BIT: Final = 0x80000000


class SmppError(Exception):
    """The root of everything this library raises."""


class LocalProtocolError(SmppError):
    """A value given by our own side does not fit the field it is for."""


class RemoteProtocolError(SmppError):
    """The peer's octets break the protocol.

    `command_status` is the polite answer; `command_id` and `sequence_number` are the header of the
    offending PDU, 0 where it could not be read.
    """

    def __init__(
        self,
        sentence: str,
        *,
        command_status: int,
        command_id: int = 0,
        sequence_number: int = 0,
    ) -> None:
        super().__init__(sentence)
        self.command_status = command_status
        self.command_id = command_id
        self.sequence_number = sequence_number


class AnswerableError(RemoteProtocolError):
    """One PDU cannot be understood; the boundaries of the next are known, so the session goes on."""


class FatalError(RemoteProtocolError):
    """The octet stream cannot be cut into PDUs any more; the connection must be closed."""
