"""A PDU that brings messages, as a list of its fields that people can read: what is kept of the request.

The list is written when it is to be stored and not before. It must never show what a bind brought.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any, Final

from heliograph.edge.smpp.content import Submit
from heliograph.model.command import Claim
from heliograph.model.received import Received
from heliograph.smpp import Tag

__all__ = ["field_lines", "received"]

_HEADER: Final = frozenset({"sequence_number", "command_status", "tlvs"})
_WORDS: Final = frozenset({int, str})
_TAGS: Final = {int(tag): tag.name.lower() for tag in Tag}


def received(pdu: Submit, peer: str, claim: Claim | None, *, joined: bool) -> Received:
    """The request of a submit_sm, data_sm or submit_multi; `joined` says that other parts came with it."""
    return Received(
        method=pdu.NAME,
        body=partial(field_lines, pdu, joined=joined),
        address=peer,
        name="" if claim is None else claim.name,
        secret="" if claim is None else claim.secret,
    )


def field_lines(pdu: Submit, *, joined: bool = False) -> str:
    """A line for each field in the order of the wire, then one for each TLV."""
    lines = [f"{name}: {_shown(getattr(pdu, name))}" for name in _names(type(pdu))]
    if pdu.tlvs:
        lines += _tlv_lines(pdu)
    if joined:
        lines.append("(one of several parts, which were joined)")
    return "\n".join(lines)


@cache
def _names(kind: type[Submit]) -> tuple[str, ...]:
    return tuple(name for name in kind.__struct_fields__ if name not in _HEADER)


def _tlv_lines(pdu: Submit) -> Iterator[str]:
    for tag, octets in pdu.tlvs:
        name = _TAGS.get(tag, "tlv")
        yield f"{name} (0x{tag:04X}): {_shown(octets)}"


def _shown(value: Any) -> str:
    """Octets as text where all of them are printable ASCII, else in hexadecimal."""
    if type(value) in _WORDS:
        return str(value)
    if isinstance(value, bytes):
        text = value.decode("latin-1")
        printable = text.isascii() and text.isprintable()
        return text if printable and text else f"0x{value.hex()}" if value else ""
    if isinstance(value, tuple):
        return ", ".join(each.dl_name or each.destination_addr for each in value)
    return str(value)
