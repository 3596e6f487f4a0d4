"""Everything at the HTTP door that is no dialect: health, documentation, and what wiring mounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from heliograph.edge._asgi import Application
from heliograph.edge.docs import docs_routes
from heliograph.edge.health import Metrics, Ready, health_routes
from heliograph.model.refusal import Refusal

__all__ = ["build_pages"]

_CODES: Final = {
    404: Refusal.NOT_FOUND,
    405: Refusal.METHOD_NOT_ALLOWED,
}


def build_pages(
    *,
    openapi: Callable[[], bytes],
    ready: Ready,
    measured: Metrics,
    metrics_token: str | None = None,
    mounts: Mapping[str, Application] | None = None,
    places: tuple[tuple[str, str], ...] = (),
) -> Application:
    """The pages as one ASGI application; `mounts` are further ones by their path (`/console`)."""
    return Starlette(
        routes=[
            *health_routes(ready, measured, metrics_token),
            *docs_routes(openapi, places),
            *(Mount(path, app) for path, app in (mounts or {}).items()),
        ],
        exception_handlers={HTTPException: _problem},
    )


async def _problem(request: Request, error: Exception) -> Response:
    """RFC 9457 also where no dialect is at home."""
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    refusal = _CODES.get(status, Refusal.MALFORMED)
    body = {
        "type": f"/problems/{refusal.code}",
        "title": refusal.sentence,
        "status": status,
        "detail": refusal.sentence,
        "code": refusal.code,
    }
    headers = error.headers if isinstance(error, HTTPException) else None
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )
