"""What is searched for and what is found: messages, and the requests that were refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, get_args

import msgspec
from msgspec import Meta

from heliograph.dialects.native import wire
from heliograph.dialects.native._wire_replies import MessageView, View

_STATUS: Final = "|".join(get_args(wire.StatusWord))


class MessagesFilter(wire.Body, frozen=True, kw_only=True):
    """What to search for; conditions add up."""

    to: Annotated[str, Meta(max_length=64, description="The recipient's number.")] | None = None
    sender: Annotated[str, Meta(max_length=64)] | None = None
    status: (
        Annotated[
            str,
            Meta(
                max_length=200,
                pattern=wire.exactly(f"(?:{_STATUS})(?:,(?:{_STATUS}))*"),
                description="One or several, with commas between.",
                examples=["sent", "undelivered,expired,rejected,failed"],
            ),
        ]
        | None
    ) = None
    submission: Annotated[str, Meta(max_length=40)] | None = None
    reference: Annotated[str, Meta(max_length=255)] | None = None
    carrier: Annotated[str, Meta(max_length=30, examples=["car_1"])] | None = None
    dialect: (
        Annotated[
            str,
            Meta(
                max_length=20,
                pattern=wire.exactly("[a-z]+"),
                description="The API that it came by.",
                examples=["native", "smpp"],
            ),
        ]
        | None
    ) = None
    country: (
        Annotated[
            str,
            Meta(
                pattern=wire.exactly("[A-Za-z]{2}"),
                description="ISO 3166-1 alpha-2.",
                examples=["BD"],
            ),
        ]
        | None
    ) = None
    text: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=200,
                description="A part of the text, whatever its case, of texts that are still kept.",
            ),
        ]
        | None
    ) = None
    since: wire.Moment | None = None
    until: wire.Moment | None = None


class MessagesQuery(MessagesFilter, frozen=True, kw_only=True):
    """A page of what is searched for, newest first."""

    before: wire.Cursor = None
    limit: wire.Limit = 50


class MessagesView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what a search finds."""

    items: list[MessageView]
    next: Annotated[str, Meta(description="Cursor of the following page.")] | None = None
    searched_to: (
        Annotated[
            datetime,
            Meta(
                description="The search stopped here for having looked at so many: `next` goes on."
            ),
        ]
        | None
    ) = None


class RefusedQuery(wire.PageQuery, frozen=True, kw_only=True):
    """What to search for; conditions add up."""

    dialect: (
        Annotated[
            str, Meta(max_length=20, pattern=wire.exactly("[a-z]+"), examples=["smpp", "mitto"])
        ]
        | None
    ) = None
    code: (
        Annotated[
            str,
            Meta(max_length=64, description="A problem's code.", examples=["invalid_recipient"]),
        ]
        | None
    ) = None
    credential: Annotated[str, Meta(max_length=30, examples=["cred_3"])] | None = None
    operation: Annotated[str, Meta(max_length=64, examples=["sendMessage"])] | None = None
    since: wire.Moment | None = None
    until: wire.Moment | None = None
    account: wire.Who = None
    nobody: Annotated[
        bool,
        Meta(description="Those of callers who are not known; they are the operator's to see."),
    ] = False


class RefusedRequestView(View, frozen=True, kw_only=True):
    """A request that was answered with a no. Bodies and the values of queries are not kept."""

    id: Annotated[str, Meta(examples=["req_3v9k2m8q1r7tc"])]
    at: datetime
    dialect: Annotated[str, Meta(examples=["native", "smpp"])]
    operation: Annotated[str, Meta(examples=["sendMessage", "submit_sm"])]
    target: Annotated[str, Meta(description="Method and path; of the query the names alone.")] = ""
    answered: Annotated[
        str, Meta(description="HTTP status or command_status.", examples=["422", "ESME_RINVDSTADR"])
    ]
    code: Annotated[str, Meta(description="As problems have it.")]
    detail: str
    field: str | None = None
    entries: Annotated[
        int, Meta(description="How many entries were refused, where others were accepted.")
    ] = 0
    credential: Annotated[str, Meta(examples=["cred_3"])] | None = None
    caller: Annotated[str, Meta(description="Who it said it was, where that is not known.")] = ""
    address: str = ""
    agent: Annotated[str, Meta(description="The User-Agent header.")] = ""
    media_type: Annotated[str, Meta(description="The Content-Type header.")] = ""
    octets: Annotated[int, Meta(description="Length of the body.")] | None = None
    left_out: Annotated[
        int, Meta(description="How many more like it came within seconds and were not kept.")
    ] = 0
    request: Annotated[
        str, Meta(description="Names it to the operator, as a problem's `instance` does.")
    ]
