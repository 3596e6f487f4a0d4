"""What the client's exceptions mean: from aiohttp's tree to one reason and one sentence.

Total over what a peer can cause: whatever aiohttp raises ends here as a CallError. It must never
put into a sentence the text of an exception about a connection, for that holds the addresses behind
a name.
"""

import ssl
from typing import Final

import aiohttp

from heliograph.transport._calls import CallError, Refusal
from heliograph.transport._resolve import AddressBlockedError

__all__ = ["PEER_FAULTS", "BrokenOff", "NotHttp", "explain"]

PEER_FAULTS: Final = (aiohttp.ClientError, OSError)
"""What the client raises on account of the peer. TimeoutError is an OSError."""


class BrokenOff(aiohttp.ClientError):
    """The connection ended while the answer was awaited. Its cause says how."""


class NotHttp(aiohttp.ClientError):
    """What came back cannot be read as an answer."""


# The first row that fits counts, so subclasses stand above their parents.
_REASONS: Final[tuple[tuple[type[BaseException], CallError], ...]] = (
    (aiohttp.ConnectionTimeoutError, CallError.CONNECT_TIMEOUT),
    (TimeoutError, CallError.TIMEOUT),
    (AddressBlockedError, CallError.BLOCKED_ADDRESS),
    (ConnectionRefusedError, CallError.REFUSED),
    (aiohttp.ClientConnectorDNSError, CallError.DNS),
    (aiohttp.ClientSSLError, CallError.TLS),
    (aiohttp.ClientConnectorError, CallError.UNREACHABLE),
    (aiohttp.InvalidURL, CallError.BAD_URL),
    (aiohttp.ClientResponseError, CallError.BAD_REPLY),
    (NotHttp, CallError.BAD_REPLY),
    (aiohttp.ClientError, CallError.DISCONNECTED),
    (OSError, CallError.DISCONNECTED),
)

_SENTENCES: Final = {
    CallError.BAD_URL: "The URL of {host} cannot be called.",
    CallError.BAD_REQUEST: "The method or a header of the call to {host} is not valid HTTP.",
    CallError.BLOCKED_ADDRESS: "{host} is not on the public internet: {detail}.",
    CallError.DNS: "The name {host} could not be resolved.",
    CallError.REFUSED: "{host} refused the connection.",
    CallError.UNREACHABLE: "{host} could not be reached.",
    CallError.CONNECT_TIMEOUT: "No connection to {host} in time.",
    CallError.TLS: "No trusted TLS connection to {host}: {detail}.",
    CallError.STOPPED: "The call to {host} was not made because the platform is stopping.",
    CallError.TIMEOUT: "{host} did not answer in time.",
    CallError.DISCONNECTED: "The connection to {host} ended before its answer did.",
    CallError.BAD_REPLY: "{host} answered with something that is not acceptable HTTP.",
    CallError.TOO_LARGE: "{host} answered with more than is accepted.",
}


def explain(error: BaseException | CallError, host: str) -> Refusal:
    """The reason and a sentence for the customer.

    `host` is the host name as the customer wrote it.
    """
    if isinstance(error, CallError):
        return Refusal(error=error, sentence=_SENTENCES[error].format(host=host, detail=""))
    cause = _telling_cause(error)
    reason = next(reason for kind, reason in _REASONS if isinstance(cause, kind))
    sentence = _SENTENCES[reason].format(host=host, detail=_detail(cause))
    return Refusal(error=reason, sentence=sentence)


def _telling_cause(error: BaseException) -> BaseException:
    """The wrapped exception where it says more than its wrapper."""
    if isinstance(error, aiohttp.ClientConnectorError):
        inner: BaseException = error.os_error
        return inner if isinstance(inner, AddressBlockedError | ConnectionRefusedError) else error
    return error


def _detail(cause: BaseException) -> str:
    if isinstance(cause, AddressBlockedError):
        return str(cause)
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        certificate_error = cause.certificate_error
        if isinstance(certificate_error, ssl.SSLCertVerificationError):
            return certificate_error.verify_message
        return "the certificate is not valid"
    return "the handshake failed"
