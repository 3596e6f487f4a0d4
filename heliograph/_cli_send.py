"""`heliograph send` and `heliograph status`: the native API over HTTP."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import msgspec

from heliograph._cli_show import SETTLED_WORDS, show_steps
from heliograph.config import ConfigError, variable
from heliograph.dialects.native.client import call

__all__ = ["Api", "ApiError", "Session", "api_of", "find", "follow", "send"]

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=5)
_FIRST_WAIT_SECONDS: Final = 0.05
_LONGEST_WAIT_SECONDS: Final = 1.0


class ApiError(Exception):
    """The server did not do what it was asked to; the text is a sentence."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """A running Heliograph, as its native API shows it."""

    url: str
    key: str


class Session:
    """Calls to one Heliograph; use it as a context."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def ask(
        self, method: str, path: str, body: object = None, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """One call; raises ApiError with a sentence for everything but a good answer."""
        if self._http is None:
            raise RuntimeError("a session is a context")
        api = self._api
        asked = call(api.url, api.key, method, path, body, idempotency_key=idempotency_key)
        try:
            async with self._http.request(
                asked.method, asked.url, headers=dict(asked.headers), data=asked.body or None
            ) as reply:
                content = await reply.read()
        except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
            reason = str(fault) or "no answer in time"
            raise ApiError(
                f"no Heliograph answers at {api.url} ({reason}): start it, or name it with --url"
            ) from fault
        if reply.status >= 400:
            raise ApiError(_problem(content, reply.status))
        return _object(content, api.url)


def api_of(url: str | None, key: str | None, data: Path) -> Api:
    """Where to call and as whom: the options, the environment, or `demo.json` in the data directory.

    The key of the demo is never sent anywhere but to the demo. Raises ConfigError.
    """
    demo = _demo(data / "demo.json")
    url = url or variable("HELIOGRAPH_URL") or demo.get("base_url") or "http://127.0.0.1:8080"
    key = key or variable("HELIOGRAPH_API_KEY")
    if not key and url.rstrip("/") == str(demo.get("base_url", "")).rstrip("/"):
        native = demo.get("native")
        key = native.get("api_key") if isinstance(native, dict) else None
    if not key:
        raise ConfigError(
            (
                "no API key: give --api-key or HELIOGRAPH_API_KEY, or start `heliograph serve --demo`",
            )
        )
    return Api(url=url, key=key)


async def send(session: Session, body: Mapping[str, Any]) -> dict[str, Any]:
    """Hand a message over; a repetition after a broken connection sends it once all the same."""
    key = secrets.token_hex(16)
    return await session.ask("POST", "/v1/messages", body, idempotency_key=key)


async def find(session: Session, message: str) -> dict[str, Any]:
    """A message with its trace."""
    if not message.isascii() or not message.replace("_", "").isalnum():
        raise ApiError(f"{message} is no id of a message: those look like msg_3v9k2m8q1r7tc")
    return await session.ask("GET", f"/v1/messages/{message}")


async def follow(session: Session, message: str, *, seconds: float, quiet: bool) -> dict[str, Any]:
    """Watch a message until it has ended, or for so long; steps are shown as they come."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    wait, shown = _FIRST_WAIT_SECONDS, 0
    while True:
        found = await find(session, message)
        shown = shown if quiet else show_steps(found, shown)
        left = deadline - loop.time()
        if found.get("status") in SETTLED_WORDS or left <= 0:
            return found
        await asyncio.sleep(min(wait, left))
        wait = min(wait * 1.5, _LONGEST_WAIT_SECONDS)


def _demo(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _problem(content: bytes, status: int) -> str:
    """The sentence of a problem document (RFC 9457)."""
    try:
        problem = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        return f"the server answered with HTTP status {status}: is --url that of a Heliograph?"
    detail = str(problem.get("detail") or problem.get("title") or f"HTTP status {status}")
    fields = [str(each.get("field", "")) for each in problem.get("errors", ())]
    where = f" ({', '.join(field for field in fields if field)})" if any(fields) else ""
    return f"refused: {detail}{where}"


def _object(content: bytes, url: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError as fault:
        raise ApiError(f"{url} does not answer as a Heliograph does") from fault
