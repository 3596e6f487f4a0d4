"""The cookie by which a browser is known, and the proofs that a request of its is our own page's.

By TLS the cookie is `__Host-…`: of this host alone, never sent in clear. Without TLS there are sessions only
at a loopback name, where nothing leaves the machine. Three things keep other sites' pages out: the
cookie is SameSite=Strict, the browser itself says whose page it is, and a page must send a header that
only we told it.

Sources: RFC 6265bis, sections 4.1.3.2 and 5.2; https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from heliograph.dialects._shape import HttpRequest
from heliograph.model.command import Claim
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.session import SESSION

__all__ = [
    "COOKIE",
    "CSRF_HEADER",
    "claim_by_cookie",
    "cleared_cookie",
    "foreign",
    "in_clear",
    "new_cookie",
    "token_of",
]

COOKIE: Final = "__Host-heliograph"
PLAIN_COOKIE: Final = "heliograph_session"
CSRF_HEADER: Final = "x-csrf-token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST: Final = 256
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ATTRIBUTES: Final = "Path=/; HttpOnly; SameSite=Strict"
_FOREIGN: Final = Refused(
    refusal=Refusal.FORBIDDEN, field="Origin", detail="The page of another site cannot do this."
)
_IN_CLEAR: Final = Refused(
    refusal=Refusal.FORBIDDEN,
    detail="Passwords are not sent in clear: come by https or to localhost. Behind a proxy that ends TLS,"
    " set trusted_proxies.",
)


def token_of(request: HttpRequest) -> str:
    """The token in the cookie; empty where there is none."""
    wanted = COOKIE if request.secure else PLAIN_COOKIE
    for pair in request.headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == wanted:
            return value if len(value) <= _LONGEST else ""
    return ""


def claim_by_cookie(request: HttpRequest) -> Claim | None:
    """Who a browser says it is. What changes something needs the page's proof as well."""
    token = token_of(request)
    if not token:
        return None
    csrf = None if request.method in _SAFE else request.headers.get(CSRF_HEADER, "")[:_LONGEST]
    return Claim(dialect=SESSION, name="", secret=token, csrf=csrf)


def foreign(request: HttpRequest) -> Refused | None:
    """Why a request that changes something is not our own page's, as far as the browser says. Programs say
    nothing of the kind and have no cookie that anybody else could use."""
    if request.method in _SAFE:
        return None
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return None if site == "same-origin" else _FOREIGN
    origin = request.headers.get("origin")
    if origin is None:
        return None
    return None if _place(origin) == request.headers.get("host", "").lower() else _FOREIGN


def _place(origin: str) -> str | None:
    """Host and port of an origin; None for `null` and whatever cannot be read."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def in_clear(request: HttpRequest) -> Refused | None:
    """Why nobody signs in this way: what is typed would be read on the way."""
    if request.secure:
        return None
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        name = None
    return None if name in _LOOPBACK else _IN_CLEAR


def new_cookie(request: HttpRequest, token: str, seconds: int) -> tuple[str, str]:
    """The header that gives a browser its session."""
    return _cookie(request, f"{token}; Max-Age={seconds}")


def cleared_cookie(request: HttpRequest) -> tuple[str, str]:
    """The header that takes it away."""
    return _cookie(request, "; Max-Age=0")


def _cookie(request: HttpRequest, value: str) -> tuple[str, str]:
    if request.secure:
        return ("set-cookie", f"{COOKIE}={value}; Secure; {_ATTRIBUTES}")
    return ("set-cookie", f"{PLAIN_COOKIE}={value}; {_ATTRIBUTES}")
