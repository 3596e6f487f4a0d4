"""Requests that a door refused, as they are kept for whoever writes programs against it. What is kept must
never hold a secret, a message's text, or the body of a request."""

from __future__ import annotations

from datetime import datetime

import msgspec

__all__ = ["NOBODY", "ListRefusedRequests", "RefusedRequest", "RefusedRequests"]

NOBODY = 0
"""The account of requests whose caller is not known; the operator may look at them."""


class RefusedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was answered with a no, wholly or in some of its entries."""

    account_id: int = NOBODY
    id: int = 0
    """The request's own; 0 where the door gave it none, then the log makes one."""
    credential_id: int | None = None
    caller: str = ""
    """Who the caller says it is, where a door's credentials have names (system_id, user name)."""
    dialect: str
    operation: str
    """The endpoint's name, or the PDU's; of bounded variety."""
    target: str = ""
    """Method and path, and the names of the query's parameters without their values."""
    answered: str
    """The HTTP status, or the name of the command_status."""
    code: str
    """The refusal's."""
    detail: str
    field: str | None = None
    entries: int = 0
    """How many entries were refused of a request whose others were accepted; 0 for a whole request."""
    address: str = ""
    agent: str = ""
    media_type: str = ""
    octets: int | None = None
    """Length of the body."""
    left_out: int = 0
    """How many more like it there were within the same seconds that are not kept."""


class ListRefusedRequests(msgspec.Struct, frozen=True, kw_only=True):
    """Search, newest first."""

    dialect: str | None = None
    code: str | None = None
    credential: int | None = None
    operation: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """Sealed id of the last of the previous page."""
    limit: int = 50
    for_account: int | None = None
    """The operator may look at another account's, and at those of `NOBODY`."""


class RefusedRequests(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListRefusedRequests`."""

    items: tuple[RefusedRequest, ...]
    more: bool
