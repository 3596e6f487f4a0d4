"""Readers of the operations that search: for messages, and for requests that were refused."""

from __future__ import annotations

import msgspec

from heliograph.dialects.native import _wire_search as wire
from heliograph.dialects.native._asked import Asked, account_of, plain_id, sealed, utc
from heliograph.dialects.native.codes import STATUS_OF, field_error
from heliograph.model.command import Command, ExportMessages, ListMessages
from heliograph.model.refused import NOBODY, ListRefusedRequests


def list_messages(asked: Asked) -> Command:
    """GET /v1/messages."""
    query: wire.MessagesQuery = asked.query
    return msgspec.structs.replace(
        _search_of(query), before=sealed(query.before, "msg", "before"), limit=query.limit
    )


def export_messages(asked: Asked) -> Command:
    """GET /v1/messages/export."""
    return ExportMessages(search=_search_of(asked.query))


def _search_of(query: wire.MessagesFilter) -> ListMessages:
    words = () if query.status is None else dict.fromkeys(query.status.split(","))
    return ListMessages(
        recipient=query.to,
        sender=query.sender,
        statuses=tuple([STATUS_OF[word] for word in words]),
        submission=sealed(query.submission, "sub", "submission"),
        reference=query.reference,
        carrier=plain_id(query.carrier, "car", "carrier"),
        dialect=query.dialect,
        country=None if query.country is None else query.country.upper(),
        text=query.text,
        since=utc(query.since, "since"),
        until=utc(query.until, "until"),
    )


def list_refused_requests(asked: Asked) -> Command:
    """GET /v1/requests/refused."""
    query: wire.RefusedQuery = asked.query
    if query.nobody and query.account is not None:
        raise field_error("nobody", "Give `account` or `nobody`, not both.")
    return ListRefusedRequests(
        dialect=query.dialect,
        code=query.code,
        credential=plain_id(query.credential, "cred", "credential"),
        operation=query.operation,
        since=utc(query.since, "since"),
        until=utc(query.until, "until"),
        before=sealed(query.before, "req", "before"),
        limit=query.limit,
        for_account=NOBODY if query.nobody else account_of(asked),
    )
