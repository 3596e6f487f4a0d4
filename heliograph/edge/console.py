"""The console's files: what its build left in `heliograph/console_dist`, or a page that says how to build.

Files under `assets/` have a hash of their content in their names and are kept by browsers for ever; the page
itself is never kept. The console finds its way by paths of its own, so that whatever is no file is answered
with the page. Its content security policy knows nothing but this host: no inline script, no frame, and
styles inside the page only with a nonce of this very reply, which the page finds in place of `__CSP_NONCE__`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from mimetypes import guess_type
from pathlib import Path, PurePosixPath
from typing import Final

from heliograph.edge._asgi import Headers, Receive, Scope, Send, send_reply

__all__ = ["PATH", "Console"]

PATH: Final = "/console"
NONCE: Final = b"__CSP_NONCE__"
_DIST: Final = Path(__file__).parents[1] / "console_dist"
_PAGE: Final = "index.html"
_FOR_EVER: Final = b"public, max-age=31536000, immutable"
_NOT_KEPT: Final = b"no-store"
_ASKED_AGAIN: Final = b"no-cache"
_NONCE_BYTES: Final = 16
_PACKED: Final = (b"content-encoding", b"gzip")  # the build leaves `x.js.gz` beside `x.js`
_VARY: Final = (b"vary", b"accept-encoding")
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_UNBUILT: Final = b"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3">
<title>Heliograph: the console is not built</title>
<h1>The console is not built yet</h1>
<p><code>make run</code> builds it beside the start, in less than a minute, the first time; this page looks
again by itself. If it stays, <code>make console</code> says why (it needs a network once).</p>
<p>Everything that the console does, the API does too: see <a href="/docs">its documentation</a>.</p>
"""


def policy(nonce: str) -> str:
    """The content security policy of the console's page."""
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; manifest-src 'self'; "
        "worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"
    )


_COMMON: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]


class Console:
    """An ASGI application for everything below `PATH`."""

    def __init__(
        self,
        folder: Path = _DIST,
        *,
        make_nonce: Callable[[], str] = lambda: secrets.token_urlsafe(_NONCE_BYTES),
    ) -> None:
        self._folder = folder
        self._make_nonce = make_nonce
        self._read_at = 0
        self._files: dict[str, bytes] = {}
        self._read_again()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One file."""
        del receive
        if scope["method"] not in ("GET", "HEAD"):
            await send_reply(send, 405, [*_COMMON, (b"allow", b"GET, HEAD")], b"")
            return
        path: str = scope["path"].removeprefix(PATH).strip("/")
        found = self._files.get(path)
        if found is None and path.startswith("assets/"):
            await self._send(send, 404, b"not found\n", "text/plain", _NOT_KEPT)
        elif found is None or path == _PAGE:
            await self._page(send)
        else:
            kept = _FOR_EVER if path.startswith("assets/") else _ASKED_AGAIN
            packed = self._files.get(f"{path}.gz")
            if packed is None:
                await self._send(send, 200, found, _type(path), kept)
            elif b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b""):
                await self._send(send, 200, packed, _type(path), kept, _PACKED, _VARY)
            else:
                await self._send(send, 200, found, _type(path), kept, _VARY)

    def _read_again(self) -> None:
        """The build may end after the server began, or be made anew: whoever loads the page gets that one."""
        try:
            at = (self._folder / _PAGE).stat().st_mtime_ns
        except OSError:
            return
        if at != self._read_at:
            self._files, self._read_at = _read(self._folder), at

    async def _page(self, send: Send) -> None:
        self._read_again()
        nonce = self._make_nonce()
        page = self._files.get(_PAGE, _UNBUILT).replace(NONCE, nonce.encode())
        more = (b"content-security-policy", policy(nonce).encode())
        await self._send(send, 200, page, _TYPES[".html"], _NOT_KEPT, more)

    async def _send(
        self,
        send: Send,
        status: int,
        body: bytes,
        kind: str,
        kept: bytes,
        *more: tuple[bytes, bytes],
    ) -> None:
        headers: Headers = [
            *_COMMON,
            (b"content-type", kind.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", kept),
            *more,
        ]
        await send_reply(send, status, headers, body)


def _read(folder: Path) -> dict[str, bytes]:
    """Every file of the build by its path, so that no path of a request ever meets the disk."""
    files = (each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}


def _type(path: str) -> str:
    suffix = PurePosixPath(path).suffix
    return _TYPES.get(suffix) or guess_type(path)[0] or "application/octet-stream"
