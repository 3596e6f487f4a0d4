"""Requests to submit, put together to what a network takes: parts to messages, one to many to each.

Parts of one message become one submission to the network, so that a long message lands whole on its
handset and its parts share one fate. Nothing here answers anybody; a request that cannot be read raises
the answer it deserves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, Protocol

import msgspec

from heliograph.model.account import TrafficClass
from heliograph.model.message import Encoding, Message
from heliograph.model.report import Dispatch
from heliograph.simulator._smsc_text import read_content
from heliograph.simulator.faults import Act, FaultDice
from heliograph.simulator.network import Network
from heliograph.smpp import (
    AnswerableError,
    CommandStatus,
    Complete,
    DataSm,
    GivenUp,
    Part,
    PartKey,
    Reassembler,
    Response,
    SubmitMulti,
    SubmitSm,
    Tag,
    find_tlv,
    has_udh,
    message_octets,
    read_part,
)

HOLD_SECONDS: Final = 0.03
"""How long a part waits for the others before it is answered on its own."""
MESSAGE_TAG: Final = 0x3F01
"""A TLV of ours: the sender's own id of the message, 8 octets, and which attempt of his, 2 octets."""

_FAR: Final = datetime(2100, 1, 1, tzinfo=UTC)

Submission = SubmitSm | DataSm | SubmitMulti


class Answerer(Protocol):
    """Who carries an answer to whoever asked."""

    def answer(self, asked: Asked, response: Response, dice: FaultDice) -> None:
        """Answer, or spoil the answer as `asked.act` says."""


class Asked:
    """One request to submit, and what has become of it."""

    __slots__ = ("act", "answered", "pdu", "peer", "system_id", "told")

    def __init__(self, peer: Answerer, system_id: str, pdu: Submission) -> None:
        self.peer = peer
        self.system_id = system_id
        self.pdu = pdu
        self.act: Act | None = None
        self.answered = False
        """Whether its answer is decided."""
        self.told = ""
        """The SMSC's own id that it was answered with."""


class Bundle(msgspec.Struct, frozen=True, gc=False):
    """Requests that are one message to the network, or one request that is several."""

    asked: Sequence[Asked]
    dispatches: Sequence[Dispatch]


class Bundler:
    """Makes bundles; keeps parts until the others are here."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._parts: Reassembler[Asked] = Reassembler()
        self._held: deque[tuple[float, Asked]] = deque()

    @property
    def next_deadline(self) -> float | None:
        """When `late` or `given_up` will have something; None when nothing waits."""
        incomplete = self._parts.next_deadline
        if not self._held:
            return incomplete
        return self._held[0][0] if incomplete is None else min(self._held[0][0], incomplete)

    def late(self, now: float) -> list[Asked]:
        """Parts that have waited long enough for the others and are not answered."""
        late: list[Asked] = []
        while self._held and self._held[0][0] <= now:
            _, asked = self._held.popleft()
            if not asked.answered:
                late.append(asked)
        return late

    def given_up(self, now: float) -> list[GivenUp[Asked]]:
        """Messages whose other parts never came."""
        return self._parts.tick(now)

    def bundle(self, asked: Asked, now: float) -> Bundle | None:
        """The request as a message of the network's; None while parts are missing."""
        pdu = asked.pdu
        if pdu.tlvs or has_udh(pdu.esm_class):
            part = read_part(pdu)
            if part is not None:
                return self._add_part(asked, part, now)
        if isinstance(pdu, SubmitMulti):
            return self._several(asked, pdu)
        octets, udh = _split(pdu)
        return Bundle((asked,), (self._dispatch(pdu, pdu.destination_addr, octets, udh, 1),))

    def _several(self, asked: Asked, pdu: SubmitMulti) -> Bundle:
        octets, udh = _split(pdu)
        destinations = [one.destination_addr for one in pdu.dest_addresses if one.destination_addr]
        if not destinations:
            raise AnswerableError(
                "no destination that is a number", command_status=CommandStatus.RINVNUMDESTS
            )
        return Bundle((asked,), [self._dispatch(pdu, to, octets, udh, 1) for to in destinations])

    def _add_part(self, asked: Asked, part: Part, now: float) -> Bundle | None:
        pdu = asked.pdu
        if isinstance(pdu, SubmitMulti):
            raise AnswerableError(
                "one part to many is not taken", command_status=CommandStatus.RINVESMCLASS
            )
        key = PartKey.of(
            part,
            account=asked.system_id,
            source=pdu.source_addr,
            destination=pdu.destination_addr,
        )
        result, _ = self._parts.add(key, part, asked, now)
        if not isinstance(result, Complete):
            self._held.append((now + HOLD_SECONDS, asked))
            return None
        first, first_asked = result.parts[0]
        every = tuple(one for _, one in result.parts)
        dispatch = self._dispatch(
            first_asked.pdu, pdu.destination_addr, result.octets, first.udh, len(every)
        )
        return Bundle(every, (dispatch,))

    def _dispatch(
        self, pdu: Submission, destination: str, octets: bytes, udh: bytes, parts: int
    ) -> Dispatch:
        text, body = read_content(octets, udh, pdu.data_coding)
        recipient = destination.lstrip("+")
        message_id, attempt = _identity(pdu, recipient, octets)
        if not attempt:
            attempt = self._network.submissions_of(message_id) + 1
        return Dispatch(
            message=Message(
                account_id=0,
                id=message_id,
                submission_id=None,
                dialect="smpp",
                sender=pdu.source_addr.lstrip("+"),
                recipient=recipient,
                text=text,
                body=body,
                udh=udh,
                encoding=Encoding.AUTO,
                parts=parts,
                traffic_class=TrafficClass.TRANSACTIONAL,
                valid_until=_FAR,
            ),
            attempt=attempt,
        )


def _split(pdu: Submission) -> tuple[bytes, bytes]:
    """A whole message's octets, and its user data header."""
    octets = message_octets(pdu)
    if not has_udh(pdu.esm_class):
        return octets, b""
    end = octets[0] + 1 if octets else 1
    if end > len(octets):
        raise AnswerableError(
            "the user data header is longer than the message",
            command_status=CommandStatus.RINVESMCLASS,
        )
    return octets[end:], octets[:end]


def _identity(pdu: Submission, recipient: str, octets: bytes) -> tuple[int, int]:
    """Which message this is, and which attempt (0 when not said): by TLV, or by what it says."""
    reference = b""
    if pdu.tlvs:
        own = find_tlv(pdu.tlvs, MESSAGE_TAG)
        if own is not None and len(own) == 10:
            return int.from_bytes(own[:8], "big"), int.from_bytes(own[8:], "big")
        reference = find_tlv(pdu.tlvs, Tag.USER_MESSAGE_REFERENCE) or b""
    said = b"%s/%s/%s/%s" % (pdu.source_addr.encode(), recipient.encode(), reference, octets)
    return int.from_bytes(blake2b(said, digest_size=8).digest(), "big") >> 1, 0
