"""Writes the native API's replies: one writer for each kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.native._campaign_replies import CAMPAIGN_ANSWERS, campaign_reply
from heliograph.dialects.native._cookies import cleared_cookie, new_cookie
from heliograph.dialects.native._found_replies import FOUND_ANSWERS, found_reply
from heliograph.dialects.native._inventory import RESTRICTION_COLUMNS
from heliograph.dialects.native._links import report_view
from heliograph.dialects.native._operation import CSV, Operation
from heliograph.dialects.native._operations import BY_ID
from heliograph.dialects.native._overview import ANSWERS as OBSERVED
from heliograph.dialects.native._overview import observed_view
from heliograph.dialects.native._people_shown import (
    audit_view,
    person_view,
    sessions_view,
    signed_in_view,
)
from heliograph.dialects.native._simulator import faults_view
from heliograph.dialects.native._statistics import statistics_view, usage_view
from heliograph.dialects.native._tables import to_csv
from heliograph.dialects.native._thing_views import (
    OptOutView,
    RatesView,
    balance_view,
    card_view,
    rate_view,
    thing_view,
)
from heliograph.dialects.native._things import rates_to_csv
from heliograph.dialects.native._verify import (
    checked_view,
    guard_view,
    issued_view,
    profile_view,
    verification_view,
)
from heliograph.dialects.native._views import (
    bulk_view,
    created_view,
    delivery_view,
    estimates_view,
    handset_view,
    inbound_view,
    ledger_view,
    orphans_view,
    submission_view,
    trace_view,
)
from heliograph.dialects.native._views_dialogue import (
    conversation_view,
    entry_view,
    imported_view,
    opt_outs_to_csv,
)
from heliograph.dialects.native._views_inventory import (
    ImportedView,
    OffersView,
    RestrictionsView,
    approval_view,
    offer_view,
    rental_view,
    restriction_view,
)
from heliograph.dialects.native._views_lists import (
    REFUSED_COLUMNS,
    download_lines,
    filled_view,
    heading,
    import_view,
    list_view,
    members_view,
    preview_view,
    refused_view,
    removed_view,
)
from heliograph.dialects.native._views_people import (
    InvitedView,
    OneTimeLinkView,
    SecondFactorView,
)
from heliograph.dialects.native._wire_replies import Page, ReplayedView
from heliograph.dialects.native.codes import refuse
from heliograph.model import command as commands
from heliograph.model import inventory as stock
from heliograph.model import session as people
from heliograph.model import verify as codes
from heliograph.model.account import Balance
from heliograph.model.audit import AuditPage
from heliograph.model.command import Answer
from heliograph.model.dialogue import (
    Conversations,
    Dialogue,
    OptOutsExported,
    OptOutsImported,
)
from heliograph.model.link import LinkReport
from heliograph.model.lists import (
    Filled,
    ImportState,
    ListDownload,
    ListImport,
    Lists,
    Members,
    MembersRemoved,
    Preview,
    RecipientList,
    RefusedLines,
)
from heliograph.model.message import Submission
from heliograph.model.money import decimal_text
from heliograph.model.person import Person
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.simulation import Simulated
from heliograph.model.statistics import RouteStatistics

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
        return _csv(rates_to_csv(answer.items, decimal_text))
    rates = [rate_view(each) for each in answer.items]
    return _json(told, RatesView(card=card_view(answer.card), rates=rates))


def _deliveries(told: _Told, answer: commands.Deliveries) -> HttpReply:
    return _page(told, [delivery_view(each, told.key) for each in answer.items], answer.more)


def _offers(told: _Told, answer: stock.Offers) -> HttpReply:
    items = [offer_view(each) for each in answer.items]
    asked = answer.restriction
    return _json(
        told,
        OffersView(
            items=items,
            next=items[-1].id if answer.more and items else None,
            restriction=None if asked is None else restriction_view(asked),
        ),
    )


def _rentals(told: _Told, answer: stock.Rentals) -> HttpReply:
    return _page(told, [rental_view(each) for each in answer.items], answer.more)


def _approvals(told: _Told, answer: stock.Approvals) -> HttpReply:
    return _page(told, [approval_view(each) for each in answer.items], answer.more)


def _restrictions(told: _Told, answer: stock.Restrictions) -> HttpReply:
    views = [restriction_view(each) for each in answer.items]
    if told.request.headers.get("accept", "").startswith(CSV):
        rows = [msgspec.structs.asdict(each) for each in views]
        return _csv(to_csv(RESTRICTION_COLUMNS, rows))
    return _json(told, RestrictionsView(items=views))


def _csv(table: bytes) -> HttpReply:
    return HttpReply(status=200, body=table, content_type=f"{CSV}; charset=utf-8", headers=_HEADERS)


def _done(told: _Told, answer: commands.Done) -> HttpReply:
    del told, answer
    return HttpReply(status=204, body=b"", headers=_HEADERS)


def _exported(told: _Told, answer: OptOutsExported) -> HttpReply:
    headers: tuple[tuple[str, str], ...] = _HEADERS
    if answer.more and answer.items:
        after = answer.items[-1].msisdn
        headers += (("link", f'</v1/opt-outs/export?after={after}>; rel="next"'),)
    return HttpReply(
        status=told.operation.status,
        body=opt_outs_to_csv(answer.items),
        content_type=f"{CSV}; charset=utf-8",
        headers=headers,
    )


def _list_import(told: _Told, answer: ListImport) -> HttpReply:
    """Whoever waited is told of a failure as such; whoever asks how far it is, is told that."""
    view = import_view(answer, told.key)
    if not told.operation.begins:
        return _json(told, view)
    place = (("location", f"/v1/lists/imports/{view.id}"),)
    if answer.state is ImportState.FAILED:
        no = Refused(refusal=Refusal.INVALID_FIELD, field="file", detail=answer.problem)
        return refuse(told.request, no, place)
    reply = _json(told, view, (*_HEADERS, *place))
    return reply if answer.ended_at else msgspec.structs.replace(reply, status=202)


def _refused_lines(told: _Told, answer: RefusedLines) -> HttpReply:
    del told
    rows = [msgspec.structs.asdict(refused_view(each)) for each in answer.items]
    return _csv(to_csv(REFUSED_COLUMNS, [each | {"line": str(each["line"])} for each in rows]))


def _download(told: _Told, answer: ListDownload) -> HttpReply:
    del told
    reply = _csv(heading(answer.list.columns))
    return msgspec.structs.replace(reply, pieces=download_lines(answer))


def _lists(told: _Told, answer: Lists) -> HttpReply:
    return _page(told, [list_view(each) for each in answer.items], answer.more)


def _signed_in(told: _Told, answer: people.SignedIn) -> HttpReply:
    headers: tuple[tuple[str, str], ...] = _HEADERS
    if answer.token:
        seconds = int((answer.session.ends_at - answer.session.created_at).total_seconds())
        headers += (new_cookie(told.request, answer.token, seconds),)
    return _json(told, signed_in_view(answer), headers)


def _signed_out(told: _Told, answer: people.SignedOut) -> HttpReply:
    del answer
    return HttpReply(status=204, body=b"", headers=(*_HEADERS, cleared_cookie(told.request)))


def _code_issued(told: _Told, answer: codes.CodeIssued) -> HttpReply:
    view = issued_view(answer, told.key)
    headers = (*_HEADERS, ("location", f"/v1/verify/{view.id}"))
    return _json(told, view, headers + _REPEATED if answer.repeated else headers)


_WRITERS: Final[dict[type[Any], Callable[[_Told, Any], HttpReply]]] = {
    commands.Accepted: _accepted,
    commands.BulkAccepted: _bulk,
    commands.Estimates: lambda told, answer: _json(told, estimates_view(answer)),
    commands.MessageTrace: _trace,
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
    Simulated: lambda told, answer: _json(told, faults_view(answer)),
    commands.Orphans: lambda told, answer: _json(told, orphans_view(answer)),
    commands.Usage: lambda told, answer: _json(told, usage_view(answer)),
    stock.Offers: _offers,
    stock.Imported: lambda told, answer: _json(told, ImportedView(count=answer.count)),
    stock.Rental: lambda told, answer: _json(told, rental_view(answer)),
    stock.Rentals: _rentals,
    stock.Restrictions: _restrictions,
    stock.Approvals: _approvals,
    RouteStatistics: lambda told, answer: _json(told, statistics_view(answer)),
    Conversations: lambda told, answer: _page(
        told, [conversation_view(each, told.key) for each in answer.items], answer.more
    ),
    Dialogue: lambda told, answer: _page(
        told, [entry_view(each, told.key) for each in answer.items], answer.more
    ),
    OptOutsImported: lambda told, answer: _json(told, imported_view(answer)),
    OptOutsExported: _exported,
    Filled: lambda told, answer: _json(told, filled_view(answer)),
    ListImport: _list_import,
    RefusedLines: _refused_lines,
    Preview: lambda told, answer: _json(told, preview_view(answer)),
    RecipientList: lambda told, answer: _json(told, list_view(answer)),
    Lists: _lists,
    Members: lambda told, answer: _json(told, members_view(answer)),
    MembersRemoved: lambda told, answer: _json(told, removed_view(answer)),
    ListDownload: _download,
    LinkReport: lambda told, answer: _json(told, report_view(answer)),
    **dict.fromkeys(
        FOUND_ANSWERS, lambda told, answer: found_reply(told.operation, answer, told.key)
    ),
    **dict.fromkeys(
        CAMPAIGN_ANSWERS,
        lambda told, answer: campaign_reply(told.operation, answer, told.key),
    ),
    **dict.fromkeys(OBSERVED, lambda told, answer: _json(told, observed_view(answer))),
    codes.CodeIssued: _code_issued,
    codes.CodeChecked: lambda told, answer: _json(told, checked_view(answer)),
    codes.VerificationFound: lambda told, answer: _json(told, verification_view(answer, told.key)),
    codes.VerifyProfile: lambda told, answer: _json(told, profile_view(answer)),
    codes.Profiles: lambda told, answer: _page(
        told, [profile_view(each) for each in answer.items], answer.more
    ),
    codes.GuardReport: lambda told, answer: _json(told, guard_view(answer)),
    commands.Done: _done,
    people.SignedIn: _signed_in,
    people.SignedOut: _signed_out,
    people.LinkShown: lambda told, answer: _json(
        told, OneTimeLinkView(**msgspec.structs.asdict(answer))
    ),
    people.People: lambda told, answer: _page(
        told, [person_view(each) for each in answer.items], answer.more
    ),
    Person: lambda told, answer: _json(told, person_view(answer)),
    people.Invited: lambda told, answer: _json(
        told,
        InvitedView(
            person=person_view(answer.person), link=answer.link, expires_at=answer.expires_at
        ),
    ),
    people.Sessions: lambda told, answer: _json(told, sessions_view(answer)),
    people.SecondFactorBegun: lambda told, answer: _json(
        told, SecondFactorView(secret=answer.secret, uri=answer.uri)
    ),
    AuditPage: lambda told, answer: _page(
        told, [audit_view(each, told.key) for each in answer.items], answer.more
    ),
}
"""Total: a test holds it against `Answer`."""
