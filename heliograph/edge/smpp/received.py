"""A PDU that brings messages, as a list of its fields that people can read: what is kept of the request.

The list is written when it is to be stored and not before. It must never show what a bind brought.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any, Final

from msgspec.structs import astuple

from heliograph.edge.smpp.content import Submit
from heliograph.model.command import Claim
from heliograph.model.received import Received
from heliograph.smpp import Tag

__all__ = ["field_lines", "received"]

_HEADER: Final = frozenset({"sequence_number", "command_status", "tlvs"})
_WORDLESS: Final = ("short_message", "dest_addresses")
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
    pattern, first, wordless = _form(type(pdu))
    values = list(astuple(pdu))
    for place in wordless:
        values[place] = _shown(values[place])
    written = pattern % tuple(values[first:])
    if not (pdu.tlvs or joined):
        return written
    lines = [written, *_tlv_lines(pdu)]
    if joined:
        lines.append("(one of several parts, which were joined)")
    return "\n".join(lines)


@cache
def _form(kind: type[Submit]) -> tuple[str, int, tuple[int, ...]]:
    """All lines of a PDU's fields, how many values stand before the first of these, and the places of
    values that are neither text nor number."""
    names = kind.__struct_fields__
    first = len(_HEADER.intersection(names))
    pattern = "\n".join(f"{name}: %s" for name in names[first:])
    return pattern, first, tuple(names.index(name) for name in _WORDLESS if name in names)


def _tlv_lines(pdu: Submit) -> Iterator[str]:
    for tag, octets in pdu.tlvs:
        name = _TAGS.get(tag, "tlv")
        yield f"{name} (0x{tag:04X}): {_shown(octets)}"


def _shown(value: Any) -> str:
    """Octets as text where all of them are printable ASCII, else in hexadecimal."""
    if isinstance(value, bytes):
        text = value.decode("latin-1")
        printable = text.isascii() and text.isprintable()
        return text if printable and text else f"0x{value.hex()}" if value else ""
    return ", ".join(each.dl_name or each.destination_addr for each in value)
