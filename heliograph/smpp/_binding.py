"""What a bind settles between two sessions beside their state: the version that is spoken, and what waits
until it is answered.

An ESME may write its bind and its first messages at once; they reach the SMSC in one read, before anybody
has looked at the bind. Such requests are neither refused nor told of before the bind has its answer.
"""

from collections import deque
from typing import Final

import msgspec

from heliograph.smpp._errors import AnswerableError
from heliograph.smpp._pdus import Bind, BindResp, Request, Response
from heliograph.smpp._states import SessionState
from heliograph.smpp._status import CommandStatus
from heliograph.smpp._tlvs import Tag, tlv

__all__ = ["Held", "not_allowed", "told_version", "versioned"]

_MOST_HELD: Final = 1000


class Held:
    """Requests that followed a bind before its answer, in their order; so many and no more."""

    __slots__ = ("_requests",)

    def __init__(self) -> None:
        self._requests: deque[Request] = deque()

    def __len__(self) -> int:
        return len(self._requests)

    def keep(self, pdu: Request) -> bool:
        """Keep one for later; False for another bind, and beyond the limit."""
        if isinstance(pdu, Bind) or len(self._requests) >= _MOST_HELD:
            return False
        self._requests.append(pdu)
        return True

    def next(self) -> Request:
        """The first of them, once."""
        return self._requests.popleft()


def told_version(pdu: Bind) -> int:
    """The version that an ESME speaks: 0x00 to 0x33 all mean 3.3 (5.0, 4.7.13), without TLVs and with a
    body in every error."""
    return pdu.interface_version if pdu.interface_version >= 0x34 else 0x33


def versioned(response: Response, own_version: int, *, allows_tlvs: bool) -> Response:
    """A bind's answer, which tells our version when it is a yes to a peer that knows TLVs."""
    if not allows_tlvs:
        return msgspec.structs.replace(response, tlvs=())
    accepted = response.command_status == 0 and isinstance(response, BindResp)
    if accepted and response.tlv(Tag.SC_INTERFACE_VERSION) is None:
        told = tlv(Tag.SC_INTERFACE_VERSION, own_version)
        return msgspec.structs.replace(response, tlvs=(*response.tlvs, told))
    return response


def not_allowed(pdu: Request, state: SessionState, status: CommandStatus) -> AnswerableError:
    """What is wrong with a request that does not belong in this state."""
    return AnswerableError(
        f"{pdu.NAME} is not allowed in the state {state.value}",
        command_status=status,
        command_id=pdu.COMMAND_ID,
        sequence_number=pdu.sequence_number,
    )
