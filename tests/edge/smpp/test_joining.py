"""Parts that belong together are joined once; nobody who sent one is left without an answer."""

from heliograph.edge.smpp.content import sar_part
from heliograph.edge.smpp.joining import Joiner
from heliograph.smpp import Part, SubmitSm, sar_tlvs
from tests.edge.smpp.conftest import submit


def _part(text: bytes, number: int, **fields: object) -> tuple[SubmitSm, Part]:
    tlvs = sar_tlvs(reference=1, total=2, sequence=number)
    pdu = submit(text, tlvs=tlvs, **fields)
    part = sar_part(pdu)
    assert part is not None
    return pdu, part


def test_parts_in_any_order_make_one_message() -> None:
    joiner: Joiner[str] = Joiner()
    second, first = _part(b"there", 2), _part(b"Hello ", 1)
    assert joiner.add(7, "b", *second, 0.0) == (b"", [], [])
    octets, whole, refused = joiner.add(7, "a", *first, 1.0)
    assert (octets, refused) == (b"Hello there", [])
    assert [who for who, _ in whole] == ["a", "b"]
    assert joiner.tick(1000.0) == []


def test_parts_of_other_customers_or_other_addresses_stay_apart() -> None:
    joiner: Joiner[str] = Joiner()
    joiner.add(7, "a", *_part(b"Hello ", 1), 0.0)
    assert joiner.add(8, "b", *_part(b"there", 2), 0.0)[1] == []
    assert joiner.add(7, "c", *_part(b"there", 2, destination_addr="1"), 0.0)[1] == []
    assert joiner.add(7, "d", *_part(b"there", 2, source_addr="Other"), 0.0)[1] == []


def test_parts_whose_others_do_not_come_are_given_back() -> None:
    joiner: Joiner[str] = Joiner()
    joiner.add(7, "a", *_part(b"Hello ", 1), 0.0)
    assert joiner.tick(29.0) == []
    assert [who for who, _ in joiner.tick(30.0)] == ["a"]


def test_a_reference_used_anew_gives_the_old_parts_back() -> None:
    joiner: Joiner[str] = Joiner()
    joiner.add(7, "a", *_part(b"Hello ", 1), 0.0)
    _, whole, refused = joiner.add(7, "b", *_part(b"Other ", 1), 1.0)
    assert (whole, [who for who, _ in refused]) == ([], ["a"])


def test_the_same_part_again_is_not_kept_twice() -> None:
    joiner: Joiner[str] = Joiner()
    joiner.add(7, "a", *_part(b"Hello ", 1), 0.0)
    assert [who for who, _ in joiner.add(7, "again", *_part(b"Hello ", 1), 1.0)[2]] == ["again"]
