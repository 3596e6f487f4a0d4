"""The public pages beside short links: a way out needs a click, a trigger only its address."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from heliograph.edge.metrics import RequestMetrics
from heliograph.edge.opting import PublicPages
from heliograph.products.links.guesses import MISSES_AT_ONCE, Guesses


class World:
    """Knows one way out, one trigger, and what was done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.seconds = 0.0
        self.broken = False
        self.app = PublicPages(
            links=self.links,
            leaving=self,
            firing=self,
            guesses=Guesses(lambda: self.seconds),
            metrics=RequestMetrics(CollectorRegistry()),
            trusted_networks=("127.0.0.0/8",),
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

    async def ask(
        self, method: str, path: str, address: str = "192.0.2.1"
    ) -> tuple[int, dict[bytes, bytes], str]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "headers": [(b"x-forwarded-for", address.encode())],
            "client": ("127.0.0.1", 4711),
        }
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


@pytest.mark.parametrize(("method", "door"), [("GET", "u"), ("POST", "u"), ("GET", "t")])
async def test_whoever_guesses_has_to_wait_and_nobody_else_has(method, door):
    world = World()
    for number in range(MISSES_AT_ONCE):
        assert (await world.ask(method, f"/l/{door}/guess{number}"))[0] == 404
    asked = list(world.done)
    for path in ("/l/u/out", "/l/t/go", f"/l/{door}/guess"):
        status, headers, _ = await world.ask(method, path)
        assert (status, headers[b"retry-after"]) == (429, b"10")
    assert world.done == asked  # the database is not asked
    assert (await world.ask("POST", "/l/u/out", "192.0.2.2"))[0] == 200
    world.seconds = 1.0
    assert (await world.ask("GET", "/l/u/out"))[0] == 200
