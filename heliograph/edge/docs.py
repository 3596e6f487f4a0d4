"""The pages for people: where things are, what a problem means, and Swagger UI without a network.

Swagger UI comes from the files that the `swagger-ui-bundle` package carries. Pages carry a content
security policy that allows nothing from elsewhere and no inline script.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import swagger_ui_bundle  # type: ignore[import-untyped]
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from heliograph.edge._openapi_3_0 import as_openapi_3_0
from heliograph.model.refusal import Refusal

__all__ = ["PAGE_HEADERS", "docs_routes"]

PAGE_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}

_HOME: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Heliograph</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem}</style>
<h1>Heliograph</h1>
<p>This is an SMS platform. It is running.</p>
<ul>
%s</ul>
"""
_PLACES: Final = (
    ("/docs", "API documentation"),
    ("/openapi.json", "OpenAPI description"),
    ("/healthz", "is it alive?"),
    ("/readyz", "can it serve?"),
    ("/metrics", "metrics"),
)
_DOCS: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Heliograph API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
"""
_PROBLEM: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>%s</title>
<h1>%s</h1>
<p>%s</p>
<p>HTTP status %d. %s</p>
"""
_REFUSALS: Final = {refusal.code: refusal for refusal in Refusal}
_START: Final = """\
SwaggerUIBundle({
  url: "/docs/openapi-3.0.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
});
"""


def docs_routes(
    openapi: Callable[[], bytes], places: tuple[tuple[str, str], ...] = ()
) -> list[BaseRoute]:
    """The routes; `openapi` gives the document, `places` are further links on the first page."""
    links = "".join(f'<li><a href="{path}">{name}</a>\n' for path, name in (*places, *_PLACES))

    async def home(request: Request) -> Response:
        del request
        return HTMLResponse(_HOME % links, headers=PAGE_HEADERS)

    async def problem(request: Request) -> Response:
        refusal = _REFUSALS.get(request.path_params["code"])
        if refusal is None:
            raise HTTPException(404)
        wait = "The same request may succeed later." if refusal.retry else ""
        page = _PROBLEM % (refusal.code, refusal.code, refusal.sentence, refusal.http_status, wait)
        return HTMLResponse(page, headers=PAGE_HEADERS)

    async def docs(request: Request) -> Response:
        del request
        return HTMLResponse(_DOCS, headers=PAGE_HEADERS)

    async def start(request: Request) -> Response:
        del request
        return Response(_START, media_type="text/javascript", headers=PAGE_HEADERS)

    async def description(request: Request) -> Response:
        del request
        return Response(openapi(), media_type="application/json", headers=PAGE_HEADERS)

    async def older(request: Request) -> Response:
        del request
        document = msgspec.json.encode(as_openapi_3_0(msgspec.json.decode(openapi())))
        return Response(document, media_type="application/json", headers=PAGE_HEADERS)

    return [
        Route("/", home),
        Route("/openapi.json", description),
        Route("/problems/{code}", problem),
        Route("/docs", docs),
        Route("/docs/start.js", start),
        Route("/docs/openapi-3.0.json", older),
        Mount("/docs/assets", StaticFiles(directory=_swagger_ui())),
    ]


def _swagger_ui() -> Path:
    """The folder of the one version that the package carries."""
    vendor = Path(swagger_ui_bundle.__file__).parent / "vendor"
    return next(each for each in sorted(vendor.iterdir()) if each.name.startswith("swagger-ui-"))
