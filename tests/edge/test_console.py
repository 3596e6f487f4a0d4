"""How the console's files are served: what browsers keep, and what they are forbidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heliograph.edge.console import Console, policy

PAGE = b'<style nonce="__CSP_NONCE__"></style><script type="module" src="/console/assets/a-1.js">'


@pytest.fixture
def built(tmp_path: Path) -> Console:
    """A build with a page, a script, and a file outside of it."""
    folder = tmp_path / "console_dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "icon.svg").write_bytes(b"<svg/>")
    (folder / "assets" / "a-1.js").write_bytes(b"go()")
    (tmp_path / "secret.key").write_bytes(b"secret")
    return Console(folder, make_nonce=lambda: "n0nce")


async def get(
    console: Console, path: str, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    await console({"method": method, "path": f"/console{path}"}, receive, send)
    head, body = said
    headers = {name.decode(): value.decode() for name, value in head["headers"]}
    return head["status"], headers, body["body"]


@pytest.mark.parametrize("path", ["", "/", "/index.html", "/messages/msg_1", "/join"])
async def test_whatever_is_no_file_is_the_page_which_is_never_kept(built: Console, path: str):
    status, headers, body = await get(built, path)
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert body == PAGE.replace(b"__CSP_NONCE__", b"n0nce")
    assert headers["content-security-policy"] == policy("n0nce")


async def test_files_with_a_hash_are_kept_for_ever_and_others_are_asked_for_again(built: Console):
    status, headers, body = await get(built, "/assets/a-1.js")
    assert (status, body) == (200, b"go()")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    _, headers, _ = await get(built, "/icon.svg")
    assert (headers["content-type"], headers["cache-control"]) == ("image/svg+xml", "no-cache")
    assert (await get(built, "/assets/a-0.js"))[0] == 404


@pytest.mark.parametrize("path", ["/../secret.key", "/assets/../../secret.key", "//secret.key"])
async def test_nothing_outside_the_build_is_served(built: Console, path: str):
    assert b"secret" not in (await get(built, path))[2]


async def test_every_reply_is_guarded_and_the_page_allows_no_inline_script(built: Console):
    for path in ("/", "/icon.svg", "/assets/none.js"):
        _, headers, _ = await get(built, path)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
    rules = dict(rule.split(" ", 1) for rule in policy("n0nce").split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy("n0nce")
    assert "*" not in policy("n0nce")


async def test_every_page_has_another_nonce():
    console = Console(Path("/nowhere"))
    first, second = [(await get(console, "/"))[1]["content-security-policy"] for _ in range(2)]
    assert first != second


async def test_where_nothing_was_built_a_page_says_how(tmp_path: Path):
    status, headers, body = await get(Console(tmp_path), "/messages")
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert b"not built" in body


async def test_files_are_only_read(built: Console):
    status, headers, _ = await get(built, "/", "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")
