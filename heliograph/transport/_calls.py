"""What the outgoing HTTP pump takes and gives: a call, its result, the reasons why it can fail.

Only data. A failure is a value here, never an exception, because a peer that misbehaves is an
ordinary event. It must never hold anything of aiohttp, so that its users do not learn which client
is behind the pump.
"""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

__all__ = ["BODY_LIMIT_BYTES_MAX", "CallError", "CallResult", "OutgoingCall", "Refusal"]

BODY_LIMIT_BYTES_MAX: Final = 1_048_576
"""No answer is kept beyond 1 MiB, whatever a call asks for."""


class CallError(enum.StrEnum):
    """Why an exchange did not come to its end.

    `surely_unsent` tells whether the peer may have seen the request.
    """

    BAD_URL = "bad_url"
    """The URL is not one that this platform calls."""
    BAD_REQUEST = "bad_request"
    """The method or a header cannot be written as HTTP/1.1."""
    BLOCKED_ADDRESS = "blocked_address"
    """The name or the literal leads to an address outside the public internet."""
    DNS = "dns"
    """The name has no address, or the name servers did not say."""
    REFUSED = "refused"
    """The port is closed: the connection was refused."""
    UNREACHABLE = "unreachable"
    """No connection for another reason: no route, reset while connecting."""
    CONNECT_TIMEOUT = "connect_timeout"
    """No connection (free slot, name, TCP, TLS) within the time for connecting."""
    TLS = "tls"
    """The handshake failed or the certificate is not to be trusted."""
    STOPPED = "stopped"
    """The pump is not running, or was stopped before the request went out."""
    TIMEOUT = "timeout"
    """The whole time of the call ran out; the request may have arrived."""
    DISCONNECTED = "disconnected"
    """The peer closed or reset the connection before the end of its answer."""
    BAD_REPLY = "bad_reply"
    """What came back is not HTTP, or has a header line over 8190 bytes or more than 128 of them."""
    TOO_LARGE = "too_large"
    """The body was needed whole and is beyond the limit."""

    @property
    def surely_unsent(self) -> bool:
        """True if the peer cannot have seen the request, so that repeating it cannot double its effect."""
        return self in _SURELY_UNSENT


_SURELY_UNSENT: Final = frozenset(
    {
        CallError.BAD_URL,
        CallError.BAD_REQUEST,
        CallError.BLOCKED_ADDRESS,
        CallError.DNS,
        CallError.REFUSED,
        CallError.UNREACHABLE,
        CallError.CONNECT_TIMEOUT,
        CallError.TLS,
        CallError.STOPPED,
    }
)


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a URL is not called: a reason for programs and a sentence that may be shown to the customer."""

    error: CallError
    sentence: str


class OutgoingCall(msgspec.Struct, frozen=True, kw_only=True):
    """One request, sent at most once.

    `url` in ASCII is sent as it stands; in other characters it is encoded first. `headers` may not
    name Host, Content-Length, Transfer-Encoding, Connection or another header that belongs to the
    connection. `timeout_seconds` covers everything from waiting for a connection to the last byte.
    `allow_private` lifts the guard and is for URLs of the operator alone. An answer longer than
    `body_limit_bytes` is cut off there, or with `needs_whole_body` is the error too_large.
    """

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    timeout_seconds: float = 15.0
    allow_private: bool = False
    body_limit_bytes: int = 4096
    needs_whole_body: bool = False

    def __post_init__(self) -> None:
        if self.timeout_seconds <= 0:
            raise ValueError("timeout_seconds must be positive")
        if not 0 <= self.body_limit_bytes <= BODY_LIMIT_BYTES_MAX:
            raise ValueError(f"body_limit_bytes must be between 0 and {BODY_LIMIT_BYTES_MAX}")


class CallResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a call.

    `status` is None if no answer began; it may stand beside an error when the answer broke off in
    its body. `headers` has lower-case names and holds, where present, retry-after, content-type and
    location. `sentence` explains the error and is fit for the customer: it names the host, never an
    address that a name of theirs resolved to. `duration_seconds` is measured from the call to its
    result.
    """

    status: int | None = None
    headers: Mapping[str, str] = {}
    body: bytes = b""
    body_truncated: bool = False
    error: CallError | None = None
    sentence: str = ""
    duration_seconds: float = 0.0

    @property
    def is_success(self) -> bool:
        """True for a whole answer with 200 to 299, which is what Standard Webhooks calls a delivery."""
        return self.error is None and self.status is not None and 200 <= self.status < 300
