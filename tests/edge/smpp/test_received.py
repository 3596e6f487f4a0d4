"""What is kept of a PDU: each field in its line, as people read it."""

from __future__ import annotations

import pytest

from heliograph.edge.smpp.received import field_lines
from heliograph.smpp import DataSm, Destination, SubmitMulti, Tag, tlv
from tests.edge.smpp.conftest import RECIPIENT, submit


@pytest.mark.parametrize(
    ("pdu", "lines"),
    [
        (submit(b"100 %s"), ("source_addr: Heliograph", "short_message: 100 %s")),
        (submit(b"\x00\xff", esm_class=0x40), ("esm_class: 64", "short_message: 0x00ff")),
        (submit(b""), (f"destination_addr: {RECIPIENT}", "short_message: ")),
        (
            SubmitMulti(dest_addresses=(Destination(1, 1, "88"), Destination(dl_name="all"))),
            ("dest_addresses: 88, all",),
        ),
        (
            DataSm(tlvs=(tlv(Tag.MESSAGE_PAYLOAD, b"Hello"),)),
            ("message_payload (0x0424): Hello", "(one of several parts, which were joined)"),
        ),
    ],
)
def test_fields_are_written_in_the_order_of_the_wire(pdu: object, lines: tuple[str, ...]) -> None:
    written = field_lines(pdu, joined=isinstance(pdu, DataSm)).split("\n")  # type: ignore[arg-type]
    assert written[0] == "service_type: "
    assert [line for line in written if line in lines] == list(lines)
    assert not any(line.startswith(("sequence_number", "tlvs")) for line in written)
