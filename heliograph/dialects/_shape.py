"""What a dialect's room must contain, and the plain HTTP request and reply that it reads and writes.

A dialect is a codec: bytes to commands, answers to bytes. It never does IO, never looks at a clock and
never decides anything that the flow decides. The edge calls `read`, asks the flow, and calls `write`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, Protocol

import msgspec

from heliograph.model.account import Scope
from heliograph.model.command import Answer, Claim, Command
from heliograph.model.refusal import Refused


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came. Header names are lower-case; `path` and `query` are raw (not decoded)."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    spool: BinaryIO | None = None
    """The body as a file, where the dialect asked for that (`spools`)."""
    peer: str = ""
    """The caller's network address."""
    id: int = 0
    """A fresh id for this request, for replies that must carry one although nothing was stored."""


class HttpReply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply to be sent as it is."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class HttpCall(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request that we make: a customer's webhook, or a carrier that is called by HTTP."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks for and by whom."""

    claim: Claim | None
    """None where the command needs no caller (there is none such yet in the flow)."""
    command: Command
    form: str = ""
    """The room's own note of how the answer is to be written."""
    verdict: Refused | None = None
    """The room's own no, to be given once the caller is known; the command is not performed then."""
    scope: Scope | None = None
    """What the credential must be allowed to do; None where the door knows no scopes."""


class Dialect(Protocol):
    """One door's language. A room's `__init__` offers one instance as `DIALECT`."""

    @property
    def name(self) -> str:
        """The room's name; also the `dialect` of its credentials and messages."""

    def owns(self, path: str) -> bool:
        """Whether a raw path belongs to this dialect, known endpoint or not."""

    def body_limit(self, method: str, path: str) -> int:
        """Octets of body that this endpoint may have."""

    def spools(self, method: str, path: str) -> bool:
        """Whether the edge shall give the body as a file."""

    def label(self, method: str, path: str) -> str:
        """The endpoint's name for metrics and logs; of bounded variety."""

    def read(self, request: HttpRequest) -> Ask | HttpReply:
        """The request's meaning, or the reply to one that cannot be read."""

    def write(
        self, request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes
    ) -> HttpReply:
        """The reply. `key` seals ids; it is empty when the caller is unknown."""

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        """The reply to a request that never became a command: too large, failed inside, …"""
