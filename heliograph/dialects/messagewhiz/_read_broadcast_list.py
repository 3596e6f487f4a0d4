"""GET /api/3/Broadcast/List: its filter and its order, two small languages of the vendor's (facts 25)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from heliograph.dialects.messagewhiz import codes
from heliograph.dialects.messagewhiz._fields import moment_of, pairs_of_filter, unusable, whole_of
from heliograph.dialects.messagewhiz._reading import Call, Wanted
from heliograph.dialects.messagewhiz.wire import Form
from heliograph.model.campaign import (
    BroadcastFilter,
    BroadcastOrder,
    BroadcastState,
    ListBroadcasts,
)

_ORDERS: Final[Mapping[str, BroadcastOrder]] = {
    "create_date": BroadcastOrder.CREATED,
    "name": BroadcastOrder.NAME,
    "send_date": BroadcastOrder.SEND,
    "state": BroadcastOrder.STATE,
    "type": BroadcastOrder.KIND,
    "id": BroadcastOrder.ID,
}
_STATES: Final[Mapping[int, tuple[BroadcastState, ...]]] = {
    number: tuple(state for state in BroadcastState if codes.STATES[state] == number)
    for number in range(4)
}


def read_list(call: Call) -> Wanted:
    """GET /api/3/Broadcast/List."""
    order, descending = _order(call.query.text("orderby") or "")
    command = ListBroadcasts(
        filter=_filter(call.query.text("filter") or ""),
        order=order,
        descending=descending,
        start=call.start,
        limit=call.limit,
    )
    return Wanted(command, Form.BROADCASTS)


def _order(text: str) -> tuple[BroadcastOrder, bool]:
    """`create_date DESC`; a field alone goes upwards."""
    words = text.replace("+", " ").replace(",", " ").split()
    if not words:
        return BroadcastOrder.CREATED, True
    order = _ORDERS.get(words[0].lower())
    direction = words[1].upper() if len(words) > 1 else "ASC"
    if order is None or len(words) > 2 or direction not in ("ASC", "DESC"):
        raise unusable("orderby")
    return order, direction == "DESC"


def _filter(text: str) -> BroadcastFilter:
    """Comma-separated `key=value`; a key that comes again means or (facts 25)."""
    pairs = pairs_of_filter(text) if text.strip() else []
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if value:
            given.setdefault(name, []).append(value)
    if not given.keys() <= _FILTERS:
        raise unusable("filter", "There is no such criterion.")
    if any(field.lower() != "create_date" for field in given.get("filterby", ())):
        raise unusable("filter", "Times are filtered by create_date.")
    types = _numbers(given, "type")
    states = _numbers(given, "state")
    if not set(types) <= codes.KINDS.keys() or not set(states) <= _STATES.keys():
        raise unusable("filter")
    names = given.get("name", [])
    since, until = (_moment(given.get(key, [])) for key in ("start_date", "end_date"))
    return BroadcastFilter(
        name=names[-1] if names else None,
        kinds=tuple(dict.fromkeys(codes.KINDS[number] for number in types)),
        notes=tuple(map(str, types)),
        states=tuple(state for number in states for state in _STATES[number]),
        dialects=(),
        campaign_ids=tuple(_numbers(given, "campaign_id")),
        ids=tuple(_numbers(given, "id")),
        created_since=since,
        created_until=until,
    )


_FILTERS: Final = frozenset(
    {"name", "type", "state", "campaign_id", "id", "filterby", "start_date", "end_date"}
)


def _numbers(given: Mapping[str, list[str]], name: str) -> list[int]:
    numbers = [whole_of(text) for text in given.get(name, [])]
    if any(number is None or not 0 <= number < 2**31 for number in numbers):
        raise unusable("filter")
    return [number for number in numbers if number is not None]


def _moment(texts: list[str]) -> datetime | None:
    if not texts:
        return None
    found = moment_of(texts[-1])
    if found is None:
        raise unusable("filter")
    return found
