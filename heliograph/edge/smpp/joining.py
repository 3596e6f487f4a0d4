"""Parts that sar_* TLVs mark, joined before they are accepted: such parts are mostly full, with no room for
the user data header that the air needs. None is answered before all are there and committed together, so
that nothing answered can be lost; a set that stays incomplete is refused, part by part.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from heliograph.edge.smpp.content import Submit
from heliograph.smpp import Complete, Part, PartKey, Reassembler, SubmitMulti

__all__ = ["Joiner"]

# Below the minute after which most clients give a submit up.
_PATIENCE_SECONDS: Final = 30.0
_MOST_SETS: Final = 10_000
Who = TypeVar("Who")


class Joiner(Generic[Who]):
    """Collects parts with whoever is to be answered for them."""

    def __init__(self) -> None:
        self._parts: Reassembler[tuple[Who, Submit]] = Reassembler(
            timeout_seconds=_PATIENCE_SECONDS, max_sets=_MOST_SETS
        )

    def add(
        self, credential_id: int, who: Who, pdu: Submit, part: Part, now: float
    ) -> tuple[bytes, list[tuple[Who, Submit]], list[tuple[Who, Submit]]]:
        """The whole octets and those to be answered once they are complete; and those to be refused."""
        key = PartKey.of(
            part, account=credential_id, source=pdu.source_addr, destination=_destination(pdu)
        )
        outcome, given_up = self._parts.add(key, part, (who, pdu), now)
        refused = [item for each in given_up for _, item in each.parts]
        if isinstance(outcome, Complete):
            return outcome.octets, [item for _, item in outcome.parts], refused
        if outcome.is_duplicate:
            refused.append((who, pdu))
        return b"", [], refused

    def tick(self, now: float) -> list[tuple[Who, Submit]]:
        """Those whose other parts did not come."""
        return [item for each in self._parts.tick(now) for _, item in each.parts]


def _destination(pdu: Submit) -> str:
    if isinstance(pdu, SubmitMulti):
        return ",".join(each.destination_addr or each.dl_name for each in pdu.dest_addresses)
    return pdu.destination_addr
