"""Magic numbers: recipients whose last digits decide what the simulated network does with a message.

One table drives the behaviour, `docs/simulator.md` and the tests. It must never catch ordinary
traffic by more than accident: five zeros and a code of the table end fewer than one in three hundred
thousand random numbers, and a load test can switch the table off.
"""

from __future__ import annotations

from typing import Final

import msgspec

from heliograph.model.reason import Reason
from heliograph.model.status import Status
from heliograph.simulator.fate import DELIVERED, Plan, refusal


class Magic(msgspec.Struct, frozen=True, kw_only=True):
    """What one code does."""

    meaning: str
    plans: tuple[Plan, ...]
    """For the first, second, … submission of the same message; the last one holds for all others."""


def _always(meaning: str, plan: Plan) -> Magic:
    return Magic(meaning=meaning, plans=(plan,))


def _fails(meaning: str, reason: Reason) -> Magic:
    return _always(meaning, Plan(status=Status.UNDELIVERED, reason=reason))


def _twice(meaning: str, plan: Plan) -> Magic:
    return Magic(meaning=meaning, plans=(plan, plan, DELIVERED))


_ABSENT: Final = Plan(status=Status.UNDELIVERED, reason=Reason.ABSENT_SUBSCRIBER)
_EXPIRED: Final = (Status.EXPIRED, Reason.VALIDITY_EXPIRED)

MAGIC: Final[dict[str, Magic]] = {
    "00": _always("delivered", DELIVERED),
    "01": _fails("undelivered: absent subscriber (27)", Reason.ABSENT_SUBSCRIBER),
    "02": _fails("undelivered: unknown subscriber (1)", Reason.UNKNOWN_SUBSCRIBER),
    "03": _always(
        "expired: the network's validity ended (902)", Plan(status=_EXPIRED[0], reason=_EXPIRED[1])
    ),
    "04": _always(
        "rejected by the network: sender not allowed (603)",
        Plan(status=Status.REJECTED, reason=Reason.INVALID_SOURCE),
    ),
    "05": _always(
        "declined at submit for good: invalid destination (604)",
        Plan(refusal=refusal(Reason.INVALID_DESTINATION)),
    ),
    "06": _twice(
        "declined at submit twice: system failure (34); the third submission is delivered",
        Plan(refusal=refusal(Reason.SYSTEM_FAILURE)),
    ),
    "07": _twice(
        "throttled twice (907, asks for one second); the third submission is delivered",
        Plan(refusal=refusal(Reason.THROTTLED)),
    ),
    "08": Magic(
        meaning="no response to the first submission, though the handset receives it; "
        "a further submission is answered and delivered too",
        plans=(Plan(answered=False), DELIVERED),
    ),
    "09": _always("no response, ever, and nothing is delivered", Plan(answered=False, taken=False)),
    "10": _always("delivered; each receipt comes three times", Plan(copies=3)),
    "11": _always("delivered; the receipt comes before the submit response", Plan(early=True)),
    "12": _always("delivered; the receipt (of the last part) is lost", Plan(lost=True)),
    "13": _always("delivered; the receipt comes 30 seconds late", Plan(wait_seconds=30.0)),
    "14": _twice("absent subscriber (27) twice; the third submission is delivered", _ABSENT),
    "15": _fails("undelivered: handset memory full (33)", Reason.MEMORY_EXCEEDED),
    "16": _fails("undelivered: call barred (13)", Reason.CALL_BARRED),
    "17": _fails("undelivered: subscriber busy (45)", Reason.SUBSCRIBER_BUSY),
    "18": _fails("undelivered: system failure (34)", Reason.SYSTEM_FAILURE),
    "19": _always("delivered; the handset replies STOP", Plan(reply="STOP")),
    "20": _always("delivered; the handset sends the same text back", Plan(echo=True)),
    "21": _always(
        "all parts are delivered but the last: equipment failure (32); a single part just fails",
        Plan(status=Status.UNDELIVERED, reason=Reason.EQUIPMENT_FAILURE, partial=True),
    ),
    "22": _always("delivered; the parts report last to first", Plan(reverse=True)),
    "23": _always(
        "expired, and delivered after all",
        Plan(status=_EXPIRED[0], reason=_EXPIRED[1], then=(Status.DELIVERED, Reason.NONE)),
    ),
    "24": _always(
        "delivered, and then a second receipt says undelivered (27)",
        Plan(then=(Status.UNDELIVERED, Reason.ABSENT_SUBSCRIBER)),
    ),
    "25": _always("delivered; a receipt with an id nobody was given comes first", Plan(stray=True)),
}


def magic_of(recipient: str) -> Magic | None:
    """The table's entry for an MSISDN, or None for an ordinary number.

    A magic number ends in five zeros and a code (8801700000001). In calling code 1, where no
    subscriber number can begin with zero, it ends in 50000 and a code (12025000001).
    """
    if recipient[-6:-2] != "0000":
        return None
    seventh = recipient[-7:-6]
    if seventh == "0" or (seventh == "5" and len(recipient) == 11 and recipient[0] == "1"):
        return MAGIC.get(recipient[-2:])
    return None


def plan_of(magic: Magic, submission: int) -> Plan:
    """What happens to the given submission of a message (1 for the first)."""
    return magic.plans[min(submission, len(magic.plans)) - 1]


def magic_table() -> str:
    """The table of `docs/simulator.md`, in Markdown."""
    rows = (f"| `…00000{code}` | {magic.meaning} |" for code, magic in MAGIC.items())
    return "\n".join(("| Recipient ends in | What happens |", "| --- | --- |", *rows))
