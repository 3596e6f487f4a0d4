"""The shared pumps to the outside: `http` for outgoing HTTP calls.

Here bytes meet sockets and nothing else is decided. Transport must never know an SMS, an account
or the database, and imports nothing of ours but `model`.
"""

from heliograph.transport._calls import (
    BODY_LIMIT_BYTES_MAX,
    CallError,
    CallResult,
    OutgoingCall,
    Refusal,
)
from heliograph.transport._guard import AddressPolicy, check_address, check_url
from heliograph.transport._resolve import NameResolver
from heliograph.transport.http import HttpCaller

__all__ = [
    "BODY_LIMIT_BYTES_MAX",
    "AddressPolicy",
    "CallError",
    "CallResult",
    "HttpCaller",
    "NameResolver",
    "OutgoingCall",
    "Refusal",
    "check_address",
    "check_url",
]
