"""The door for everybody: `/l/<code>` sends whoever follows a short link to where it leads.

Visitors are not our callers: they get a bare redirect, or a page of one sentence that is the same for every
code that leads nowhere. Nothing they send comes back to them, nothing is kept by a cache, and the
target does not learn which short link it was, unless the customer wants that. It must never answer with
anything about account, message or recipient.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from time import perf_counter
from typing import Final, Protocol

import structlog

from heliograph.edge._asgi import Headers, Receive, Scope, Send, send_reply
from heliograph.edge._peers import peer_finder
from heliograph.edge.metrics import RequestMetrics
from heliograph.products.links.agents import agent_of
from heliograph.products.links.redirect import Nowhere, Visit

__all__ = ["PATH", "Public", "Visited"]

PATH: Final = "/l"
_LABEL: Final = "links"
_LONGEST_AGENT: Final = 512
_PURPOSES: Final = (b"sec-purpose", b"purpose", b"x-moz")
_COMMON: Final[Headers] = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"x-content-type-options", b"nosniff"),
]
_PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>{0}</title><p>{0}</p></html>\n"
)
_TARGET: Final = re.compile(r"https?://[!-~]+", re.ASCII | re.IGNORECASE)
"""Checked when a link is saved; once more here, because nothing else may become a header."""
_log = structlog.get_logger("heliograph.edge")


class Visited(Protocol):
    """Who knows where short links lead."""

    async def visit(self, code: str, visit: Visit) -> str | Nowhere:
        """The URL to send the visitor to."""


def _page(status: int, sentence: str, *more: tuple[bytes, bytes]) -> tuple[int, Headers, bytes]:
    body = _PAGE.format(sentence).encode()
    headers: Headers = [
        *_COMMON,
        (b"content-security-policy", b"default-src 'none'"),
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        *more,
    ]
    return status, headers, body


_NOWHERE: Final = {
    Nowhere.UNKNOWN: _page(404, "This link leads nowhere."),
    Nowhere.GONE: _page(410, "This link has expired."),
    Nowhere.WAIT: _page(429, "Please try again in a moment.", (b"retry-after", b"10")),
}
_NOT_ALLOWED: Final = _page(405, "Links are followed by GET.", (b"allow", b"GET, HEAD"))
_BROKEN: Final = _page(503, "Please try again in a moment.", (b"retry-after", b"10"))


class Public:
    """An ASGI application for the paths `<any>/<code>`; `visited` knows where they lead."""

    def __init__(
        self, *, visited: Visited, metrics: RequestMetrics, trusted_networks: Sequence[str] = ()
    ) -> None:
        self._visited = visited
        self._metrics = metrics
        self._peer = peer_finder(trusted_networks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One visit."""
        del receive  # a body means nothing here
        started_at = perf_counter()
        status, headers, body = await self._reply(scope)
        # The server leaves the body of the reply to a HEAD out.
        await send_reply(send, status, headers, body)
        self._metrics.observe(_LABEL, _LABEL, status, perf_counter() - started_at)

    async def _reply(self, scope: Scope) -> tuple[int, Headers, bytes]:
        method: str = scope["method"]
        if method not in ("GET", "HEAD"):
            return _NOT_ALLOWED
        code = scope["raw_path"].decode("latin-1").rpartition("/")[2]
        try:
            target = await self._visited.visit(code, self._visit(scope, head=method == "HEAD"))
        except Exception:  # noqa: BLE001 - the top of the door
            _log.exception("a visitor could not be sent on", endpoint=_LABEL)
            return _BROKEN
        if isinstance(target, Nowhere):
            return _NOWHERE[target]
        if _TARGET.fullmatch(target) is None:
            _log.error("a target is no URL and was not sent", endpoint=_LABEL)
            return _BROKEN
        headers: Headers = [
            *_COMMON,
            (b"location", target.encode("ascii")),
            (b"content-length", b"0"),
        ]
        return 302, headers, b""

    def _visit(self, scope: Scope, *, head: bool) -> Visit:
        given = dict(scope["headers"])
        user_agent = given.get(b"user-agent", b"")[:_LONGEST_AGENT].decode("latin-1")
        purpose = next((given[name].decode("latin-1") for name in _PURPOSES if name in given), "")
        forwarded = given.get(b"x-forwarded-for")
        headers = {} if forwarded is None else {"x-forwarded-for": forwarded.decode("latin-1")}
        client = scope["client"]
        return Visit(
            agent=agent_of(user_agent, head=head, purpose=purpose),
            address=self._peer(client[0] if client else "", headers),
            user_agent=user_agent,
        )
