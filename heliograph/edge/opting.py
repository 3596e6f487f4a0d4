"""Doors for everybody beside short links: `…/u/<code>` lets a recipient opt out, `…/t/<code>` fires a
trigger.

Opting out takes a page and a click on it: programs follow links by themselves, and must not opt anybody
out. A trigger is fired by GET or POST, by whoever knows its address. Whoever asks for codes that do not
exist is soon made to wait, here as at short links. What is answered is one sentence and says nothing of
account, message or recipient.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Final, Protocol

import structlog

from heliograph.edge._asgi import Application, Headers, Receive, Scope, Send, send_reply
from heliograph.edge._peers import peer_finder
from heliograph.edge.metrics import RequestMetrics

__all__ = ["Firing", "Guesses", "Leaving", "PublicPages"]

_COMMON: Final[Headers] = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; form-action 'self'; frame-ancestors 'none'"),
    (b"content-type", b"text/html; charset=utf-8"),
]
_HEAD: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{0}</title><p>{0}</p>'
)
_FORM: Final = '<form method="post"><button>Stop messages</button></form>'
_Reply = tuple[int, str]
_ASK: Final = (200, _HEAD.format("You will get no more of these messages.") + _FORM)
_LEFT: Final = (200, _HEAD.format("Done. You will get no more of these messages."))
_FIRED: Final = (200, _HEAD.format("Done."))
_NOWHERE: Final = (404, _HEAD.format("This link leads nowhere."))
_WAIT: Final = (429, _HEAD.format("Please try again in a moment."))
_NOT_ALLOWED: Final = (405, _HEAD.format("This address is read, or posted to."))
_BROKEN: Final = (503, _HEAD.format("Please try again in a moment."))
_LATER: Final = (429, 503)
_log = structlog.get_logger("heliograph.edge")


class Leaving(Protocol):
    """Who knows recipients' ways out."""

    async def known(self, code: str) -> bool:
        """Whether the code is one."""

    async def leave(self, code: str) -> bool:
        """Opt out; False where the code is none."""


class Firing(Protocol):
    """Who knows triggers."""

    async def fire_code(self, code: str) -> bool:
        """Fire one; False where the code is none."""


class Guesses(Protocol):
    """Who has asked for too many codes that do not exist."""

    def exhausted(self, address: str) -> bool:
        """Whether this address has to wait."""

    def missed(self, address: str) -> None:
        """It asked for one."""


class PublicPages:
    """An ASGI application: `…/u/<code>` and `…/t/<code>`; everything else is for `links`."""

    def __init__(
        self,
        *,
        links: Application,
        leaving: Leaving,
        firing: Firing,
        guesses: Guesses,
        metrics: RequestMetrics,
        trusted_networks: Sequence[str] = (),
    ) -> None:
        self._links = links
        self._leaving = leaving
        self._firing = firing
        self._guesses = guesses
        self._metrics = metrics
        self._peer = peer_finder(trusted_networks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        parts = scope["raw_path"].decode("latin-1").split("/")
        door = parts[-2] if len(parts) > 1 else ""
        if door not in ("u", "t"):
            await self._links(scope, receive, send)
            return
        started_at = perf_counter()
        label = "leave" if door == "u" else "fire"
        try:
            answer = self._leave if door == "u" else self._fire
            status, page = await self._limited(scope, answer, parts[-1])
        except Exception:  # noqa: BLE001 - the top of the door
            _log.exception("a public page failed", endpoint=label)
            status, page = _BROKEN
        body = page.encode()
        headers: Headers = [*_COMMON, (b"content-length", b"%d" % len(body))]
        if status in _LATER:
            headers.append((b"retry-after", b"10"))
        await send_reply(send, status, headers, body)
        self._metrics.observe("public", label, status, perf_counter() - started_at)

    async def _limited(
        self, scope: Scope, answer: Callable[[str, str], Awaitable[_Reply]], code: str
    ) -> _Reply:
        """The answer, unless the visitor guesses."""
        client = scope["client"]
        forwarded = dict(scope["headers"]).get(b"x-forwarded-for")
        headers = {} if forwarded is None else {"x-forwarded-for": forwarded.decode("latin-1")}
        address = self._peer(client[0] if client else "", headers)
        if self._guesses.exhausted(address):
            return _WAIT
        reply = await answer(scope["method"], code)
        if reply is _NOWHERE:
            self._guesses.missed(address)
        return reply

    async def _leave(self, method: str, code: str) -> _Reply:
        if method == "POST":
            return _LEFT if await self._leaving.leave(code) else _NOWHERE
        if method in ("GET", "HEAD"):
            return _ASK if await self._leaving.known(code) else _NOWHERE
        return _NOT_ALLOWED

    async def _fire(self, method: str, code: str) -> _Reply:
        if method not in ("GET", "POST"):
            return _NOT_ALLOWED
        return _FIRED if await self._firing.fire_code(code) else _NOWHERE
