"""Promise P2 for one attempt: what may have been taken is never called declined."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heliograph.carriers.smpp.pending import MOST_RETRIES, Pending
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Dispatch, Outcome, Taken, Unknown
from heliograph.smpp import SubmitSm
from tests.carriers.smpp.smsc import dispatch_of, message

FATES = st.sampled_from(["taken", "refused", "throttled", "lost", "unwritten"])
THROTTLED = Declined(reason=Reason.THROTTLED)
REFUSED = Declined(reason=Reason.INVALID_SOURCE)


def tell(pending: Pending, index: int, fate: str) -> tuple[int, ...]:
    match fate:
        case "taken":
            return pending.taken(index, f"id{index}")
        case "refused":
            return pending.refused(index, REFUSED)
        case "throttled":
            return pending.refused(index, THROTTLED)
        case "lost":
            return pending.lost("lost")
        case _:
            return pending.unwritten(index)


@given(st.lists(FATES, min_size=1, max_size=6))
def test_each_fate_of_the_parts_settles_once_and_never_hides_what_was_taken(
    fates: list[str],
) -> None:
    outcomes: list[Outcome] = []

    def settle(dispatch: Dispatch, outcome: Outcome) -> None:
        outcomes.append(outcome)

    pending = Pending(dispatch_of(message()), settle, 0.0)
    pending.begin([SubmitSm()] * len(fates))
    turn: tuple[int, ...] = tuple(range(len(fates)))
    rounds = 0
    while turn:
        again: tuple[int, ...] = ()
        for index in turn:
            assert outcomes == []
            again = tell(pending, index, fates[index])
        turn = again
        rounds += 1
    (outcome,) = outcomes
    if "lost" in fates:
        assert isinstance(outcome, Unknown)
    elif set(fates) == {"taken"}:
        assert outcome == Taken(carrier_ids=tuple(f"id{i}" for i in range(len(fates))))
    elif "taken" in fates:
        assert isinstance(outcome, Unknown)
        assert (rounds > 1) == (set(fates) == {"taken", "throttled"})
        assert rounds <= MOST_RETRIES + 1
    else:
        assert isinstance(outcome, Declined)
