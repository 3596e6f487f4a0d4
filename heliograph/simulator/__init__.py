"""A mobile network that can be hurt: seeded latencies, failures and disorder, and handsets to look at.

`network` is the whole of it to the outside; `chaos` says how it behaves, `magic` which recipients get
what they ask for, `handset` what has arrived, `journal` and `memory` how it outlives our process. It
must never import a carrier: whoever drives a network declares what it needs of one.
"""

from heliograph.simulator.chaos import IdForm, NetworkSettings, settings_of
from heliograph.simulator.handset import Handsets, Received
from heliograph.simulator.journal import JournalError
from heliograph.simulator.magic import MAGIC, magic_of, magic_table
from heliograph.simulator.network import Network

__all__ = [
    "MAGIC",
    "Handsets",
    "IdForm",
    "JournalError",
    "Network",
    "NetworkSettings",
    "Received",
    "magic_of",
    "magic_table",
    "settings_of",
]
