"""How a simulated network behaves: its settings, and the dice that turn them into fates.

Every decision about a submission is drawn from one keyed hash of (seed, recipient, how many
submissions this recipient has had), never from a shared stream of random numbers: a run with the
same seed and the same messages ends the same way, however its messages are interleaved in time. Each
decision has its own word of that hash, so changing one share never changes what the others draw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from statistics import NormalDist
from struct import Struct
from typing import Final

import msgspec

from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.simulator.fate import DELIVERED, Fate, Plan, refusal

_WORDS: Final = Struct("<16I")
_RANGE: Final = 1 << 32
_STEPS_BITS: Final = 10
_SHIFT: Final = 32 - _STEPS_BITS
# Which word decides what. Never reorder: a seed must keep its meaning.
_RESPONSE, _ANSWER, _REFUSAL, _SWALLOWED, _EARLY, _STATUS, _REASON, _RECEIPT = range(8)
_DUPLICATE, _LOST, _REVERSE, _PARTIAL, _PART = range(8, 13)


class IdForm(StrEnum):
    """How the network writes its message ids; real ones differ between response and receipt."""

    DECIMAL = "decimal"
    DECIMAL_PADDED = "decimal_padded"
    HEX = "hex"
    HEX_UPPER = "hex_upper"


ID_FORMATS: Final[dict[IdForm, str]] = {
    IdForm.DECIMAL: "d",
    IdForm.DECIMAL_PADDED: "020d",
    IdForm.HEX: "x",
    IdForm.HEX_UPPER: "X",
}


def _weights(default: dict[Reason, float]) -> dict[Reason, float]:
    """A field whose default is a copy of these weights."""
    return msgspec.field(default_factory=default.copy)


class NetworkSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A simulated network's behaviour. The defaults are a quick network that delivers everything.

    Latencies are lognormal, given by their median and 99th percentile; equal values mean a fixed
    latency and two zeros none. Shares are fractions of 1, reasons are weights. Raises ValueError
    with every fault listed.
    """

    seed: int = 0
    magic: bool = True
    """Whether magic numbers work."""
    response_median_ms: float = 4.5
    response_p99_ms: float = 10.0
    response_timeout_ms: float = 5000.0
    """How long a submitter waits for a response that never comes."""
    receipt_median_ms: float = 600.0
    receipt_p99_ms: float = 2000.0
    refused_share: float = 0.0
    """Submissions declined with one of `refused_reasons`."""
    refused_reasons: dict[Reason, float] = _weights({Reason.INVALID_DESTINATION: 1.0})
    throttled_share: float = 0.0
    unanswered_share: float = 0.0
    """Submissions without a response."""
    swallowed_share: float = 0.5
    """Of the unanswered ones, those that the network never had."""
    undelivered_share: float = 0.0
    """Messages taken that end so; what the three shares leave is delivered."""
    undelivered_reasons: dict[Reason, float] = _weights(
        {
            Reason.ABSENT_SUBSCRIBER: 60.0,
            Reason.UNKNOWN_SUBSCRIBER: 25.0,
            Reason.CALL_BARRED: 10.0,
            Reason.MEMORY_EXCEEDED: 5.0,
        }
    )
    expired_share: float = 0.0
    expired_reasons: dict[Reason, float] = _weights({Reason.VALIDITY_EXPIRED: 1.0})
    rejected_share: float = 0.0
    rejected_reasons: dict[Reason, float] = _weights({Reason.INVALID_SOURCE: 1.0})
    partial_share: float = 0.0
    """Of failing messages with several parts, those of which only one part fails."""
    duplicate_share: float = 0.0
    """Messages whose receipts come twice."""
    early_share: float = 0.0
    """Messages whose receipts come before the submit response."""
    lost_share: float = 0.0
    """Messages of which one receipt never comes."""
    reverse_share: float = 0.0
    """Messages whose parts report last to first."""
    id_form: IdForm = IdForm.DECIMAL
    receipt_id_form: IdForm | None = None
    """None: as in the submit response."""

    def __post_init__(self) -> None:
        faults = [*_share_faults(self), *_latency_faults(self), *_reason_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))


def settings_of(values: Mapping[str, str]) -> NetworkSettings:
    """Read settings from a carrier's strings; reasons are written `absent_subscriber:60,call_barred:5`.

    Raises ValueError (which `msgspec.ValidationError` is) naming the fault.
    """
    plain: dict[str, object] = dict(values)
    for name in values:
        if name.endswith("_reasons"):
            plain[name] = _read_weights(name, values[name])
    return msgspec.convert(plain, NetworkSettings, strict=False)


class Dice:
    """Settings made ready for drawing."""

    __slots__ = ("_answer", "_plain", "_receipt", "_response", "_root", "_settings", "_status")

    def __init__(self, settings: NetworkSettings) -> None:
        self._settings = settings
        self._root = blake2b(settings.seed.to_bytes(16, "big", signed=True), digest_size=64)
        self._response = _quantiles(settings.response_median_ms, settings.response_p99_ms)
        self._receipt = _quantiles(settings.receipt_median_ms, settings.receipt_p99_ms)
        shares = (settings.refused_share, settings.throttled_share, settings.unanswered_share)
        self._answer = tuple(_threshold(share) for share in accumulate(shares))
        shares = (settings.undelivered_share, settings.expired_share, settings.rejected_share)
        self._status = tuple(_threshold(share) for share in accumulate(shares))
        self._plain = not any(getattr(settings, name) for name in _DISTURBANCES)

    def cast(self, recipient: str, submission: int, plan: Plan | None = None) -> Fate:
        """The fate of a recipient's nth submission; a plan from the magic table is only timed."""
        digest = self._root.copy()
        digest.update(b"%s/%d" % (recipient.encode(), submission))
        words = _WORDS.unpack(digest.digest())
        part = -1
        if plan is None:
            plan, part = (DELIVERED, -1) if self._plain else (self._draw(words), words[_PART])
        response = self._response[words[_RESPONSE] >> _SHIFT]
        wait = plan.wait_seconds
        return Fate(
            plan=plan,
            response_seconds=response,
            receipt_seconds=self._receipt[words[_RECEIPT] >> _SHIFT] if wait is None else wait,
            chosen_part=part,
        )

    def _draw(self, words: tuple[int, ...]) -> Plan:
        settings, word = self._settings, words[_ANSWER]
        refused, throttled, unanswered = self._answer
        if word < refused:
            return Plan(refusal=refusal(_pick(settings.refused_reasons, words[_REFUSAL])))
        if word < throttled:
            return Plan(refusal=refusal(Reason.THROTTLED))
        status, reason = self._end(words)
        answered = word >= unanswered
        return Plan(
            answered=answered,
            taken=answered or words[_SWALLOWED] >= _threshold(settings.swallowed_share),
            status=status,
            reason=reason,
            partial=status is not Status.DELIVERED
            and words[_PARTIAL] < _threshold(settings.partial_share),
            copies=2 if words[_DUPLICATE] < _threshold(settings.duplicate_share) else 1,
            early=answered and words[_EARLY] < _threshold(settings.early_share),
            lost=words[_LOST] < _threshold(settings.lost_share),
            reverse=words[_REVERSE] < _threshold(settings.reverse_share),
        )

    def _end(self, words: tuple[int, ...]) -> tuple[Status, Reason]:
        settings, word = self._settings, words[_STATUS]
        undelivered, expired, rejected = self._status
        if word < undelivered:
            return Status.UNDELIVERED, _pick(settings.undelivered_reasons, words[_REASON])
        if word < expired:
            return Status.EXPIRED, _pick(settings.expired_reasons, words[_REASON])
        if word < rejected:
            return Status.REJECTED, _pick(settings.rejected_reasons, words[_REASON])
        return Status.DELIVERED, Reason.NONE


_SHARES: Final = tuple(
    name for name in NetworkSettings.__struct_fields__ if name.endswith("_share")
)
_DISTURBANCES: Final = tuple(
    name for name in _SHARES if name not in {"swallowed_share", "partial_share"}
)
_SUMS: Final = (
    ("refused_share", "throttled_share", "unanswered_share"),
    ("undelivered_share", "expired_share", "rejected_share"),
)


def _threshold(share: float) -> int:
    return round(share * _RANGE)


def _pick(weights: Mapping[Reason, float], word: int) -> Reason:
    """The reason at a point of the weights laid end to end."""
    point = word / _RANGE * sum(weights.values())
    reason = Reason.UNSPECIFIED
    for reason, weight in weights.items():  # noqa: B007 - the last one takes what rounding leaves
        point -= weight
        if point < 0:
            break
    return reason


@lru_cache(maxsize=64)
def _quantiles(median_ms: float, p99_ms: float) -> tuple[float, ...]:
    """1,024 equally likely latencies in seconds: a draw is one look-up."""
    steps = 1 << _STEPS_BITS
    if median_ms == p99_ms:
        return (median_ms / 1000,) * steps
    normal = NormalDist()
    sigma = math.log(p99_ms / median_ms) / normal.inv_cdf(0.99)
    return tuple(
        median_ms / 1000 * math.exp(sigma * normal.inv_cdf((step + 0.5) / steps))
        for step in range(steps)
    )


def _share_faults(settings: NetworkSettings) -> list[str]:
    faults = [
        f"{name} is {getattr(settings, name)}, not between 0 and 1"
        for name in _SHARES
        if not 0 <= getattr(settings, name) <= 1
    ]
    faults += [
        f"{' + '.join(names)} is more than 1"
        for names in _SUMS
        if sum(getattr(settings, name) for name in names) > 1 + 1e-9
    ]
    return faults


def _latency_faults(settings: NetworkSettings) -> list[str]:
    faults = []
    for name in ("response", "receipt"):
        median = getattr(settings, f"{name}_median_ms")
        p99 = getattr(settings, f"{name}_p99_ms")
        if not 0 <= median <= p99 < math.inf:
            faults.append(
                f"{name}_median_ms {median} and {name}_p99_ms {p99} are not 0 or more and in order"
            )
        elif median == 0 < p99:
            faults.append(f"{name}_median_ms is 0, so {name}_p99_ms must be 0 too")
    if not 0 <= settings.response_timeout_ms < math.inf:
        faults.append(f"response_timeout_ms is {settings.response_timeout_ms}, not 0 or more")
    if not -(1 << 127) <= settings.seed < 1 << 127:
        faults.append("seed is not a 128-bit number")
    return faults


def _reason_faults(settings: NetworkSettings) -> list[str]:
    names = [name for name in settings.__struct_fields__ if name.endswith("_reasons")]
    return [
        f"{name} needs weights of 0 or more, one of them above 0"
        for name in names
        if not _weighty(getattr(settings, name))
    ]


def _weighty(weights: Mapping[Reason, float]) -> bool:
    return all(0 <= weight < math.inf for weight in weights.values()) and sum(weights.values()) > 0


def _read_weights(name: str, text: str) -> dict[Reason, float]:
    weights: dict[Reason, float] = {}
    for entry in text.split(","):
        word, _, weight = entry.strip().partition(":")
        reason = Reason.__members__.get(word.upper())
        if reason is None:
            raise ValueError(f"{name} names an unknown reason {word!r}")
        try:
            weights[reason] = float(weight or "1")
        except ValueError:
            raise ValueError(f"{name} gives {word} the weight {weight!r}, not a number") from None
    return weights
