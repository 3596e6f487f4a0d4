"""The request by which messages came, and what was checked of a message: what opens its trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec


class Received(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A request as a door has it: with its secrets, so it must never be logged or stored. It refers to what
    the door holds and nothing is made of it before it is to be written."""

    method: str
    """HTTP method, or the PDU's name."""
    path: str = ""
    query: str = ""
    """Both as they came, not decoded."""
    body: bytes | Callable[[], str] = b""
    """The octets, or what writes them as a text."""
    octets: int | None = None
    """How many came; None where nobody counted."""
    headers: Mapping[str, str] = {}
    """Lower-case names."""
    address: str = ""
    id: int = 0
    """The request's own; 0 where the door gives none."""
    name: str = ""
    secret: str = ""
    """What the caller proved itself by; `name` may be empty."""

    def __repr__(self) -> str:
        """Without what is secret."""
        return f"Received({self.method})"


class ReceivedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it is kept: secrets are masked."""

    account_id: int
    id: int
    """Of the submission, or of the single message."""
    request_id: int | None
    at: datetime
    credential_id: int | None
    person_id: int | None
    octets: int | None
    """Length of the body."""
    entries: int | None
    """How many messages it asked for; None where they were not counted when it came."""
    whole: bool
    """False where nothing of query and body is kept."""
    cut: bool
    """The body was longer than what is kept of it."""
    hexadecimal: bool
    """The body is no text: its octets in hexadecimal."""
    method: str
    path: str
    query: str | None
    body: str | None
    media_type: str | None
    agent: str | None
    address: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was checked when a message was accepted, and how it passed."""

    name: str
    """`recipient`, `sender`, `text`, `class`, `consent`, `limits`, `times`, `money`."""
    result: str
    """One word for how it passed."""
    facts: dict[str, str | int]
    """What it was found to be, by name."""
