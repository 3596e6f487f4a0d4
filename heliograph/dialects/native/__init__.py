"""Heliograph's own API, `/v1`: the sixth dialect. The console and the command line use nothing else.

Source of truth: the table in `_operations`, from which routing, the answers 404 and 405 and the
OpenAPI description are drawn. It must never have a door that is not in that table.
"""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.native._ids import sealed_text
from heliograph.dialects.native._openapi import openapi_json
from heliograph.dialects.native._operation import KIBIBYTE, Operation
from heliograph.dialects.native._routes import match
from heliograph.dialects.native.callback import event_line, inbound_line
from heliograph.dialects.native.codes import refuse
from heliograph.dialects.native.read import read
from heliograph.dialects.native.write import write
from heliograph.model.command import Allowance, Answer
from heliograph.model.message import Happening, Inbound
from heliograph.model.refusal import Refused

__all__ = ["DIALECT", "NativeDialect", "openapi_json", "sealed_text"]

_UNKNOWN_BODY_LIMIT_BYTES: Final = 64 * KIBIBYTE


class NativeDialect:
    """The room's functions as the door wants them."""

    name: Final = "native"

    def owns(self, path: str) -> bool:
        """Everything under /v1, known or not."""
        return path.startswith("/v1/") or path == "/v1"

    def body_limit(self, method: str, path: str) -> int:
        """Octets; 64 KiB where there is nothing to read."""
        operation = _operation(method, path)
        return _UNKNOWN_BODY_LIMIT_BYTES if operation is None else operation.body_limit_bytes

    def spools(self, method: str, path: str) -> bool:
        """True for bulk requests."""
        operation = _operation(method, path)
        return operation is not None and operation.spools

    def label(self, method: str, path: str) -> str:
        """The operation's id, or `other`."""
        operation = _operation(method, path)
        return "other" if operation is None else operation.id

    def read(self, request: HttpRequest) -> Ask | HttpReply:
        """See `read.read`."""
        return read(request)

    def write(
        self, request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes
    ) -> HttpReply:
        """See `write.write`."""
        return write(request, ask, answer, key)

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        """A problem document (RFC 9457)."""
        return refuse(request, refused)

    def write_event(self, happening: Happening, key: bytes) -> bytes:
        """One event of the stream, as server-sent events have it."""
        if isinstance(happening, Inbound):
            return inbound_line(happening, key)
        return event_line(*happening, key)

    def write_allowance(self, allowance: Allowance) -> tuple[tuple[str, str], ...]:
        """Reply headers by draft-ietf-httpapi-ratelimit-headers-10."""
        policy = f'"account";q={allowance.limit};w={allowance.window_seconds}'
        left = f'"account";r={allowance.remaining};t={allowance.reset_seconds}'
        return (("ratelimit-policy", policy), ("ratelimit", left))


def _operation(method: str, path: str) -> Operation | None:
    found = match(path)
    return None if found is None else found.methods.get(method)


DIALECT: Final = NativeDialect()
