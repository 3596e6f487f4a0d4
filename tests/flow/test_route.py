"""The first rule that fits decides; its carriers are taken by priority, share and health."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from heliograph.flow.directory import Directory
from heliograph.flow.route import TEST_CARRIER, Router
from heliograph.model.account import TrafficClass
from heliograph.model.ids import IdMaker
from heliograph.model.message import Encoding, Message
from heliograph.model.route import Carrier, Decision, Route, Target
from heliograph.store.things import Snapshot

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def _message(**words: Any) -> Message:
    usual: dict[str, Any] = {
        "account_id": 1,
        "id": 1,
        "submission_id": None,
        "dialect": "native",
        "sender": "Shop",
        "recipient": "8801712345678",
        "text": "Hello",
        "encoding": Encoding.GSM7,
        "parts": 1,
        "traffic_class": TrafficClass.TRANSACTIONAL,
        "mcc": "470",
        "mnc": "01",
        "valid_until": _NOW,
    }
    return Message(**(usual | words))


def _router(*routes: Route, carriers: str = "abc", disabled: str = "", down: str = "") -> Router:
    """Carriers have one letter each; their ids are 1, 2, 3, …"""
    known = [
        Carrier(id=number, name=name, kind="simulated", enabled=name not in disabled)
        for number, name in enumerate(carriers, start=1)
    ]
    directory = Directory(bytes(32), lambda: _NOW)
    directory.replace(
        Snapshot(
            accounts=(),
            credentials=(),
            senders=(),
            permits=(),
            numbers=(),
            endpoints=(),
            carriers=tuple(known),
            routes=routes,
            rate_cards=(),
            rates=(),
            prefixes=(),
            opted_out_accounts=frozenset(),
        )
    )
    dead = {carrier.id for carrier in known if carrier.name in down}
    return Router(directory, lambda number: number not in dead)


def _route(number: int = 1, to: str = "a", **words: Any) -> Route:
    targets = tuple(Target(carrier=name, priority=place) for place, name in enumerate(to))
    return Route(id=number, name=f"route {number}", **({"targets": targets} | words))


def _verdicts(decision: Decision) -> dict[str, str]:
    return {candidate.carrier: candidate.verdict for candidate in decision.candidates}


# -- which rule ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "fits", "differs"),
    [
        ({"account_id": 1}, {}, {"account_id": 2}),
        ({"sender": "shop"}, {"sender": "SHOP"}, {"sender": "Shop2"}),
        ({"prefix": "88017"}, {}, {"recipient": "8801812345678"}),
        ({"mcc": "470"}, {}, {"mcc": "262"}),
        ({"mcc": "470"}, {}, {"mcc": None}),
        ({"mcc": "470", "mnc": "01"}, {}, {"mnc": "02"}),
        ({"traffic_class": TrafficClass.OTP}, {"traffic_class": TrafficClass.OTP}, {}),
        ({"from_minute": 720, "to_minute": 721}, {}, None),
    ],
)
def test_a_rule_is_for_what_meets_its_criteria_and_the_next_for_the_rest(
    criterion: dict[str, Any], fits: dict[str, Any], differs: dict[str, Any] | None
) -> None:
    router = _router(_route(1, "a", position=1, **criterion), _route(2, "b", position=2))
    assert router.decide(_message(**fits), _NOW).route_id == 1
    if differs is not None:
        assert router.decide(_message(**differs), _NOW).route_id == 2


def test_all_criteria_of_a_rule_must_be_met() -> None:
    router = _router(_route(1, prefix="880", sender="Shop", account_id=1))
    assert router.offers(_message(), _NOW)
    for other in ({"recipient": "4915112345678"}, {"sender": "Else"}, {"account_id": 2}):
        assert not router.offers(_message(**other), _NOW)
        assert router.decide(_message(**other), _NOW) == Decision(carrier_id=None, route_id=None)


def test_rules_are_asked_by_position_and_then_by_age() -> None:
    rules = [_route(1, position=5), _route(2, position=5), _route(3, position=1)]
    for order in permutations(rules):
        assert _router(*order).decide(_message(), _NOW).route_id == 3
        assert _router(*[r for r in order if r.id != 3]).decide(_message(), _NOW).route_id == 1


def test_a_disabled_rule_is_not_asked() -> None:
    router = _router(_route(1, enabled=False), _route(2, "b"))
    assert router.decide(_message(), _NOW).route_id == 2


@pytest.mark.parametrize(
    ("start", "end", "open_at", "closed_at"),
    [
        (480, 1200, ("08:00", "12:00", "19:59"), ("07:59", "20:00", "00:00")),
        (1320, 360, ("22:00", "23:59", "00:00", "05:59"), ("06:00", "12:00", "21:59")),
        (0, 1440, ("00:00", "23:59"), ()),
    ],
)
def test_a_time_window_may_run_over_midnight(
    start: int, end: int, open_at: tuple[str, ...], closed_at: tuple[str, ...]
) -> None:
    router = _router(_route(1, from_minute=start, to_minute=end))
    for clock, wanted in [*((c, True) for c in open_at), *((c, False) for c in closed_at)]:
        hour, minute = map(int, clock.split(":"))
        moment = _NOW.replace(hour=hour, minute=minute, second=59)
        assert router.offers(_message(), moment) is wanted, clock


# -- which carrier ------------------------------------------------------------------------------


def test_carriers_are_taken_by_priority() -> None:
    targets = (Target(carrier="b", priority=2), Target(carrier="a", priority=1))
    decision = _router(_route(targets=targets)).decide(_message(), _NOW)
    assert decision.carrier_id == 1
    assert [(c.carrier, c.verdict) for c in decision.candidates] == [
        ("a", "chosen"),
        ("b", "standby"),
    ]


def test_every_candidate_that_was_not_taken_says_why() -> None:
    router = _router(_route(to="abxcde"), carriers="abcde", disabled="b", down="a")
    decision = router.decide(_message(), _NOW, tried=[3])
    assert decision.carrier_id == 4
    assert _verdicts(decision) == {
        "a": "down",
        "b": "disabled",
        "x": "unknown_carrier",
        "c": "tried",
        "d": "chosen",
        "e": "standby",
    }


def test_a_carrier_that_is_down_is_no_reason_to_refuse_but_none_is_chosen() -> None:
    router = _router(_route(to="a"), down="a")
    assert router.offers(_message(), _NOW)
    assert router.decide(_message(), _NOW).carrier_id is None
    assert router.untried(_message(), _NOW, tried=())
    assert not router.untried(_message(), _NOW, tried=[1])


def test_a_disabled_or_unknown_carrier_is_not_worth_waiting_for() -> None:
    router = _router(_route(to="ax"), disabled="a")
    assert not router.untried(_message(), _NOW, tried=())
    assert not _router().untried(_message(), _NOW, tried=())


def test_a_test_message_goes_to_the_test_carrier_whatever_the_rules_say() -> None:
    router = _router()
    message = _message(test=True)
    assert router.offers(message, _NOW)
    assert router.decide(message, _NOW) == Decision(carrier_id=TEST_CARRIER, route_id=None)
    assert not router.untried(message, _NOW, tried=())


@pytest.mark.parametrize("pace", ["in one burst", "one in a millisecond", "one in a second"])
@pytest.mark.parametrize("weights", [(1, 1), (70, 30), (8, 1, 1), (1, 99)])
def test_carriers_share_by_weight(weights: tuple[int, ...], pace: str) -> None:
    step = {"in one burst": 0, "one in a millisecond": 1, "one in a second": 1_000}[pace]
    milliseconds = int(_NOW.timestamp() * 1000)

    def clock() -> int:
        nonlocal milliseconds
        milliseconds += step
        return milliseconds

    ids = IdMaker(3, clock)
    targets = tuple(Target(carrier="abc"[n], weight=weight) for n, weight in enumerate(weights))
    router = _router(_route(targets=targets))
    count = 10_000
    chosen = Counter(router.decide(_message(id=ids.next()), _NOW).carrier_id for _ in range(count))
    for number, weight in enumerate(weights, start=1):
        assert chosen[number] / count == pytest.approx(weight / sum(weights), abs=0.02)


def test_the_share_of_a_carrier_that_is_down_goes_to_its_equals_before_lower_priorities() -> None:
    targets = (
        Target(carrier="a", weight=5),
        Target(carrier="b", weight=5),
        Target(carrier="c", priority=1),
    )
    router = _router(_route(targets=targets), down="a")
    assert {router.decide(_message(id=n << 22), _NOW).carrier_id for n in range(200)} == {2}


def test_a_weight_of_nothing_takes_nothing() -> None:
    targets = (Target(carrier="a", weight=0), Target(carrier="b", weight=1))
    router = _router(_route(targets=targets))
    assert {router.decide(_message(id=n), _NOW).carrier_id for n in range(50)} == {2}


def test_a_message_is_routed_the_same_way_every_time() -> None:
    targets = tuple(Target(carrier=name, weight=1) for name in "abc")
    router = _router(_route(targets=targets))
    for number in range(20):
        decisions = {router.decide(_message(id=number), _NOW).carrier_id for _ in range(3)}
        assert len(decisions) == 1
