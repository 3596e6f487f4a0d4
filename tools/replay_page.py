"""Draws `docs/messagewhiz-replay.md`: each printed request with the printed answer and ours, side by side.

What is another at every replay is masked: numbers of things are told as the printed ones that they stand
for, others as ‹id›; times that are not echoed, seconds, codes and hashes as such. `unlike` says where an
answer has other names, another order or other types than the printed one.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

__all__ = ["Exchange", "page_of", "unlike"]

_ADDED: Final = frozenset({"dlr", "recipient_count"})
"""Fields of the list of broadcasts that callers read and the reference does not print (facts 31)."""
_IDS: Final = frozenset(
    {"id", "campaign_id", "user_id", "company_id", "recipient_list_id", "linkId", "senderId"}
    | {"broadcastID", "segmentID", "broadcast_id", "broadcastId", "send_conditions_id"}
)
_OWNERS: Final = frozenset({"user_id", "company_id"})
_LEAST_TOLD: Final = 100
"""Smaller ones are printed for things of several kinds."""
_TIMES: Final = frozenset({"create_date", "created_at", "send_time", "send_date"})
_MASKED: Final[Mapping[str, str]] = {
    "executionTime": "‹seconds›",
    "uuid": "‹uuid›",
    "estimateHash": "‹hash›",
    "company_name": "‹account›",
}
_SHORT_URL: Final = re.compile(r"https?://\S+/t/\w+")
_MINUTE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d$")
_MOST_ITEMS: Final = 2
_MARK: Final = re.compile(r'"(‹[^"]+›)"')
_HEAD: Final = """\
# MessageWhiz: every printed request, replayed

<!-- Written by `python -m tools.replay` against a running `serve --demo`; tests/acceptance compares it. -->

The {count} requests that MessageWhiz's reference prints (seed 004), as they are printed and in an order in
which each finds what it needs, sent to a running Heliograph: the printed answer left, Heliograph's right.
{alike} answers have HTTP 200 and the printed names in the printed order with the printed types; of
`linklist_replace` no answer is printed.

Numbers of things are told as the printed ones that they stand for, others as ‹id›; what is another at
every replay is masked alike. Of longer arrays two items are shown. Texts and prices are those of the account
that was made for the replay. `null` stands where there is nothing, and an empty array or object where
nothing is in it; beyond the printed names `Broadcast/List` has `dlr` and `recipient_count`, which callers
of the vendor read.
"""


class Exchange(NamedTuple):
    """A request, the printed answer and ours."""

    name: str
    request: str
    """As it is printed."""
    printed: str | None
    status: int
    answer: str
    ours: Mapping[str, int]
    """Printed numbers of things → ours that stand for them."""


def page_of(done: list[Exchange]) -> str:
    """The whole page."""
    alike = sum(each.printed is not None and not list(unlike(each)) for each in done)
    lines = [_HEAD.format(count=len(done), alike=alike)]
    for each in done:
        head, _, body = each.request.replace("\r\n", "\n").partition("\n\n")
        first = head.split("\n")[0].removesuffix(" HTTP/1.1")
        lines += [f"## {each.name}", "", f"`{first}`", ""]
        if body.strip():
            lines += ["```", body.strip().replace("```", "` ` `"), "```", ""]
        lines += [_beside(_pretty_printed(each), _pretty_answer(each), each.status), ""]
        faults = list(unlike(each))
        if faults:
            lines += ["**Unlike:** " + "; ".join(faults), ""]
    return "\n".join(lines).rstrip() + "\n"


def _beside(printed: str, answer: str, status: int) -> str:
    cells = (f'<td valign="top"><pre>{html.escape(text)}</pre></td>' for text in (printed, answer))
    head = f"<tr><th>Printed</th><th>Answered: {status}</th></tr>"
    return f"<table>\n{head}\n<tr>{''.join(cells)}</tr>\n</table>"


def _pretty_printed(each: Exchange) -> str:
    if each.printed is None:
        return "(no answer is printed)"
    return _pretty(_json(each.printed), each.printed)


def _pretty_answer(each: Exchange) -> str:
    printed = None if each.printed is None else _json(each.printed)
    return _pretty(_mask(_json(each.answer), printed, each.ours), each.answer)


def _json(text: str) -> Any:
    """None for what is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _pretty(value: Any, text: str) -> str:
    if value is None:
        return text.rstrip()
    return _MARK.sub(r"\1", json.dumps(_short(value), indent=1, ensure_ascii=False))


def _mask(value: Any, printed: Any, ours: Mapping[str, int], key: str = "") -> Any:
    """The same without what is another at every replay. `printed` stands in the same place."""
    if isinstance(value, dict):
        beside = printed if isinstance(printed, dict) else {}
        return {name: _mask(each, beside.get(name), ours, name) for name, each in value.items()}
    if isinstance(value, list):
        items = printed if isinstance(printed, list) else []
        beside_each = [*items, *[None] * len(value)]
        return [_mask(v, p, ours, key) for v, p in zip(value, beside_each, strict=False)]
    if key in _MASKED and value is not None:
        return _MASKED[key]
    if isinstance(value, str):
        return _masked_text(value, key)
    if (key in _IDS or key == "result") and type(value) is int:
        stands = key not in _OWNERS and value == ours.get(str(printed))
        return printed if stands and printed >= _LEAST_TOLD else "‹id›"
    return value


def _masked_text(value: str, key: str) -> str:
    if key == "replacement" and len(value) == 1:
        return "‹symbol›"
    if key in _TIMES:
        return "‹time›"
    return _MINUTE.sub("‹time›", _SHORT_URL.sub("‹url›", value))


def _short(value: Any) -> Any:
    """With no more than two items of an array of objects."""
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    if isinstance(value, list):
        objects = [each for each in value if isinstance(each, dict)]
        shown = value[:_MOST_ITEMS] if objects else value
        return [_short(each) for each in shown]
    return value


# -- alike ------------------------------------------------------------------------------------------


def unlike(each: Exchange) -> Iterator[str]:
    """In what an answer differs from the printed one: its status, names, their order, types."""
    if each.status != 200:
        yield f"HTTP {each.status}"
        return
    if each.printed is None:
        return
    try:
        printed, answer = json.loads(each.printed), json.loads(each.answer)
    except ValueError:
        head = each.printed.split("\n", 1)[0]
        if each.answer.split("\n", 1)[0] != head:
            yield f"the heading is not {head}"
        return
    yield from _differences(printed, answer, "")


def _differences(printed: Any, answer: Any, place: str) -> Iterator[str]:
    """null stands for what there is none of, and an empty array for one of anything."""
    if printed is None or answer is None:
        return
    if isinstance(printed, list) and isinstance(answer, list):
        if place.endswith("recipient_meta_data_map"):  # pairs: the fields are the customer's
            printed, answer = [len(each) for each in printed], [len(each) for each in answer]
        if printed and answer:
            yield from _differences(printed[0], answer[0], f"{place}[]")
        return
    if isinstance(printed, dict) and isinstance(answer, dict):
        theirs = [name for name in printed if not name.isdigit()]
        ours = [
            name
            for name in answer
            if not name.isdigit() and (name in printed or name not in _ADDED)
        ]
        if theirs != ours:
            yield f"{place or 'the answer'} has {ours}, printed are {theirs}"
            return
        for name in theirs:
            yield from _differences(printed[name], answer[name], f"{place}.{name}")
        return
    if _kind(printed) != _kind(answer):
        yield f"{place} is {_kind(answer)}, printed is {_kind(printed)}"


def _kind(value: Any) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__
