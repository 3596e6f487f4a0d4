"""What becomes of one submission: the plan (what happens) and its timing (when), expanded to reports.

Pure and small, so that every behaviour of the simulated network can be tested without a clock. A plan
comes from the magic table or from the dice; both end here. This module must never draw a random
number or read a clock: whatever is random has been decided before.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from heliograph.model.reason import Reason
from heliograph.model.report import Declined
from heliograph.model.status import Status

EARLY_LEAD_SECONDS: Final = 0.05
"""How far an early receipt runs ahead of the submit response."""
REPLY_SECONDS: Final = 0.05
"""How long a handset takes to answer a message."""
THROTTLE_SECONDS: Final = 1.0
"""What a throttled submitter is asked to wait."""

# The submit_sm_resp command_status that an SMSC would give (SMPP 3.4, 5.1.3); others: submit failed.
_COMMAND_STATUS: Final[dict[Reason, str]] = {
    Reason.SYSTEM_FAILURE: "0x00000008",
    Reason.INVALID_SOURCE: "0x0000000A",
    Reason.INVALID_DESTINATION: "0x0000000B",
    Reason.CREDIT_LIMIT: "0x00000045",
    Reason.THROTTLED: "0x00000058",
}
_MESSAGE_AT_FAULT: Final = frozenset(
    {Reason.INVALID_DESTINATION, Reason.INVALID_SOURCE, Reason.DATA_ERROR, Reason.DATA_MISSING}
)


def refusal(reason: Reason) -> Declined:
    """The network's "no" to a submission, with the command_status an SMSC would send."""
    return Declined(
        reason=reason,
        vendor_code=_COMMAND_STATUS.get(reason, "0x00000045"),
        retry_after_seconds=THROTTLE_SECONDS if reason is Reason.THROTTLED else None,
        next_carrier=reason not in _MESSAGE_AT_FAULT,
    )


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one submission, without its timing."""

    refusal: Declined | None = None
    """Declined at submit: nothing else happens."""
    answered: bool = True
    """False: the submit response never comes."""
    taken: bool = True
    """False, for an unanswered submission: the network never had it."""
    status: Status = Status.DELIVERED
    reason: Reason = Reason.NONE
    then: tuple[Status, Reason] | None = None
    """A second, different receipt for each part after the first."""
    copies: int = 1
    """How often each receipt comes."""
    early: bool = False
    """Receipts come before the submit response."""
    lost: bool = False
    """The receipt of one part never comes."""
    stray: bool = False
    """A receipt with an id that nobody was given comes first."""
    reverse: bool = False
    """The parts report last to first."""
    partial: bool = False
    """Of several parts only one fails; the others are delivered."""
    wait_seconds: float | None = None
    """Delay of the receipt; None leaves it to the settings."""
    reply: str | None = None
    """What the handset writes back on receiving it."""
    echo: bool = False
    """The handset writes the same text back."""

    @property
    def reaches_handset(self) -> bool:
        """Whether the whole message arrives in the end."""
        if self.refusal is not None or not self.taken or self.partial:
            return False
        last = self.then[0] if self.then else self.status
        return Status.DELIVERED in {self.status, last}


DELIVERED: Final = Plan()


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with its timing."""

    plan: Plan
    response_seconds: float
    """From the submission to its response, or to when it should have come."""
    receipt_seconds: float
    """From then to the first receipt."""
    chosen_part: int = -1
    """The part that `lost` and `partial` are about; -1 is the last."""


class PartReport(NamedTuple):
    """One receipt to come."""

    part: int
    """0 for the first; -1 for a stray id."""
    seconds: float
    """After the submission."""
    status: Status
    reason: Reason
    heard: bool
    """False for a lost receipt."""
    lands: bool
    """The handset shows the message now."""


def reports_of(fate: Fate, parts: int) -> list[PartReport]:
    """Every receipt of a submission with `parts` parts, in the order in which equal times are sent."""
    plan, response, wait = fate.plan, fate.response_seconds, fate.receipt_seconds
    if plan.refusal is not None or not plan.taken:
        return []
    if plan is DELIVERED and parts == 1:
        return [PartReport(0, response + wait, Status.DELIVERED, Reason.NONE, True, True)]
    # An early receipt leaves when the response should have; the response is held back instead.
    first = response if plan.early else response + wait
    step = wait / 20
    reports = _round(fate, parts, first, step, (plan.status, plan.reason))
    if plan.then is not None:
        reports += _round(fate, parts, first + wait + parts * step, step, plan.then)
    if plan.reaches_handset:
        last = max(i for i, report in enumerate(reports) if report.status is Status.DELIVERED)
        reports[last] = reports[last]._replace(lands=True)
    again = [
        report._replace(seconds=report.seconds + copy * step, lands=False)
        for copy in range(1, plan.copies)
        for report in reports
    ]
    stray = [PartReport(-1, first, plan.status, plan.reason, True, False)] if plan.stray else []
    return stray + reports + again


def response_of(fate: Fate) -> float:
    """Seconds from the submission to its response."""
    return fate.response_seconds + (EARLY_LEAD_SECONDS if fate.plan.early else 0.0)


def _round(
    fate: Fate, parts: int, first: float, step: float, end: tuple[Status, Reason]
) -> list[PartReport]:
    """One receipt for each part, spread over time in the order of the plan."""
    plan, chosen = fate.plan, fate.chosen_part % parts
    spared = (Status.DELIVERED, Reason.NONE) if plan.partial and parts > 1 else end
    order = range(parts - 1, -1, -1) if plan.reverse else range(parts)
    return [
        PartReport(
            part,
            first + position * step,
            *(end if part == chosen else spared),
            not (plan.lost and part == chosen),
            False,
        )
        for position, part in enumerate(order)
    ]
