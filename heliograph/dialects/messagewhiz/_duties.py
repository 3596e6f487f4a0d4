"""What a key needs for each endpoint, and by which name a change of what is kept goes into the audit log.

The vendor's keys know no scopes; ours have those of the native API, whose operations do the same (the
names in the log are theirs).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from heliograph.model.account import Scope
from heliograph.model.person import Duty

__all__ = ["duty_of", "scope_of", "target_of"]


class _Kind(NamedTuple):
    """What is kept: its name, its area, and what the ids of the native API begin with."""

    noun: str
    area: str
    prefix: str


_CAMPAIGN = _Kind("Campaign", "Broadcasts", "cmp")
_SENDER = _Kind("Sender", "Senders", "snd")
_SENDER_LIST = _Kind("SenderList", "Broadcasts", "sdl")
_LINK = _Kind("Link", "Links", "lnk")
_LINK_LIST = _Kind("LinkList", "Broadcasts", "lkl")
_SPINNER = _Kind("Spinner", "Broadcasts", "spn")
_TEMPLATE = _Kind("Template", "Templates", "tpl")
_TRIGGER = _Kind("Trigger", "Broadcasts", "trg")
_RECIPIENTS = _Kind("RecipientList", "Lists", "lst")
_SUPPRESSION = _Kind("SuppressionList", "Lists", "sup")
_KEPT: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "campaign": _CAMPAIGN,
        "sender": _SENDER,
        "senderList": _SENDER_LIST,
        "senderList/senders": _SENDER_LIST,
        "link": _LINK,
        "LinkList": _LINK_LIST,
        "LinkList/links": _LINK_LIST,
        "LinkList/links/bulk": _LINK_LIST,
        "spinner": _SPINNER,
        "template": _TEMPLATE,
        "trigger": _TRIGGER,
        "RecipientList": _RECIPIENTS,
        "RecipientList/numbers": _RECIPIENTS,
        "UnsubscribeList": _SUPPRESSION,
        "UnsubscribeList/members": _SUPPRESSION,
    }
)
"""By the endpoint's name: those whose calls, but for GET, change what is kept."""
_LOOKING: Final = frozenset(
    {
        "Broadcast/estimate",
        "DeliveryReport",
        "RecipientList/preview",
        "UnsubscribeList/preview",
        "details/linkConversion",
    }
)
"""POST, and nothing changes."""


def scope_of(name: str, method: str) -> Scope:
    """The scope that a key must have."""
    if method == "GET" or name in _LOOKING:
        return Scope.READ
    return Scope.MANAGE if name in _KEPT else Scope.SEND


def duty_of(name: str, method: str, *, numbered: bool) -> Duty | None:
    """A change of what is kept; None where the call looks or sends. `numbered`: the path names a thing."""
    kind = _KEPT.get(name)
    if kind is None or method == "GET":
        return None
    return Duty(
        operation=f"{'change' if numbered else 'create'}{kind.noun}",
        area=kind.area,
        changes=True,
        scope=Scope.MANAGE,
        prefix=kind.prefix,
    )


def target_of(duty: Duty | None, numbers: tuple[str, ...]) -> str:
    """The thing that the path names, as the log has it."""
    return f"{duty.prefix}_{numbers[0]}" if duty is not None and numbers else ""
