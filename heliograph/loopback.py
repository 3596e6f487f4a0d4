"""A simulated carrier behind real SMPP: the network, an SMSC before it on a free loopback port, and our own
client bound to it, as one link. What the house sends and hears goes through the same octets as with a
carrier in the field.

Nothing of it can be reached but from this machine, and its password is made anew at each start. It must
never listen on another address than loopback.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from heliograph.carriers.smpp import SmppCarrier
from heliograph.carriers.smpp.encode import Encoder
from heliograph.model.carrier import Hear, LineState, Settle
from heliograph.model.message import Message
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Dispatch
from heliograph.model.route import Carrier
from heliograph.simulating import behaviour_of
from heliograph.simulator import Network
from heliograph.simulator.smsc import MESSAGE_TAG, Smsc
from heliograph.smpp import SubmitSm

_SYSTEM_ID: Final = "loopback"
_WINDOW: Final = 500
_SETTINGS: Final = {
    "host": "127.0.0.1",
    "system_id": _SYSTEM_ID,
    "window": str(_WINDOW),
    "reconnect_seconds": "0.1",
    "reconnect_most_seconds": "1",
    # Receipts tell our own reasons by their numbers.
    **{f"error.{int(reason):03d}": reason.word for reason in Reason if reason},
}
_DOWN: Final = Declined(reason=Reason.CARRIER_DOWN)


class LoopbackCarrier:
    """A `CarrierLink` to a simulated network by way of SMPP."""

    def __init__(self, carrier: Carrier, network: Network) -> None:
        self._carrier = carrier
        self._password = secrets.token_hex(4)
        self._network = network
        self._smsc = Smsc(
            network,
            accounts={_SYSTEM_ID: self._password},
            window=_WINDOW,
            faults=behaviour_of(carrier).wire,
        )
        self._client: SmppCarrier | None = None

    @property
    def up(self) -> bool:
        """Whether it can take messages now."""
        return self._client is not None and self._client.up

    def lines(self) -> Sequence[LineState]:
        """How each bind stands; none before the start."""
        return self._client.lines() if self._client is not None else ()

    @property
    def port(self) -> int:
        """Where the SMSC listens."""
        return self._smsc.port

    async def start(self, hear: Hear, changed: Callable[[], None]) -> None:
        """Start the SMSC and bind to it."""
        if self._client is not None:
            return
        await self._smsc.start()
        settings = {
            **_SETTINGS,
            "port": str(self._smsc.port),
            "password_secret": self._password,
        }
        self._client = _NamingCarrier(msgspec.structs.replace(self._carrier, settings=settings))
        await self._client.start(hear, changed)

    async def stop(self) -> None:
        """Idempotent; what the network owes stays owed."""
        client, self._client = self._client, None
        if client is not None:
            await client.stop()
            await self._smsc.stop()

    def adapt(self, carrier: Carrier) -> bool:
        """Behave by other settings from the next bind, submission or receipt on."""
        behaviour = behaviour_of(carrier)
        if not behaviour.by_smpp:
            return False
        self._network.configure(behaviour.network)
        if behaviour.wire != self._smsc.faults:
            self._smsc.configure(behaviour.wire)
        if behaviour.down:
            self._smsc.disconnect()
        return True

    def submit(self, dispatches: Sequence[Dispatch], settle: Settle) -> None:
        """Take these attempts."""
        if self._client is not None:
            self._client.submit(dispatches, settle)
            return
        for dispatch in dispatches:
            settle(dispatch, _DOWN)

    def send_inbound(
        self, sender: str, recipient: str, text: str, *, body: bytes | None = None
    ) -> bool:
        """A handset sends a message to a number of ours; False when that could not be kept."""
        return self._smsc.send_inbound(sender, recipient, text, body=body)


class _NamingEncoder(Encoder):
    """Tells the network which message a PDU is of, so that it knows one that comes again."""

    def submissions(
        self, message: Message, *, reference: int, now: datetime, allows_tlvs: bool = True
    ) -> list[SubmitSm]:
        name = (MESSAGE_TAG, message.id.to_bytes(8, "big") + bytes(2))
        pdus = super().submissions(message, reference=reference, now=now, allows_tlvs=allows_tlvs)
        return [msgspec.structs.replace(pdu, tlvs=(*pdu.tlvs, name)) for pdu in pdus]


class _NamingCarrier(SmppCarrier):
    """Our client with that encoder."""

    def __init__(self, carrier: Carrier) -> None:
        super().__init__(carrier)
        self._encoder = _NamingEncoder(self._profile)
