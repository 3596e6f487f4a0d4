"""Two ends of a session with a wire between them that can be cut anywhere, and the recorded PDUs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from heliograph import smpp

VECTORS = Path(__file__).parent.parent / "vectors" / "smpp"


class Vector(NamedTuple):
    """One line of a vector file."""

    name: str
    source: str
    octets: bytes
    written: bytes | None


def _lines(name: str) -> Iterator[Vector]:
    for line in (VECTORS / name).read_text().splitlines():
        if line.startswith("#"):
            continue
        what, source, octets, *written = (column.strip() for column in line.split("|"))
        again = None if written == ["refused"] else bytes.fromhex((*written, octets)[0])
        yield Vector(what, source, bytes.fromhex(octets), again)


@pytest.fixture(scope="session")
def recorded() -> list[Vector]:
    """PDUs that are read and written back octet for octet."""
    return list(_lines("pdus.txt"))


@pytest.fixture(scope="session")
def tolerated() -> list[Vector]:
    """PDUs that are read although they are not as specified."""
    return list(_lines("tolerated.txt"))


class Pair:
    """An ESME and an SMSC. `cross` carries what either wrote; every bind is accepted at once."""

    def __init__(self, *, esme: smpp.Session | None = None, smsc: smpp.Session | None = None):
        self.now = 0.0
        self.esme = esme or smpp.Session(smpp.Role.ESME, 0.0)
        self.smsc = smsc or smpp.Session(smpp.Role.SMSC, 0.0)
        self.esme_events: list[smpp.Event] = []
        self.smsc_events: list[smpp.Event] = []
        self.cut: Callable[[bytes], list[bytes]] = lambda octets: [octets]

    def cross(self) -> None:
        """Carry octets until both ends have nothing more to write."""
        while True:
            up, down = self.esme.take_outgoing(), self.smsc.take_outgoing()
            if not up and not down:
                return
            for piece in self.cut(up):
                self._smsc_takes(self.smsc.receive(piece, self.now))
            for piece in self.cut(down):
                self.esme_events += self.esme.receive(piece, self.now)

    def _smsc_takes(self, events: list[smpp.Event]) -> None:
        for event in events:
            self.smsc_events.append(event)
            if isinstance(event, smpp.BindRequested):
                kind = type(event.pdu).RESPONSE
                assert kind is not None
                self.smsc.respond(event.pdu, kind())

    def bind(self, request: smpp.Bind | None = None) -> "Pair":
        """Bind as transceiver, or as told."""
        self.esme.send(request or smpp.BindTransceiver(system_id="acme", password="pw"), self.now)
        self.cross()
        return self

    def take_smsc(self) -> list[smpp.Event]:
        """The events at the SMSC since last asked."""
        found, self.smsc_events = self.smsc_events, []
        return found

    def take_esme(self) -> list[smpp.Event]:
        """The events at the ESME since last asked."""
        found, self.esme_events = self.esme_events, []
        return found


@pytest.fixture(scope="session")
def make_pair() -> type[Pair]:
    """The class of pairs."""
    return Pair


@pytest.fixture
def bound() -> Pair:
    """A pair bound as transceiver with nothing left to tell."""
    pair = Pair().bind()
    pair.take_smsc()
    pair.take_esme()
    return pair
