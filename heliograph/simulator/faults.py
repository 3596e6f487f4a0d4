"""What goes wrong on a simulated SMSC's wire, by chance, by script or on request: the settings, and the dice.

The network's own misfortunes (refusals, lost receipts, latencies) are its settings; these are those of
the link. Chances are drawn from one keyed hash of (seed, stage, how many of that stage there were), so
the same traffic in the same order meets the same faults. This module must never touch a socket or a
clock: it only says what is to go wrong next.
"""

from __future__ import annotations

import tomllib
from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import Final

import msgspec

_RANGE: Final = 1 << 64


class Act(StrEnum):
    """One thing that goes wrong."""

    BIND_REFUSED = "bind_refused"
    """ESME_RBINDFAIL."""
    BIND_UNANSWERED = "bind_unanswered"
    UNANSWERED = "unanswered"
    """The network has the message, the response never comes."""
    LATE = "late"
    """The response comes `late_seconds` later."""
    THROTTLED = "throttled"
    """ESME_RTHROTTLED; the network never has the message."""
    QUEUE_FULL = "queue_full"
    """ESME_RMSGQFUL; the network never has the message."""
    SYSTEM_ERROR = "system_error"
    """ESME_RSYSERR; the network never has the message."""
    RECEIPT_FIRST = "receipt_first"
    """The response comes after the receipt, or `late_seconds` late where no receipt comes."""
    CUT = "cut"
    """The network has the message; the connection ends in the middle of the response."""
    GARBAGE = "garbage"
    """The network has the message; octets that are no PDU come before the response."""
    RECEIPT_WRONG_ID = "receipt_wrong_id"
    """Decimal where the response said hexadecimal, or the other way round."""
    RECEIPT_TWICE = "receipt_twice"
    RECEIPT_LOST = "receipt_lost"


class Stage(StrEnum):
    """When a fault can happen: at each bind, each submission, each receipt."""

    BIND = "bind"
    SUBMIT = "submit"
    RECEIPT = "receipt"


_STAGES: Final[dict[Stage, tuple[Act, ...]]] = {
    Stage.BIND: (Act.BIND_REFUSED, Act.BIND_UNANSWERED),
    Stage.SUBMIT: (
        Act.UNANSWERED,
        Act.LATE,
        Act.THROTTLED,
        Act.QUEUE_FULL,
        Act.SYSTEM_ERROR,
        Act.RECEIPT_FIRST,
        Act.CUT,
        Act.GARBAGE,
    ),
    Stage.RECEIPT: (Act.RECEIPT_WRONG_ID, Act.RECEIPT_TWICE, Act.RECEIPT_LOST),
}
STAGE_OF: Final[dict[Act, Stage]] = {act: stage for stage, acts in _STAGES.items() for act in acts}


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a script: after so many binds, submissions or receipts, the next ones go wrong."""

    act: Act
    after: int = 0
    """How many of the act's stage pass before, counted since the faults took effect."""
    times: int = 1

    def __post_init__(self) -> None:
        if self.after < 0 or self.times < 1:
            raise ValueError("after is 0 or more, times 1 or more")


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is to go wrong. The default is nothing. Raises ValueError with every fault listed.

    `shares` are fractions of 1: of the binds, submissions or receipts, those that meet the act.
    """

    seed: int = 0
    late_seconds: float = 2.0
    shares: dict[Act, float] = {}
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        faults = [
            f"{act} is {share}, not between 0 and 1"
            for act, share in self.shares.items()
            if not 0 <= share <= 1
        ]
        faults += [
            f"the shares of each {stage} are more than 1"
            for stage, acts in _STAGES.items()
            if sum(self.shares.get(act, 0.0) for act in acts) > 1 + 1e-9
        ]
        if not 0 <= self.late_seconds < 3600:
            faults.append(f"late_seconds is {self.late_seconds}, not between 0 and 3600")
        if not -(1 << 63) <= self.seed < 1 << 63:
            faults.append("seed is not a 64-bit number")
        if faults:
            raise ValueError("; ".join(faults))


def read_faults(octets: bytes) -> Faults:
    """Faults from JSON. Raises ValueError (which `msgspec.ValidationError` is) naming the fault."""
    return msgspec.json.decode(octets, type=Faults)


def take_wire(settings: Mapping[str, str]) -> tuple[Faults, bool, dict[str, str]]:
    """From a carrier's strings: the faults of its wire, whether it is down, and the other settings.

    Raises ValueError naming the fault.
    """
    others = dict(settings)
    own = {name: others.pop(name) for name in settings if name in _WIRE_FIELDS}
    wire = msgspec.convert(own, _Wire, strict=False)
    if wire.down:
        return Faults(shares={Act.BIND_REFUSED: 1.0}), True, others
    shares = {act: getattr(wire, name) for name, act in WIRE_SHARES.items()}
    return Faults(late_seconds=wire.late_seconds, shares=shares), False, others


def load_faults(file: Path) -> Faults:
    """Faults from a TOML file. Raises ValueError naming the fault, OSError."""
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Faults)


WIRE_SHARES: Final[dict[str, Act]] = {
    "cut_share": Act.CUT,
    "garbage_share": Act.GARBAGE,
    "late_share": Act.LATE,
    "wrong_id_share": Act.RECEIPT_WRONG_ID,
}
"""The faults of the wire that a carrier's settings can ask for."""


class _Wire(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a carrier that are about its wire."""

    cut_share: float = 0.0
    garbage_share: float = 0.0
    late_share: float = 0.0
    late_seconds: float = 2.0
    wrong_id_share: float = 0.0
    down: bool = False


_WIRE_FIELDS: Final = frozenset(_Wire.__struct_fields__)


class FaultDice:
    """Faults made ready for asking, with what was asked for at run time."""

    __slots__ = ("_asked", "_counts", "_root", "_steps", "_thresholds", "faults")

    def __init__(self, faults: Faults) -> None:
        self.faults: Final = faults
        self._root = blake2b(faults.seed.to_bytes(8, "big", signed=True), digest_size=8)
        self._counts = dict.fromkeys(Stage, 0)
        self._asked: dict[Stage, deque[Act]] = {stage: deque() for stage in Stage}
        self._steps = {
            stage: [step for step in faults.steps if STAGE_OF[step.act] is stage] for stage in Stage
        }
        self._thresholds = {stage: _thresholds(faults, acts) for stage, acts in _STAGES.items()}

    def provoke(self, act: Act, times: int = 1) -> None:
        """Let the next ones of the act's stage go wrong like this, before all else."""
        self._asked[STAGE_OF[act]].extend([act] * times)

    def next(self, stage: Stage) -> Act | None:
        """What goes wrong with the next bind, submission or receipt; None for nothing."""
        count = self._counts[stage] = self._counts[stage] + 1
        if self._asked[stage]:
            return self._asked[stage].popleft()
        for step in self._steps[stage]:
            if step.after < count <= step.after + step.times:
                return step.act
        thresholds = self._thresholds[stage]
        if not thresholds:
            return None
        word = int.from_bytes(self.octets(f"{stage}/{count}"), "big")
        for threshold, act in thresholds:
            if word < threshold:
                return act
        return None

    def octets(self, name: str) -> bytes:
        """Eight octets drawn from the seed and a name."""
        digest = self._root.copy()
        digest.update(name.encode())
        return digest.digest()


def _thresholds(faults: Faults, acts: tuple[Act, ...]) -> list[tuple[int, Act]]:
    """Where each act's share ends, laid end to end; empty when nothing is left to chance."""
    present = [act for act in acts if faults.shares.get(act)]
    ends = accumulate(faults.shares[act] for act in present)
    return [(round(end * _RANGE), act) for end, act in zip(ends, present, strict=True)]
