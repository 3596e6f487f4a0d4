"""Tells machines how the house is: /healthz (the process lives), /readyz (it can serve), /metrics.

The metrics may be guarded by a bearer token; nothing else here is worth guarding, and nothing here
may wait for a database.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable

from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

__all__ = ["Metrics", "Ready", "health_routes"]

Ready = Callable[[], str | None]
"""None when the house can serve, else a sentence that says why not."""


Metrics = Callable[[], Awaitable[bytes]]
"""The metrics of everything behind this door, in Prometheus's text form."""


def health_routes(ready: Ready, measured: Metrics, metrics_token: str | None = None) -> list[Route]:
    """The three routes. /metrics wants the token where there is one, else it is for this machine only."""

    async def healthz(request: Request) -> Response:
        del request
        return PlainTextResponse("alive\n")

    async def readyz(request: Request) -> Response:
        del request
        why_not = ready()
        if why_not is None:
            return PlainTextResponse("ready\n")
        return PlainTextResponse(f"{why_not}\n", status_code=503)

    async def metrics(request: Request) -> Response:
        if metrics_token is None and not _is_local(request):
            return PlainTextResponse("set metrics_token to read this from elsewhere\n", 403)
        given = request.headers.get("authorization", "").encode("latin-1")
        wanted = f"Bearer {metrics_token}".encode()
        if metrics_token is not None and not hmac.compare_digest(given, wanted):
            headers = {"www-authenticate": 'Bearer realm="heliograph metrics"'}
            return PlainTextResponse("a token is needed\n", status_code=401, headers=headers)
        return Response(await measured(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


def _is_local(request: Request) -> bool:
    """Whether the connection itself comes from this machine, whatever its headers say."""
    client = request.client
    try:
        return client is not None and ipaddress.ip_address(client.host).is_loopback
    except ValueError:
        return False
