"""Which room speaks to a carrier of which kind: the one place that fits carriers to what they need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from heliograph.carriers.http import QUEUE_SECONDS, HttpCarrier, terms_of
from heliograph.carriers.smpp import SmppCarrier, profile_of
from heliograph.config import Config
from heliograph.dialects._shape import Upstream
from heliograph.dialects.imiconnect.client import UPSTREAM as IMICONNECT
from heliograph.dialects.messagewhiz.client import UPSTREAM as MESSAGEWHIZ
from heliograph.dialects.mimsms.client import UPSTREAM as MIMSMS
from heliograph.dialects.mitto.client import UPSTREAM as MITTO
from heliograph.dialects.native.client import UPSTREAM as NATIVE
from heliograph.dialects.smsapi.client import UPSTREAM as SMSAPI
from heliograph.loopback import LoopbackCarrier
from heliograph.model.carrier import CarrierLink
from heliograph.model.command import Handset, HandsetMessage
from heliograph.model.message import SMS
from heliograph.model.route import Carrier
from heliograph.simulating import AirCarrier, behaviour_of
from heliograph.simulator import Handsets, Network, NetworkSettings

UPSTREAMS: Final[Mapping[str, Upstream]] = MappingProxyType(
    {each.name: each for each in (NATIVE, MIMSMS, SMSAPI, MITTO, IMICONNECT, MESSAGEWHIZ)}
)
"""Vendors that can be carriers, by the names of their rooms."""
KINDS: Final = frozenset({"simulated", "smpp", *UPSTREAMS})
"""Kinds of carriers that an operator may set up."""
_TOO_PATIENT: Final = (
    "submit_timeout_seconds of the server is {:g}: it must be longer than twice the carrier's queue_seconds,"
    " which is {:g}, or messages that still wait to be sent would be called uncertain"
)
_TOO_SLOW: Final = (
    "submit_timeout_seconds of the server is {:g}: it must be longer than {:g}, the carrier's timeout_seconds"
    " and the time that messages wait before, or some would be called uncertain too early"
)
_WIRE: Final = "wire"
"""The setting that puts real SMPP between the house and a simulated network."""


def carrier_fault(carrier: Carrier, submit_timeout_seconds: float) -> str | None:
    """What is wrong with a carrier's settings for its kind, in a server that calls an attempt uncertain
    after so many seconds; secrets are never in the sentence."""
    try:
        match carrier.kind:
            case "smpp":
                profile = profile_of(carrier.settings)
                if profile.retry_seconds >= submit_timeout_seconds:
                    return _TOO_PATIENT.format(submit_timeout_seconds, profile.queue_seconds)
            case "simulated":
                behaviour_of(carrier)
            case kind if kind in UPSTREAMS:
                return _upstream_fault(carrier, submit_timeout_seconds)
        return _wire_fault(carrier)
    except ValueError as fault:
        return str(fault)


def _wire_fault(carrier: Carrier) -> str | None:
    """SMPP carries short messages and nothing else."""
    by_smpp = carrier.kind == "smpp" or carrier.settings.get(_WIRE) == "smpp"
    others = [channel for channel in carrier.channels if channel != SMS]
    if by_smpp and others:
        return f"SMPP has no {', '.join(others)}: its carriers have the channel {SMS} alone"
    return None


def _upstream_fault(carrier: Carrier, submit_timeout_seconds: float) -> str | None:
    """Raises ValueError for what is wrong with the settings that all such carriers have."""
    terms, settings = terms_of(carrier.settings)
    longest = terms.timeout_seconds + QUEUE_SECONDS
    if longest >= submit_timeout_seconds:
        return _TOO_SLOW.format(submit_timeout_seconds, longest)
    return UPSTREAMS[carrier.kind].fault(settings)


_ALONE: Final = frozenset({"simulated", "test"})
"""Kinds of which each process, or the first one, has its own."""


class Links:
    """Makes links, and shows the handsets of the simulated ones."""

    def __init__(
        self,
        data: Path,
        submit_timeout_seconds: float,
        *,
        worker: int = 0,
        workers: int = 1,
        carrying: int = 0,
    ) -> None:
        """`worker`: which of the processes this is: `workers` are behind the ports, `carrying` follow, and
        have all carriers if there are any, but for the simulated networks, which are the first one's (0)."""
        self._data = data
        self._worker = worker
        self._sharers = carrying or workers
        self._apart = worker < workers and carrying > 0
        self._timeout = submit_timeout_seconds
        self._handsets = Handsets()
        self._simulated: dict[int, AirCarrier | LoopbackCarrier] = {}
        self._networks: dict[int, Network] = {}
        self._called: dict[int, HttpCarrier] = {}
        self.hook_url: Callable[[int], str] = _nowhere
        """Where a carrier may call us; empty when it cannot."""

    @classmethod
    def of(cls, config: Config, worker: int) -> Links:
        """Those of one of the processes of a configuration."""
        return cls(
            config.data,
            config.submit_timeout_seconds,
            worker=worker,
            workers=config.workers,
            carrying=config.carrying,
        )

    def fault(self, carrier: Carrier) -> str | None:
        """See `carrier_fault`."""
        return carrier_fault(carrier, self._timeout)

    def sharers(self, carrier: Carrier) -> int:
        """How many processes have links to a carrier, and share what it allows."""
        return 1 if carrier.kind in _ALONE else self._sharers

    def make(self, carrier: Carrier) -> CarrierLink | None:
        """A link for a carrier; None for one that another process has.

        Raises LookupError for a kind that this build does not know, and for settings that its kind cannot
        use: such a carrier stays closed and the others work.
        """
        fault = self.fault(carrier)
        if fault is not None:
            raise LookupError(fault)
        if self._apart and carrier.kind not in _ALONE and carrier.kind in KINDS:
            return None
        match carrier.kind:
            case "smpp":
                return SmppCarrier(carrier)
            case kind if kind in UPSTREAMS:
                called = HttpCarrier(carrier, UPSTREAMS[kind], report_url=self.hook_url)
                self._called[carrier.id] = called
                return called
            case "simulated":
                if self._worker:
                    return None
                folder = self._data / "simulator"
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                network = Network(
                    carrier_id=carrier.id,
                    settings=behaviour_of(carrier).network,
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
        link = LoopbackCarrier(carrier, network) if by_smpp else AirCarrier(carrier, network)
        self._simulated[carrier.id] = link
        self._networks[carrier.id] = network
        return link

    def told(self, carrier_id: int, carrier_message_ids: Collection[str]) -> None:
        """A carrier has called us about these: it need not be asked for them."""
        if carrier_id in self._called:
            self._called[carrier_id].told(carrier_message_ids)

    def screen(self, msisdn: str) -> Handset:
        """What a simulated handset shows, oldest first."""
        return Handset(
            msisdn=msisdn,
            messages=tuple(
                HandsetMessage(
                    sender=item.sender,
                    recipient=msisdn,
                    text=item.text or "",
                    at=item.at,
                    channel=item.channel,
                    media_url=item.media_url,
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


def _nowhere(carrier_id: int) -> str:
    """Before anybody knows where we are."""
    del carrier_id
    return ""


def utc_now() -> datetime:
    """The wall clock; everything else is given it as an argument."""
    return datetime.now(UTC)
