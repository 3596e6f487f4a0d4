"""The systems that are measured: each is started as its operator would, and does the same work.

Heliograph, the two gateways an operator would pick instead, and a bare slice of Heliograph's own design
that shows what the machine allows.
"""

from benchmarks.systems._system import BINDS, WINDOW, Missing, Ready, System
from benchmarks.systems.heliograph import Heliograph
from benchmarks.systems.jasmin import Jasmin
from benchmarks.systems.kannel import Kannel
from benchmarks.systems.slice import BareSlice

__all__ = [
    "BINDS",
    "WINDOW",
    "BareSlice",
    "Heliograph",
    "Jasmin",
    "Kannel",
    "Missing",
    "Ready",
    "System",
]
