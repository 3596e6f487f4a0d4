"""Parts of long messages: how they are told, and how they come together."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph import smpp
from heliograph.smpp import GivenUpReason, PartWidth


def udh_part(
    sequence: int, total: int = 3, reference: int = 0xCC, text: bytes = b"x", wide: bool = False
):
    udh = smpp.concatenation_udh(reference=reference, total=total, sequence=sequence, wide=wide)
    return smpp.SubmitSm(esm_class=smpp.EsmClass.UDHI, short_message=udh + text)


def part_of(pdu) -> smpp.Part:
    part = smpp.read_part(pdu)
    assert part is not None
    return part


def key_of(part: smpp.Part, **change: object) -> smpp.PartKey:
    names = {"account": 7, "source": "ACME", "destination": "880"} | change
    return smpp.PartKey.of(part, **names)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pdu", "width", "reference"),
    [
        (udh_part(2), PartWidth.UDH_8, 0xCC),
        (udh_part(2, reference=0), PartWidth.UDH_8, 0),
        (udh_part(2, reference=0xABCD, wide=True), PartWidth.UDH_16, 0xABCD),
        (
            smpp.SubmitSm(short_message=b"x", tlvs=smpp.sar_tlvs(reference=513, total=3, sequence=2)),
            PartWidth.SAR, 513,
        ),
        (
            smpp.DataSm(
                esm_class=0x43, tlvs=((0x424, bytes.fromhex("050003cc0302") + b"x"),)
            ),
            PartWidth.UDH_8, 0xCC,
        ),
        (
            smpp.SubmitSm(
                esm_class=0x40, short_message=bytes.fromhex("0b0504158115810003070302") + b"x"
            ),
            PartWidth.UDH_8, 7,
        ),
        (
            smpp.SubmitSm(
                esm_class=0x40, short_message=bytes.fromhex("050003cc0302") + b"x",
                tlvs=smpp.sar_tlvs(reference=1, total=9, sequence=9),
            ),
            PartWidth.UDH_8, 0xCC,
        ),
    ],
)  # fmt: skip
def test_a_part_is_told_in_each_of_its_forms(pdu, width: PartWidth, reference: int) -> None:
    part = part_of(pdu)
    assert (part.width, part.reference) == (width, reference)
    assert (part.total, part.sequence, part.octets) == (3, 2, b"x")


@pytest.mark.parametrize(
    "pdu",
    [
        smpp.SubmitSm(short_message=b"\5\0\3\1\2\1x"),
        smpp.SubmitSm(esm_class=0x40, short_message=b"\5\0\3\1\1\1x"),
        smpp.SubmitSm(esm_class=0x40, short_message=b"\5\0\3\1\2\3x"),
        smpp.SubmitSm(esm_class=0x40, short_message=b"\5\0\3\1\2\0x"),
        smpp.SubmitSm(esm_class=0x40, short_message=b"\0x"),
        smpp.SubmitSm(esm_class=0x40, short_message=b"\3\0\3\1x"),
        smpp.SubmitSm(short_message=b"x", tlvs=smpp.sar_tlvs(reference=1, total=2, sequence=1)[:2]),
    ],
)
def test_what_makes_no_part_is_a_message_of_its_own(pdu) -> None:
    assert smpp.read_part(pdu) is None


@pytest.mark.parametrize("octets", [b"", b"\5\0\3"])
def test_a_header_longer_than_its_message_is_answerable(octets: bytes) -> None:
    with pytest.raises(smpp.AnswerableError) as caught:
        smpp.read_part(smpp.SubmitSm(esm_class=0x40, short_message=octets))
    assert caught.value.command_status == smpp.CommandStatus.RINVESMCLASS


def test_message_payload_counts_when_short_message_is_empty_and_both_are_refused() -> None:
    payload = (smpp.tlv(smpp.Tag.MESSAGE_PAYLOAD, b"long"),)
    assert smpp.message_octets(smpp.SubmitSm(tlvs=payload)) == b"long"
    assert smpp.message_octets(smpp.SubmitSm(short_message=b"short")) == b"short"
    with pytest.raises(smpp.AnswerableError) as caught:
        smpp.message_octets(smpp.SubmitSm(short_message=b"short", tlvs=payload))
    assert caught.value.command_status == smpp.CommandStatus.RINVMSGLEN


@pytest.mark.parametrize(
    ("reference", "total", "sequence"), [(256, 2, 1), (-1, 2, 1), (1, 256, 1), (1, 2, 3), (1, 2, 0)]
)
def test_parts_out_of_range_are_not_written(reference: int, total: int, sequence: int) -> None:
    with pytest.raises(smpp.LocalProtocolError):
        smpp.concatenation_udh(reference=reference, total=total, sequence=sequence)


@given(st.integers(2, 12), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=50, deadline=None)
def test_any_order_with_duplicates_makes_one_message(
    total: int, chance: random.Random, wide: bool
) -> None:
    pdus = [
        udh_part(sequence, total, text=bytes([sequence]) * 5, wide=wide)
        for sequence in range(1, total + 1)
    ]
    order = list(range(total))
    chance.shuffle(order)
    last = order.pop()
    order += chance.choices(order, k=3)
    reassembler: smpp.Reassembler[int] = smpp.Reassembler()
    for index in order:
        part = part_of(pdus[index])
        outcome, given_up = reassembler.add(key_of(part), part, index, 0.0)
        assert isinstance(outcome, smpp.Held)
        assert given_up == ()
    part = part_of(pdus[last])
    whole, _ = reassembler.add(key_of(part), part, last, 0.0)
    assert isinstance(whole, smpp.Complete)
    assert whole.octets == b"".join(bytes([n]) * 5 for n in range(1, total + 1))
    assert [item for _, item in whole.parts] == list(range(total))
    assert len(reassembler) == 0


def test_an_escape_cut_from_its_character_is_joined_before_it_is_read() -> None:
    reassembler: smpp.Reassembler[None] = smpp.Reassembler()
    first, second = part_of(udh_part(1, 2, text=b"12 \x1b")), part_of(udh_part(2, 2, text=b"\x65"))
    reassembler.add(key_of(second), second, None, 0.0)
    whole, _ = reassembler.add(key_of(first), first, None, 0.0)
    assert isinstance(whole, smpp.Complete)
    assert whole.octets == b"12 \x1b\x65"


def test_parts_of_others_never_meet() -> None:
    reassembler: smpp.Reassembler[None] = smpp.Reassembler()
    one, two = part_of(udh_part(1, 2)), part_of(udh_part(2, 2))
    wide = part_of(udh_part(2, 2, wide=True))
    reassembler.add(key_of(one), one, None, 0.0)
    for key in (
        key_of(two, account=8), key_of(two, source="OTHER"), key_of(two, destination="881"),
        key_of(part_of(udh_part(2, 3))), key_of(part_of(udh_part(2, 2, reference=1))), key_of(wide),
    ):  # fmt: skip
        assert isinstance(reassembler.add(key, two, None, 0.0)[0], smpp.Held)
    assert len(reassembler) == 7


def test_a_repeated_part_is_a_duplicate_and_another_text_is_another_message() -> None:
    reassembler: smpp.Reassembler[str] = smpp.Reassembler()
    part = part_of(udh_part(1))
    reassembler.add(key_of(part), part, "first", 0.0)
    assert reassembler.add(key_of(part), part, "again", 1.0) == (smpp.Held(is_duplicate=True), ())
    other = part_of(udh_part(1, text=b"other"))
    held, (given_up,) = reassembler.add(key_of(other), other, "other", 2.0)
    assert held == smpp.Held(is_duplicate=False)
    assert given_up.reason is GivenUpReason.REFERENCE_REUSED
    assert given_up.parts == ((part, "first"),)


def test_an_incomplete_set_times_out_with_a_report() -> None:
    reassembler: smpp.Reassembler[str] = smpp.Reassembler(timeout_seconds=100.0)
    for sequence, now in ((3, 0.0), (1, 50.0)):
        part = part_of(udh_part(sequence))
        reassembler.add(key_of(part), part, f"row {sequence}", now)
    later = part_of(udh_part(1, reference=9))
    reassembler.add(key_of(later), later, "later", 60.0)
    assert reassembler.next_deadline == 100.0
    assert reassembler.tick(99.9) == []
    (given_up,) = reassembler.tick(100.0)
    assert given_up.reason is GivenUpReason.TIMED_OUT
    assert [item for _, item in given_up.parts] == ["row 1", "row 3"]
    assert reassembler.next_deadline == 160.0


def test_the_number_of_incomplete_sets_is_bounded() -> None:
    reassembler: smpp.Reassembler[int] = smpp.Reassembler(max_sets=2)
    for reference in (1, 2):
        part = part_of(udh_part(1, reference=reference))
        reassembler.add(key_of(part), part, reference, 0.0)
    part = part_of(udh_part(1, reference=3))
    _, (given_up,) = reassembler.add(key_of(part), part, 3, 0.0)
    assert given_up.reason is GivenUpReason.TOO_MUCH
    assert given_up.key.reference == 1
    assert len(reassembler) == 2


def test_the_octets_of_incomplete_sets_are_bounded() -> None:
    reassembler: smpp.Reassembler[int] = smpp.Reassembler(max_octets=250)
    for reference in (1, 2, 3):
        part = part_of(udh_part(1, reference=reference, text=bytes(100)))
        _, given_up = reassembler.add(key_of(part), part, reference, 0.0)
    assert [one.key.reference for one in given_up] == [1]
    part = part_of(udh_part(2, reference=3, text=bytes(200)))
    _, given_up = reassembler.add(key_of(part), part, 3, 0.0)
    assert [one.key.reference for one in given_up] == [2, 3]
    part = part_of(udh_part(1, reference=4, text=bytes(50)))
    assert reassembler.add(key_of(part), part, 4, 0.0)[1] == ()
