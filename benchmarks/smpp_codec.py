"""How long the SMPP room takes per PDU, beside two other Python libraries where they are installed, all on
the same octets, in turns, in one run. Prints microseconds per call (the best of several runs) and how
many times as long the others take. It must never change what it measures: every library first proves that
it writes the PDU it was given.

Run: python benchmarks/smpp_codec.py
To compare: python -m venv peers && peers/bin/pip install msgspec smpplib==2.2.4 smpp.pdu3==0.6
            PYTHONPATH=. peers/bin/python benchmarks/smpp_codec.py
"""

import importlib
import importlib.util
import io
import sys
import timeit
from collections.abc import Callable
from typing import Any, Final

import msgspec

from heliograph import smpp

_SECONDS_PER_RUN: Final = 0.05
_RUNS: Final = 15

_SUBMIT: Final = smpp.SubmitSm(
    sequence_number=7,
    source_addr_ton=5,
    source_addr="ACME",
    dest_addr_ton=1,
    dest_addr_npi=1,
    destination_addr="8801712345678",
    registered_delivery=1,
    short_message=b"Your appointment is confirmed for Monday at 10:30. Reply STOP to opt out.",
)
_RECEIPT: Final = smpp.DeliverSm(
    sequence_number=8,
    source_addr_ton=1,
    source_addr_npi=1,
    source_addr="8801712345678",
    destination_addr="ACME",
    esm_class=4,
    short_message=b"id:0123456789 sub:001 dlvrd:001 submit date:2611201015 done date:2611201016"
    b" stat:DELIVRD err:000 text:Your appointment is ",
    tlvs=smpp.receipt_tlvs(message_id="0123456789", state=smpp.MessageState.DELIVERED),
)
_PDUS: Final[tuple[smpp.Pdu, ...]] = (
    _SUBMIT,
    smpp.SubmitSmResp(sequence_number=7, message_id="0123456789"),
    _RECEIPT,
    smpp.DeliverSmResp(sequence_number=8),
    smpp.EnquireLink(sequence_number=9),
)

Codec = tuple[Callable[[], Any], Callable[[], bytes]]


def _ours(octets: bytes) -> Codec:
    pdu = smpp.decode(octets)
    return lambda: smpp.decode(octets), lambda: smpp.encode(pdu)


class _Numbers:
    """What smpplib asks a client for."""

    sequence = 7

    def next_sequence(self) -> int:
        return self.sequence


def _smpplib(octets: bytes) -> Codec:
    other = importlib.import_module("smpplib.smpp")
    pdu = other.parse_pdu(octets, client=_Numbers())
    pdu.sequence = int.from_bytes(octets[12:16], "big")
    for name, value in list(vars(pdu).items()):  # it reads text as bytes, and writes it from str
        if isinstance(value, bytes) and name not in {"short_message", "message_payload"}:
            setattr(pdu, name, value.decode())
    return lambda: other.parse_pdu(octets, client=_Numbers()), pdu.generate


def _smpp_pdu3(octets: bytes) -> Codec:
    encoder = importlib.import_module("smpp.pdu.pdu_encoding").PDUEncoder()
    pdu = encoder.decode(io.BytesIO(octets))
    return lambda: encoder.decode(io.BytesIO(octets)), lambda: encoder.encode(pdu)


def _codecs() -> dict[str, Callable[[bytes], Codec]]:
    found: dict[str, Callable[[bytes], Codec]] = {"heliograph": _ours}
    for name, module, make in (
        ("smpplib", "smpplib", _smpplib),
        ("smpp.pdu3", "smpp", _smpp_pdu3),
    ):
        if importlib.util.find_spec(module) is not None:
            found[name] = make
        else:
            print(f"{name} is not installed: see the head of this file")
    return found


def _microseconds(calls: list[Callable[[], Any]]) -> list[float]:
    """The best time of each call, taken in turns so that all meet the same machine."""
    best = [float("inf")] * len(calls)
    counts = [max(1, int(_SECONDS_PER_RUN / timeit.timeit(call, number=20) * 20)) for call in calls]
    for _ in range(_RUNS):
        for index, call in enumerate(calls):
            best[index] = min(
                best[index], timeit.timeit(call, number=counts[index]) / counts[index]
            )
    return [seconds * 1e6 for seconds in best]


def _in_order(octets: bytes) -> smpp.Pdu:
    """A PDU with its TLVs by tag: smpplib writes them in an order of its own."""
    pdu = smpp.decode(octets)
    return msgspec.structs.replace(pdu, tlvs=tuple(sorted(pdu.tlvs)))


def _line(what: str, names: list[str], times: list[float]) -> None:
    cells = [f"{names[0]} {times[0]:6.2f} us {1e6 / times[0]:10,.0f}/s"]
    for name, time in zip(names[1:], times[1:], strict=True):
        cells.append(f"{name} {time:6.2f} us ({time / times[0]:4.1f} times)")
    print(f"{what:<24}" + "   ".join(cells))


def _session() -> None:
    """One submit_sm through two sessions: send, receive, respond, receive; 500 in a batch."""
    esme = smpp.Session(smpp.Role.ESME, 0.0, window=500)
    smsc = smpp.Session(smpp.Role.SMSC, 0.0)
    esme.send(smpp.BindTransceiver(system_id="bench"), 0.0)
    for event in smsc.receive(esme.take_outgoing(), 0.0):
        if isinstance(event, smpp.BindRequested):
            smsc.respond(event.pdu, smpp.BindTransceiverResp())
    esme.receive(smsc.take_outgoing(), 0.0)

    def batch() -> None:
        for number in range(500):
            esme.send(_SUBMIT, 1.0, number)
        for event in smsc.receive(esme.take_outgoing(), 1.0):
            if isinstance(event, smpp.PduReceived):
                smsc.respond(event.pdu, smpp.SubmitSmResp(message_id="0123456789"))
        events = esme.receive(smsc.take_outgoing(), 1.0)
        assert len(events) == 500

    seconds = min(timeit.repeat(batch, number=4, repeat=_RUNS)) / 2000
    print(f"one submit_sm and its response through both sessions: {seconds * 1e6:.2f} us")


def main() -> None:
    """Measure every PDU both ways and print one line each, then the sessions."""
    print(f"Python {sys.version.split()[0]}, one core")
    codecs = _codecs()
    names = list(codecs)
    for pdu in _PDUS:
        octets = smpp.encode(pdu)
        pairs = [make(octets) for make in codecs.values()]
        for name, (_, write) in zip(names, pairs, strict=True):
            assert _in_order(write()) == _in_order(octets), f"{name} writes another {pdu.NAME}"
        reading = _microseconds([read for read, _ in pairs])
        writing = _microseconds([write for _, write in pairs])
        _line(f"decode {pdu.NAME}", names, reading)
        _line(f"encode {pdu.NAME}", names, writing)
    _session()


if __name__ == "__main__":
    main()
