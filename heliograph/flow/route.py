"""Where a message goes: the first rule that fits it, then the carriers of that rule in turn.

The decision and every candidate that was not taken, with the reason, are kept for the message's
trace. Looks only at what is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from heliograph.flow.directory import Directory
from heliograph.model.message import SMS, Message
from heliograph.model.route import Candidate, Carrier, Decision, Route, Target

TEST_CARRIER = 0
"""The carrier of test credentials: it never leaves the house and has no row."""
_MIX = 0x9E3779B97F4A7C15


class Router:
    """Decides by the directory's routes. `up` says whether a carrier can take messages now."""

    def __init__(self, directory: Directory, up: Callable[[int], bool]) -> None:
        self._directory = directory
        self._up = up

    def offers(self, message: Message, now: datetime) -> bool:
        """Whether any rule offers a carrier for it, working or not; asked before acceptance."""
        return message.test or self._rule(message, now) is not None

    def decide(self, message: Message, now: datetime, tried: Collection[int] = ()) -> Decision:
        """The carrier to use now; `carrier_id` is None when every candidate is tried or down."""
        if message.test:
            return Decision(carrier_id=TEST_CARRIER, route_id=None)
        rule = self._rule(message, now)
        if rule is None:
            return Decision(carrier_id=None, route_id=None)
        chosen: int | None = None
        candidates = []
        for target in _in_turn(rule.targets, message.id):
            carrier = self._directory.carrier_named(target.carrier)
            verdict = self._verdict(carrier, message.channel, tried)
            if verdict == "standby" and chosen is None and carrier is not None:
                chosen, verdict = carrier.id, "chosen"
            candidates.append(Candidate(route=rule.name, carrier=target.carrier, verdict=verdict))
        return Decision(carrier_id=chosen, route_id=rule.id, candidates=tuple(candidates))

    def untried(self, message: Message, now: datetime, tried: Collection[int]) -> bool:
        """Whether a carrier is left that has not refused it, working or not."""
        rule = None if message.test else self._rule(message, now)
        names = rule.targets if rule else ()
        carriers = [self._directory.carrier_named(target.carrier) for target in names]
        return any(
            c is not None and c.enabled and c.id not in tried and message.channel in c.channels
            for c in carriers
        )

    def _verdict(self, carrier: Carrier | None, channel: str, tried: Collection[int]) -> str:
        if carrier is None:
            return "unknown_carrier"
        if channel not in carrier.channels:
            return "no_channel"
        if not carrier.enabled:
            return "disabled"
        if carrier.id in tried:
            return "tried"
        return "standby" if self._up(carrier.id) else "down"

    def _rule(self, message: Message, now: datetime) -> Route | None:
        minute = now.hour * 60 + now.minute
        for rule in self._directory.routes:
            if _fits(rule, message, minute) and (
                message.channel == SMS or self._carries(rule, message.channel)
            ):
                return rule
        return None

    def _carries(self, rule: Route, channel: str) -> bool:
        """Whether any carrier of the rule declares the channel; the next rule is asked otherwise."""
        carriers = [self._directory.carrier_named(target.carrier) for target in rule.targets]
        return any(c is not None and c.enabled and channel in c.channels for c in carriers)


def _fits(rule: Route, message: Message, minute: int) -> bool:
    return (
        rule.enabled
        and _meant(rule, message)
        and (rule.account_id is None or rule.account_id == message.account_id)
        and (rule.traffic_class is None or rule.traffic_class is message.traffic_class)
        and (rule.prefix is None or message.recipient.startswith(rule.prefix))
        and (rule.mcc is None or rule.mcc == message.mcc)
        and (rule.mnc is None or rule.mnc == message.mnc)
        and (rule.sender is None or rule.sender.lower() == message.sender.lower())
        and _open(rule, minute)
    )


def _meant(rule: Route, message: Message) -> bool:
    """A caller that names a route can have one that was made for its account, and no other."""
    wanted = 0 if message.extra is None else message.extra.route_id
    return not wanted or (rule.id == wanted and rule.account_id == message.account_id)


def _open(rule: Route, minute: int) -> bool:
    start, end = rule.from_minute, rule.to_minute
    if start is None or end is None:
        return True
    return start <= minute < end if start <= end else minute >= start or minute < end


def _in_turn(targets: tuple[Target, ...], message_id: int) -> list[Target]:
    """Lower priority first; within one, a share of the messages by weight leads, the rest follow."""
    if len(targets) == 1:
        return list(targets)
    turn: list[Target] = []
    for priority in sorted({target.priority for target in targets}):
        group = [t for t in targets if t.priority == priority and t.weight > 0]
        point = (message_id * _MIX >> 32) % 2**32  # spreads ids, which differ in few bits
        while group:
            total = sum(target.weight for target in group)
            mark = point % total
            for target in group:
                mark -= target.weight
                if mark < 0:
                    break
            turn.append(target)
            group.remove(target)
    return turn
