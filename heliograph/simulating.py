"""What a simulated carrier's settings say of its network and its wire, and the one without a wire that
follows them while it works.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from heliograph.carriers.simulated import SimulatedCarrier
from heliograph.model.route import Carrier
from heliograph.simulator import Network, NetworkSettings, settings_of
from heliograph.simulator.faults import Faults, take_wire

__all__ = ["AirCarrier", "Behaviour", "behaviour_of"]

_WIRE: Final = "wire"
"""The setting that puts real SMPP between the house and the network."""


class Behaviour(NamedTuple):
    """A carrier's settings, read."""

    by_smpp: bool
    network: NetworkSettings
    wire: Faults
    down: bool


def behaviour_of(carrier: Carrier) -> Behaviour:
    """Raises ValueError naming the fault."""
    wire, down, words = take_wire(carrier.settings)
    named = words.pop(_WIRE, "none")
    if named not in {"none", "smpp"}:
        raise ValueError(f"{_WIRE} is not one of none, smpp")
    return Behaviour(named == "smpp", settings_of(words), wire, down)


class AirCarrier(SimulatedCarrier):
    """A simulated carrier without a wire, whose network behaves as the settings say at each moment."""

    def __init__(self, carrier: Carrier, network: Network) -> None:
        super().__init__(carrier, network)
        self._settled = network
        if behaviour_of(carrier).down:
            self.set_down()

    def adapt(self, carrier: Carrier) -> bool:
        """Behave by other settings from the next submission on."""
        behaviour = behaviour_of(carrier)
        if behaviour.by_smpp:
            return False
        self._settled.configure(behaviour.network)
        (self.set_down if behaviour.down else self.set_up)()
        return True
