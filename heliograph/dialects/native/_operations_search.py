"""The operations that search: for messages, and for requests that were refused."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _search as search
from heliograph.dialects.native import _wire_search as wire
from heliograph.dialects.native._operation import CSV, Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import Scope

SEARCH: Final[tuple[Operation, ...]] = (
    Operation(
        id="listMessages",
        method="GET",
        path="/v1/messages",
        tag="Messages",
        summary="Search messages, newest first",
        description="A search for few among many stops after so many messages or about a second, "
        "says by `searched_to` how far it came, and goes on from `next`; also where `items` is empty.",
        scope=Scope.READ,
        read=search.list_messages,
        query=wire.MessagesQuery,
        reply=wire.MessagesView,
    ),
    Operation(
        id="exportMessages",
        method="GET",
        path="/v1/messages/export",
        tag="Messages",
        summary="All messages that a search finds, as CSV",
        description="As it goes through them, newest first. A reply that breaks off is not whole. "
        "Cells that a spreadsheet would take for formulas begin with an apostrophe.",
        scope=Scope.READ,
        read=search.export_messages,
        query=wire.MessagesFilter,
        reply=str,
        reply_media=(CSV,),
    ),
    Operation(
        id="listRefusedRequests",
        method="GET",
        path="/v1/requests/refused",
        tag="Access",
        summary="What the doors refused lately, with the reason, newest first",
        description="Of every API and of SMPP, what came with credentials of the account: the last "
        "thousand of 14 days. Of many alike some are kept, and `left_out` counts the others.",
        scope=Scope.READ,
        read=search.list_refused_requests,
        query=wire.RefusedQuery,
        reply=Page[wire.RefusedRequestView],
    ),
)
