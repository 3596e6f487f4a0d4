"""Heliograph as `heliograph serve` starts it: embedded PostgreSQL with fsync on, native API, SMPP carrier.

Final callbacks go to a registered endpoint and are signed. (A message's own `callback_url` would be told
twice: when it is sent, and when it ends.)
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks._counterpart import RECIPIENT, Counterpart
from benchmarks._server import Server, allow_smpp, lead_to, post, start_server
from benchmarks.systems._system import BINDS, SENDER, TEXT, WINDOW, Ready

_LOGIN = ("bench", "bench123")


class Heliograph:
    """`options` are further words for `heliograph serve`, `checkout` another source tree."""

    name = "Heliograph"
    promise = (
        "Message, money, event and queue entry are committed to PostgreSQL with fsync before the answer,"
        " the attempt before it is sent, the receipt before it is acknowledged, the callback until it is"
        " answered."
    )

    def __init__(self, options: tuple[str, ...] = (), checkout: Path | None = None) -> None:
        self._options = options
        self._checkout = checkout
        self._server: Server | None = None

    async def start(self, folder: Path, counterpart: Counterpart, *, telling: bool) -> Ready:
        """Carrier, endpoint and SMPP credential are made by the native API."""
        server = self._server = await start_server(
            folder / "data", "--log-level", "warning", *self._options, checkout=self._checkout
        )
        async with server.session() as session:
            await lead_to(session, counterpart.smpp_port, binds=BINDS, window=WINDOW)
            await allow_smpp(session, _LOGIN)
            if telling:
                url = f"http://127.0.0.1:{counterpart.ear_port}/told"
                await post(session, "/v1/endpoints", {"url": url})
        base, key = urlsplit(server.known["base_url"]), server.known["native"]["api_key"]
        body = json.dumps({"from": SENDER, "to": RECIPIENT, "text": TEXT}, separators=(",", ":"))
        request = (
            f"POST /v1/messages HTTP/1.1\r\nHost: {base.netloc}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        assert base.port is not None
        return Ready(
            roots=[server.process.pid],
            port=base.port,
            request=request.encode(),
            final='"delivered"',
            smpp_port=server.known["smpp"]["port"],
            login=_LOGIN,
            bulk_path="/v1/messages/bulk",
            key=key,
        )

    async def stop(self) -> None:
        """SIGTERM, and wait."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop()
