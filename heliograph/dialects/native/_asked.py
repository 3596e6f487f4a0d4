"""What a reader is given: the request's parts after routing and decoding; and the checks they share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from heliograph.dialects._shape import HttpRequest
from heliograph.dialects.native._ids import read_plain, read_sealed
from heliograph.dialects.native.codes import Unreadable, field_error
from heliograph.model.refusal import Refusal, Refused

IDEMPOTENCY_KEY_MAX: Final = 255
_YEARS: Final = range(1970, 9000)  # what converts to UTC without leaving the calendar


class Asked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request, routed and decoded."""

    request: HttpRequest
    path: Mapping[str, str]
    query: Any
    """The operation's query struct."""
    body: Any
    """The operation's body struct; None where it has none."""


def path_sealed(asked: Asked, prefix: str) -> int:
    """The sealed id in the path; a text that is no id names nothing."""
    number = read_sealed(prefix, asked.path["id"])
    if number is None:
        raise Unreadable(Refused(refusal=Refusal.NOT_FOUND))
    return number


def path_plain(asked: Asked, prefix: str) -> int:
    """The small resource's id in the path."""
    number = read_plain(prefix, asked.path["id"])
    if number is None:
        raise Unreadable(Refused(refusal=Refusal.NOT_FOUND))
    return number


def sealed(text: str | None, prefix: str, field: str) -> int | None:
    """A sealed id in a field of the request."""
    if text is None:
        return None
    number = read_sealed(prefix, text)
    if number is None:
        raise field_error(field, f"Expected an id of the form {prefix}_ and 13 characters.")
    return number


def plain_id(text: str | None, prefix: str, field: str) -> int | None:
    """A small resource's id in a field of the request."""
    if text is None:
        return None
    number = read_plain(prefix, text)
    if number is None:
        raise field_error(field, f"Expected an id of the form {prefix}_ and a number.")
    return number


def account_of(asked: Asked) -> int | None:
    """The account for which the operator acts, or None for the caller's own."""
    return plain_id(asked.query.account, "acct", "account")


def utc(moment: datetime | None, field: str) -> datetime | None:
    """A time of the request in UTC."""
    if moment is None:
        return None
    if moment.year not in _YEARS:
        raise field_error(field, "The year is outside 1970 to 8999.")
    return moment.astimezone(UTC)


def idempotency_key(request: HttpRequest) -> str | None:
    """The `Idempotency-Key` header."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_MAX or not key.isprintable():
        raise field_error(
            "Idempotency-Key", f"Expected 1 to {IDEMPOTENCY_KEY_MAX} printable characters."
        )
    return key


def refuse_nul(body: msgspec.Struct) -> None:
    """Raises Unreadable for U+0000 in any text: SMS has no use for it and databases refuse it."""
    _refuse_nul_in(msgspec.to_builtins(body), "")


def _refuse_nul_in(value: object, place: str) -> None:
    if isinstance(value, str) and "\0" in value:
        raise field_error(place, "A text cannot hold the character U+0000.")
    if isinstance(value, dict):
        for name, each in value.items():
            _refuse_nul_in(name, place)
            _refuse_nul_in(each, f"{place}/{name}")
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            _refuse_nul_in(each, f"{place}/{index}")
