"""Receipts in every variant known, and ours as the strictest reader wants them."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph import smpp
from heliograph.smpp import MessageState

VECTORS = Path(__file__).parent.parent / "vectors" / "smpp" / "receipts.json"
DONE = datetime(2026, 11, 20, 10, 16, tzinfo=UTC)
SENT = DONE - timedelta(minutes=1)


def pdu_of(vector: dict) -> smpp.DeliverSm | smpp.DataSm:
    tlvs = tuple((int(tag, 16), bytes.fromhex(value)) for tag, value in vector.get("tlvs", ()))
    text = vector["text"].encode("latin-1")
    if vector.get("kind") == "data_sm":
        payload = smpp.tlv(smpp.Tag.MESSAGE_PAYLOAD, text)
        return smpp.DataSm(esm_class=vector["esm_class"], tlvs=(*tlvs, payload))
    return smpp.DeliverSm(esm_class=vector["esm_class"], tlvs=tlvs, short_message=text)


def shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, MessageState):
        return value.name
    return list(value) if isinstance(value, tuple) else value


RECEIPTS = json.loads(VECTORS.read_text())


@pytest.mark.parametrize("vector", RECEIPTS, ids=[vector["name"] for vector in RECEIPTS])
def test_every_known_variant_is_understood(vector: dict) -> None:
    receipt = smpp.parse_receipt(pdu_of(vector))
    assert receipt is not None
    assert {name: shown(getattr(receipt, name)) for name in vector["is"]} == vector["is"]


def test_a_message_is_no_receipt() -> None:
    for text in (b"hello", b"id:", b"ID: my passport", b""):
        assert smpp.parse_receipt(smpp.DeliverSm(short_message=text)) is None


def test_an_unmarked_receipt_is_a_message_when_unmarked_ones_are_not_trusted() -> None:
    pdu = smpp.DeliverSm(short_message=b"id:1 stat:DELIVRD err:000")
    assert smpp.parse_receipt(pdu) is not None
    assert smpp.parse_receipt(pdu, accept_unmarked=False) is None


def test_the_peers_clock_may_stand_elsewhere() -> None:
    receipt = smpp.parse_receipt_text(
        "id:1 done date:2611201616 stat:DELIVRD", utc_offset_minutes=360
    )
    assert receipt.done_at == DONE


@given(st.binary(max_size=120), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_no_receipt_raises(octets: bytes, esm_class: int) -> None:
    smpp.parse_receipt(smpp.DeliverSm(short_message=octets, esm_class=esm_class))


def test_our_text_is_what_the_strictest_readers_take() -> None:
    text = smpp.format_receipt_text(
        message_id="0123456789", state=MessageState.UNDELIVERABLE, submitted_at=SENT, done_at=DONE,
        error=11, text=b"Your appointment is confirmed",
    ).decode()  # fmt: skip
    assert text == (
        "id:0123456789 sub:001 dlvrd:000 submit date:2611201015 done date:2611201016"
        " stat:UNDELIV err:011 text:Your appointment is "
    )
    # Kannel's scan, php-smpp's and jasmin's expressions.
    assert re.match(
        r"id:[^ ]{1,64} sub:\d+ dlvrd:\d+ submit date:[0-9]{1,14} done date:[0-9]{1,14}"
        r" stat:[^ ]{1,15} err:[^ ]{1,3}", text
    )  # fmt: skip
    assert re.search(r"err:(\d{2,3})\b", text)
    assert re.search(r"stat:\w{7}\b", text)


@pytest.mark.parametrize(
    "state", [state for state in MessageState if state.name not in {"SCHEDULED", "SKIPPED"}]
)
def test_our_receipts_come_back_as_they_went(state: MessageState) -> None:
    text = smpp.format_receipt_text(
        message_id="a1-b2", state=state, submitted_at=SENT, done_at=DONE, error=7, text=b"hi"
    )
    tlvs = smpp.receipt_tlvs(message_id="a1-b2", state=state, network_error_code=(3, 258))
    pdu = smpp.decode(smpp.encode(smpp.DeliverSm(esm_class=4, short_message=text, tlvs=tlvs)))
    assert isinstance(pdu, smpp.DeliverSm)
    receipt = smpp.parse_receipt(pdu)
    assert receipt is not None
    assert (receipt.message_id, receipt.text_message_id) == ("a1-b2", "a1-b2")
    assert (receipt.state, receipt.error, receipt.text) == (state, "007", "hi")
    assert (receipt.submitted_at, receipt.done_at) == (SENT, DONE)
    assert receipt.network_error_code == (3, 258)


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": "a b"}, {"message_id": ""}, {"message_id": "x" * 65}, {"message_id": "é"},
        {"error": 1000}, {"error": -1}, {"state": MessageState.SKIPPED},
        {"done_at": datetime(2026, 11, 20)},  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_receipt_no_reader_would_take_is_not_written(change: dict) -> None:
    right = {
        "message_id": "1", "state": MessageState.DELIVERED, "submitted_at": SENT, "done_at": DONE
    }  # fmt: skip
    with pytest.raises(smpp.LocalProtocolError):
        smpp.format_receipt_text(**(right | change))


def test_a_network_error_code_out_of_range_is_refused() -> None:
    with pytest.raises(smpp.LocalProtocolError):
        smpp.receipt_tlvs(
            message_id="1", state=MessageState.REJECTED, network_error_code=(3, 65_536)
        )


@pytest.mark.parametrize(
    ("responded", "receipted"),
    [
        ("1a2B3c", "1A2b3C"),
        ("0000012345", "12345"),
        ("499602d2", "1234567890"),
        ("1234567890", "499602D2"),
        ("00BC614E", "0012345678"),
        ("8b1e7a92-5d1f-4e6a-9e3b-0d7f0a1b2c3d", "8b1e7a925d1f4e6a9e3b0d7f0a1b2c3d"),
        ("0", "000"),
    ],
)
def test_the_forms_of_one_id_meet(responded: str, receipted: str) -> None:
    assert smpp.normalise_message_id(responded) in smpp.message_id_candidates(receipted)


def test_the_id_as_written_is_the_first_candidate() -> None:
    assert smpp.message_id_candidates("0010") == ("10", "a", "16")
    assert smpp.message_id_candidates("") == ("",)
    assert smpp.message_id_candidates("msg_x") == ("msg_x",)
