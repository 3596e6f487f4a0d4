"""The door for vendors: `/hooks/<carrier id>/<token>[/...]` is where carriers called by HTTP call back.

The carrier's room reads the call; what it says is kept, and only then acknowledged (promise P3). A call
that cannot be kept is answered 503, so that the vendor calls again. The token is the proof that we gave
out the URL: it must never be logged, handed to a room, or compared other than in constant time; a wrong one
and a carrier that nobody knows are the same 404.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from time import perf_counter
from typing import Final, NamedTuple

import structlog

from heliograph.dialects._shape import Heard, HttpReply, HttpRequest
from heliograph.edge._asgi import Receive, Scope, Send
from heliograph.edge._bodies import Broken, read_body
from heliograph.edge._peers import peer_finder
from heliograph.edge._replies import send_whole
from heliograph.edge.metrics import RequestMetrics
from heliograph.model.carrier import Hear

__all__ = ["BODY_LIMIT_BYTES", "PATH", "Hook", "Hooks"]

PATH: Final = "/hooks"
BODY_LIMIT_BYTES: Final = 1_048_576
_LABEL: Final = "hooks"
_PLAIN: Final = "text/plain; charset=utf-8"
_GONE_STATUS: Final = 499  # what nginx logs for a caller that did not wait
_NOT_FOUND: Final = HttpReply(status=404, body=b"not found\n", content_type=_PLAIN)
_NOT_KEPT: Final = HttpReply(
    status=503, body=b"call again\n", content_type=_PLAIN, headers=(("retry-after", "5"),)
)
_BROKEN: Final = {
    Broken.TOO_LARGE: HttpReply(status=413, body=b"too large\n", content_type=_PLAIN),
    Broken.TOO_SLOW: HttpReply(status=408, body=b"too slow\n", content_type=_PLAIN),
}

_log = structlog.get_logger("heliograph.edge")


class Hook(NamedTuple):
    """How one carrier's calls are read, and who else wants to know of what they said."""

    token: str
    hear: Callable[[HttpRequest, datetime], Heard | HttpReply]
    told: Callable[[Collection[str]], None]
    """Given the carrier's ids whose receipts are kept by then."""


class Hooks:
    """An ASGI application for everything below `PATH`; `find` gives the hook of a carrier's id."""

    def __init__(
        self,
        *,
        find: Callable[[int], Hook | None],
        hear: Hear,
        now: Callable[[], datetime],
        metrics: RequestMetrics,
        trusted_networks: Sequence[str] = (),
    ) -> None:
        self._find = find
        self._hear = hear
        self._now = now
        self._metrics = metrics
        self._peer = peer_finder(trusted_networks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        started_at = perf_counter()
        status = _GONE_STATUS
        try:
            reply = await self._reply(scope, receive)
            if reply is not None:
                status = reply.status
                await send_whole(send, reply)
        finally:
            self._metrics.observe(_LABEL, _LABEL, status, perf_counter() - started_at)

    async def _reply(self, scope: Scope, receive: Receive) -> HttpReply | None:
        """The reply; None when the caller has gone."""
        hook, rest = self._hook(scope["raw_path"].decode("latin-1"))
        if hook is None:
            return _NOT_FOUND
        body = await read_body(receive, BODY_LIMIT_BYTES)
        if isinstance(body, Broken):
            return _BROKEN.get(body)
        try:
            return await self._keep(hook, self._request(scope, rest, body))
        except Exception:  # noqa: BLE001 - the top of the door; the vendor calls again
            _log.exception("a vendor's call was not kept", endpoint=_LABEL)
            return _NOT_KEPT

    async def _keep(self, hook: Hook, request: HttpRequest) -> HttpReply:
        heard = hook.hear(request, self._now())
        if isinstance(heard, HttpReply):
            return heard
        if heard.receipts:
            await self._hear.receipts(heard.receipts)
        if heard.arrivals:
            await self._hear.arrivals(heard.arrivals)
        if heard.receipts:
            hook.told([receipt.carrier_message_id for receipt in heard.receipts])
        return heard.reply

    def _hook(self, path: str) -> tuple[Hook | None, str]:
        """The hook that a raw path is about, and what follows its URL."""
        _, _, number, token = (*path.split("/", 4), "", "")[:4]
        hook = self._find(int(number)) if _is_id(number) else None
        given, wanted = token.encode("latin-1"), (hook.token if hook else "-").encode()
        if hook is None or not hmac.compare_digest(given, wanted):
            return None, ""
        behind = len(PATH) + len(number) + len(token) + 2
        return hook, path[behind:]

    def _request(self, scope: Scope, rest: str, body: bytes) -> HttpRequest:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        method: str = scope["method"]
        client = scope["client"]
        return HttpRequest(
            method="GET" if method == "HEAD" else method,  # the server leaves the body out
            path=rest,
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body,
            peer=self._peer(client[0] if client else "", headers),
        )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
