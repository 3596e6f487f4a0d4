"""The page `docs/smpp.md`, drawn from the tables the codec runs on: PDU fields, TLVs, statuses, states. It
says nothing that is not in a table, so that it cannot be wrong in another way than the code.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from heliograph.smpp._fields import (
    CString,
    Destinations,
    Field,
    Octet,
    ShortMessage,
    UnsuccessfulList,
)
from heliograph.smpp._pdus import PDUS, Pdu, Request, field_table
from heliograph.smpp._states import MAY_SEND
from heliograph.smpp._status import CommandStatus, status_meaning, status_name
from heliograph.smpp._tlvs import TLV_SHAPES, TlvKind

__all__ = ["smpp_markdown"]

_INTRODUCTION: Final = """# SMPP

`heliograph.smpp` speaks SMPP 3.4 and 5.0 without a socket and without a clock. This page is written by
`heliograph.smpp.smpp_markdown()` from the tables the codec itself runs on; a test keeps it up to date.

## Where the specification leaves a choice

* A refused bind, submit_sm or data_sm is answered by its header alone to peers of 3.4, and with empty
  strings to peers of 3.3 and 5.0. Refusals of 16 or 17 octets or with whole bodies are all read.
* An unknown command_id, or a body that ends within a field, is answered by generic_nack and the session
  goes on; any other fault of a body is answered by the command's own response with a fitting status.
* A command_length below 16 or above the cap is answered by generic_nack ESME_RINVCMDLEN, then closed.
* NULs after the last field are ignored; other octets that are no TLV are ESME_RINVOPTPARSTREAM, and are
  ignored in a response, which nobody could answer.
* short_message together with message_payload is ESME_RINVMSGLEN. A user data header counts before sar_*.
* system_id, password, system_type and address_range may be longer than specified when read, never when
  written. Unknown TLVs are kept, in order.
* enquire_link is answered in every state; a peer is given up after two in vain, and any PDU counts as a
  sign of life. Peers bound as 3.3 get no TLVs.
* What an ESME writes behind its bind without awaiting the answer is neither refused nor told of before the
  bind is answered, up to a thousand requests; another bind among them is ESME_RALYBND at once.
"""


_REQUESTS: Final = """## Requests

Every PDU begins with command_length, command_id, command_status and sequence_number, 4 octets each, and
may end with TLVs."""


def _shape(field: Field) -> str:
    """What one field is on the wire, in words."""
    if isinstance(field, CString):
        accepted = f" (read up to {field.accept})" if field.accept else ""
        return f"C string, at most {field.size} octets{accepted}"
    words: dict[type[Field], str] = {
        Octet: "integer, 1 octet",
        ShortMessage: "sm_length, 1 octet, and up to 255 octets (3.4: 254)",
        Destinations: "number_of_dests, 1 octet, and addresses (flag 1) or list names (flag 2)",
        UnsuccessfulList: "no_unsuccess, 1 octet, and addresses with their error_status_code",
    }
    return words[type(field)]


def _refusal(field: Field) -> str:
    return status_name(field.status) if isinstance(field, CString) else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def _version(number: int) -> str:
    return f"{number >> 4}.{number & 0x0F}"


def _pdu(number: int, pdu: type[Pdu]) -> str:
    since = f", since {_version(pdu.SINCE)}" if pdu.SINCE > 0x34 else ""
    parts = [f"### {pdu.NAME}", f"`0x{number:08X}`{since}. {(pdu.__doc__ or '').strip()}"]
    fields = field_table(pdu)
    if fields:
        rows = [(name, _shape(field), _refusal(field)) for name, field in fields.items()]
        parts.append(_table(("field", "on the wire", "when too long"), rows))
    return "\n\n".join(parts)


def _states() -> str:
    rows = []
    for role, states in MAY_SEND.items():
        for state, allowed in states.items():
            names = ", ".join(sorted(kind.NAME for kind in allowed)) or "nothing"
            rows.append((role.name, state.name, names))
    return _table(("from", "state", "requests"), rows)


def _tlvs() -> str:
    words = {TlvKind.INTEGER: "integer", TlvKind.C_STRING: "C string", TlvKind.OCTETS: "octets"}
    rows = []
    for tag, shape in TLV_SHAPES.items():
        size = f"{shape.least}" if shape.least == shape.most else f"{shape.least}-{shape.most}"
        repeated = "yes" if shape.repeatable else ""
        rows.append(
            (
                f"{tag:04X}",
                tag.name.lower(),
                words[shape.kind],
                size,
                _version(shape.since),
                repeated,
            )
        )
    return _table(("tag", "name", "kind", "octets", "since", "repeatable"), rows)


def _statuses() -> str:
    rows = [(f"{one:03X}", status_name(one), status_meaning(one)) for one in CommandStatus]
    return _table(("value", "name", "meaning"), rows)


def smpp_markdown() -> str:
    """The text of `docs/smpp.md`."""
    requests = [_pdu(number, pdu) for number, pdu in PDUS.items() if issubclass(pdu, Request)]
    responses = [_pdu(number, pdu) for number, pdu in PDUS.items() if not issubclass(pdu, Request)]
    sections = [
        _INTRODUCTION.strip(),
        "## Which request may travel when\n\nResponses and generic_nack may always travel.",
        _states(),
        _REQUESTS,
        *requests,
        "## Responses",
        *responses,
        "## TLVs\n\nTags 1400 to 3FFF are the vendors'.",
        _tlvs(),
        "## command_status\n\nValues 400 to 4FF are the vendors'.",
        _statuses(),
    ]
    return "\n\n".join(sections) + "\n"
