"""Writes the native API's replies: one writer for each kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.native._operation import CSV, Operation
from heliograph.dialects.native._operations import BY_ID
from heliograph.dialects.native._thing_views import (
    OptOutView,
    RatesView,
    balance_view,
    card_view,
    rate_view,
    thing_view,
)
from heliograph.dialects.native._things import rates_to_csv
from heliograph.dialects.native._views import (
    bulk_view,
    created_view,
    delivery_view,
    estimates_view,
    handset_view,
    inbound_view,
    ledger_view,
    message_view,
    orphans_view,
    submission_view,
    trace_view,
)
from heliograph.dialects.native._wire_replies import Page, ReplayedView
from heliograph.dialects.native.codes import refuse
from heliograph.model import command as commands
from heliograph.model.account import Balance
from heliograph.model.command import Answer
from heliograph.model.message import Submission
from heliograph.model.money import decimal_text
from heliograph.model.refusal import Refused

_encode: Final = msgspec.json.Encoder().encode
_HEADERS: Final = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
_REPEATED: Final = (("idempotency-replayed", "true"),)
"""Beside the place of what was accepted; the reply to a POST is kept by no cache as it is."""


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What a writer needs beside the answer."""

    request: HttpRequest
    operation: Operation
    key: bytes


def write(request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes) -> HttpReply:
    """The reply to a command."""
    if isinstance(answer, Refused):
        return refuse(request, answer)
    return _WRITERS[type(answer)](_Told(request, BY_ID[ask.form], key), answer)


def _json(told: _Told, view: Any, headers: tuple[tuple[str, str], ...] = _HEADERS) -> HttpReply:
    return HttpReply(
        status=told.operation.status,
        body=_encode(view),
        content_type="application/json",
        headers=headers,
    )


def _page(told: _Told, items: Sequence[Any], more: bool) -> HttpReply:
    after = None
    if more and items:
        last = items[-1]
        after = last.to if isinstance(last, OptOutView) else last.id
    return _json(told, Page(items=list(items), next=after))


def _accepted(told: _Told, answer: commands.Accepted) -> HttpReply:
    item = answer.items[0]
    if isinstance(item, Refused):
        return refuse(told.request, item)
    view = created_view(answer, item, told.key)
    headers = (("location", f"/v1/messages/{view.id}"),)
    return _json(told, view, headers + _REPEATED if answer.repeated else headers)


def _bulk(told: _Told, answer: commands.BulkAccepted) -> HttpReply:
    view = bulk_view(answer, told.key)
    headers = (("location", f"/v1/submissions/{view.id}"),)
    return _json(told, view, headers + _REPEATED if answer.repeated else headers)


def _trace(told: _Told, answer: commands.MessageTrace) -> HttpReply:
    return _json(told, trace_view(answer, told.key))


def _messages(told: _Told, answer: commands.Messages) -> HttpReply:
    return _page(told, [message_view(each, told.key) for each in answer.items], answer.more)


def _ledger(told: _Told, answer: commands.LedgerPage) -> HttpReply:
    lines = [ledger_view(each, answer.currency, told.key) for each in answer.items]
    return _page(told, lines, answer.more)


def _inbound(told: _Told, answer: commands.InboundPage) -> HttpReply:
    return _page(told, [inbound_view(each, told.key) for each in answer.items], answer.more)


def _things(told: _Told, answer: commands.Things) -> HttpReply:
    return _page(told, [thing_view(each) for each in answer.items], answer.more)


def _saved(told: _Told, answer: commands.Saved) -> HttpReply:
    return _json(told, thing_view(answer.thing, answer.secret))


def _rates(told: _Told, answer: commands.Rates) -> HttpReply:
    if told.request.headers.get("accept", "").startswith(CSV):
        body = rates_to_csv(answer.items, decimal_text)
        return HttpReply(
            status=200, body=body, content_type=f"{CSV}; charset=utf-8", headers=_HEADERS
        )
    rates = [rate_view(each) for each in answer.items]
    return _json(told, RatesView(card=card_view(answer.card), rates=rates))


def _deliveries(told: _Told, answer: commands.Deliveries) -> HttpReply:
    return _page(told, [delivery_view(each, told.key) for each in answer.items], answer.more)


def _done(told: _Told, answer: commands.Done) -> HttpReply:
    del told, answer
    return HttpReply(status=204, body=b"", headers=_HEADERS)


_WRITERS: Final[dict[type[Any], Callable[[_Told, Any], HttpReply]]] = {
    commands.Accepted: _accepted,
    commands.BulkAccepted: _bulk,
    commands.Estimates: lambda told, answer: _json(told, estimates_view(answer)),
    commands.MessageTrace: _trace,
    commands.Messages: _messages,
    Submission: lambda told, answer: _json(told, submission_view(answer, told.key)),
    Balance: lambda told, answer: _json(told, balance_view(answer)),
    commands.LedgerPage: _ledger,
    commands.InboundPage: _inbound,
    commands.Saved: _saved,
    commands.Things: _things,
    commands.Rates: _rates,
    commands.Deliveries: _deliveries,
    commands.Replayed: lambda told, answer: _json(told, ReplayedView(count=answer.count)),
    commands.Handset: lambda told, answer: _json(told, handset_view(answer)),
    commands.Orphans: lambda told, answer: _json(told, orphans_view(answer)),
    commands.Done: _done,
}
"""Total: a test holds it against `Answer`."""
