"""Where carriers called by HTTP call us back: the URL of each, and how what comes there is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from heliograph.carriers.http import terms_of
from heliograph.config import Config
from heliograph.dialects._shape import Heard, HttpReply, HttpRequest
from heliograph.doors import base_url
from heliograph.edge.hooks import PATH, Hook
from heliograph.flow.directory import Directory
from heliograph.links import UPSTREAMS, Links
from heliograph.model.route import Carrier
from heliograph.model.secret import hook_token


class Hooking:
    """Fits the door's hooks to the carriers of the directory. Disabled ones may still report."""

    def __init__(
        self,
        config: Config,
        server_key: bytes,
        directory: Directory,
        links: Links,
        *,
        port: Callable[[], int],
    ) -> None:
        """`port` is that of the HTTP door, 0 before it is open."""
        self._config = config
        self._key = server_key
        self._directory = directory
        self._links = links
        self._port = port

    def url(self, carrier_id: int) -> str:
        """Where a carrier may call us; empty when nobody outside can."""
        base, port = self._config.public_url, self._port()
        if not base and self._config.demo and port:
            base = base_url(self._config, port)
        if not base:
            return ""
        return f"{base.rstrip('/')}{PATH}/{carrier_id}/{hook_token(self._key, carrier_id)}"

    def url_of(self, carrier: Carrier) -> str:
        """The same, where the carrier's kind may call at all."""
        return self.url(carrier.id) if carrier.kind in UPSTREAMS else ""

    def find(self, carrier_id: int) -> Hook | None:
        """How a carrier's calls are read."""
        carrier = self._directory.carrier(carrier_id)
        if carrier is None or carrier.kind not in UPSTREAMS:
            return None
        return Hook(
            token=hook_token(self._key, carrier_id),
            hear=partial(_hear, carrier),
            told=partial(self._links.told, carrier_id),
        )


def _hear(carrier: Carrier, request: HttpRequest, at: datetime) -> Heard | HttpReply:
    _, settings = terms_of(carrier.settings)
    return UPSTREAMS[carrier.kind].hear(settings, request, carrier_id=carrier.id, at=at)
