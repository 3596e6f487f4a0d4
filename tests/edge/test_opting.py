"""The public pages beside short links: a way out needs a click, a trigger only its address."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from heliograph.edge.metrics import RequestMetrics
from heliograph.edge.opting import PublicPages


class World:
    """Knows one way out, one trigger, and what was done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.broken = False
        self.app = PublicPages(
            links=self.links, leaving=self, firing=self, metrics=RequestMetrics(CollectorRegistry())
        )

    async def known(self, code: str) -> bool:
        return code == "out"

    async def leave(self, code: str) -> bool:
        if self.broken:
            raise OSError("the database is away")
        self.done.append(f"left {code}")
        return code == "out"

    async def fire_code(self, code: str) -> bool:
        self.done.append(f"fired {code}")
        return code == "go"

    async def links(self, scope: Any, receive: Any, send: Any) -> None:
        self.done.append("a link")
        await send({"type": "http.response.start", "status": 302, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask(self, method: str, path: str) -> tuple[int, dict[bytes, bytes], str]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "raw_path": path.encode(), "headers": []}
        await self.app(scope, None, send)  # type: ignore[arg-type]
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"].decode()


@pytest.mark.parametrize(
    ("method", "path", "status", "done"),
    [
        ("GET", "/l/u/out", 200, []),
        ("HEAD", "/l/u/out", 200, []),
        ("POST", "/l/u/out", 200, ["left out"]),
        ("GET", "/l/u/other", 404, []),
        ("POST", "/l/u/other", 404, ["left other"]),
        ("DELETE", "/l/u/out", 405, []),
        ("GET", "/l/t/go", 200, ["fired go"]),
        ("POST", "/l/t/go", 200, ["fired go"]),
        ("GET", "/l/t/other", 404, ["fired other"]),
        ("HEAD", "/l/t/go", 405, []),
        ("GET", "/l/7Kq2mVx9T", 302, ["a link"]),
        ("GET", "/go/u/out", 200, []),
    ],
)
async def test_each_page_does_what_its_method_says(method, path, status, done):
    world = World()
    assert (await world.ask(method, path))[0] == status
    assert world.done == done


async def test_the_page_asks_before_it_acts_and_is_kept_by_no_cache():
    status, headers, page = await World().ask("GET", "/l/u/out")
    assert status == 200
    assert '<form method="post">' in page
    assert headers[b"cache-control"] == b"no-store"
    assert b"form-action 'self'" in headers[b"content-security-policy"]


async def test_a_failure_behind_the_page_says_nothing_of_itself():
    world = World()
    world.broken = True
    status, _, page = await world.ask("POST", "/l/u/out")
    assert status == 503
    assert "database" not in page
