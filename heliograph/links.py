"""Which room speaks to a carrier of which kind: the one place that fits carriers to what they need."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from heliograph.carriers.simulated import SimulatedCarrier
from heliograph.carriers.smpp import SmppCarrier, profile_of
from heliograph.loopback import LoopbackCarrier
from heliograph.model.carrier import CarrierLink
from heliograph.model.command import Handset, HandsetMessage
from heliograph.model.route import Carrier
from heliograph.simulator import Handsets, Network, NetworkSettings, settings_of

KINDS: Final = frozenset({"simulated", "smpp"})
"""Kinds of carriers that an operator may set up."""
_WIRE: Final = "wire"
"""The setting that puts real SMPP between the house and a simulated network."""


def carrier_fault(carrier: Carrier) -> str | None:
    """What is wrong with a carrier's settings for its kind; secrets are never in the sentence."""
    try:
        match carrier.kind:
            case "smpp":
                profile_of(carrier.settings)
            case "simulated":
                _network_settings(carrier)
    except ValueError as fault:
        return str(fault)
    return None


class Links:
    """Makes links, and shows the handsets of the simulated ones."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._handsets = Handsets()
        self._simulated: dict[int, SimulatedCarrier | LoopbackCarrier] = {}
        self._networks: dict[int, Network] = {}

    def make(self, carrier: Carrier) -> CarrierLink:
        """A link for a carrier. Raises LookupError for a kind that this build does not know, and for
        settings that its kind cannot use: such a carrier stays closed and the others work."""
        fault = carrier_fault(carrier)
        if fault is not None:
            raise LookupError(fault)
        match carrier.kind:
            case "smpp":
                return SmppCarrier(carrier)
            case "simulated":
                folder = self._data / "simulator"
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                network = Network(
                    carrier_id=carrier.id,
                    settings=_network_settings(carrier),
                    handsets=self._handsets,
                    journal=folder / f"{carrier.id}.journal",
                )
            case "test":  # for test credentials: nothing of it is kept
                network = Network(
                    carrier_id=carrier.id, settings=NetworkSettings(), handsets=self._handsets
                )
            case _:
                raise LookupError(f"no room speaks to carriers of kind {carrier.kind}")
        by_smpp = carrier.settings.get(_WIRE) == "smpp"
        link = LoopbackCarrier(carrier, network) if by_smpp else SimulatedCarrier(carrier, network)
        self._simulated[carrier.id] = link
        self._networks[carrier.id] = network
        return link

    def screen(self, msisdn: str) -> Handset:
        """What a simulated handset shows, oldest first."""
        return Handset(
            msisdn=msisdn,
            messages=tuple(
                HandsetMessage(
                    sender=item.sender, recipient=msisdn, text=item.text or "", at=item.at
                )
                for item in self._handsets.of(msisdn)
            ),
        )

    def send(self, msisdn: str, recipient: str, text: str) -> None:
        """A handset sends a message; it arrives through the first simulated carrier."""
        for carrier_id, link in self._simulated.items():
            if carrier_id:
                link.send_inbound(msisdn, recipient, text)
                return

    def seen(self, message_id: int) -> int:
        """How often simulated networks have seen a message."""
        return sum(network.submissions_of(message_id) for network in self._networks.values())


def _network_settings(carrier: Carrier) -> NetworkSettings:
    """Those of the network. Raises ValueError naming the fault."""
    words = dict(carrier.settings)
    if words.pop(_WIRE, "none") not in {"none", "smpp"}:
        raise ValueError(f"{_WIRE} is not one of none, smpp")
    return settings_of(words)


def utc_now() -> datetime:
    """The wall clock; everything else is given it as an argument."""
    return datetime.now(UTC)
