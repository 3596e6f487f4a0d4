"""The doors: which languages they speak, and how each is built from the configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from heliograph import RELEASE
from heliograph.config import Config
from heliograph.dialects import mimsms, native
from heliograph.dialects._shape import Dialect
from heliograph.edge.app import HttpApp
from heliograph.edge.http import HttpDoor
from heliograph.edge.metrics import RequestMetrics
from heliograph.edge.pages import build_pages
from heliograph.edge.smpp import Address, SmppDoor, SmppMetrics, server_tls
from heliograph.edge.smpp import faults as smpp_faults
from heliograph.flow.desk import Desk
from heliograph.meter import Meter
from heliograph.model.account import Credential

DIALECTS: Final[tuple[Dialect, ...]] = (native.DIALECT, mimsms.DIALECT)
"""The languages of the HTTP door, asked in this order whether a path is theirs."""
SESSION_DIALECTS: Final = frozenset({"smpp"})
"""Doors whose customers stay connected and are told of reports that way."""
_SMPP_PORT: Final = 2775
"""Registered with IANA for SMPP; what a demo takes when it is free."""


def http_door(
    config: Config,
    desk: Desk,
    meter: Meter,
    *,
    next_id: Callable[[], int],
    ready: Callable[[], str | None],
) -> HttpDoor:
    """The HTTP door with every dialect and the pages."""
    pages = build_pages(
        openapi=lambda: native.openapi_json(RELEASE),
        ready=ready,
        registry=meter.registry,
        metrics_token=config.metrics_token or None,
    )
    app = HttpApp(
        dialects=DIALECTS,
        desk=desk,
        pages=pages,
        next_id=next_id,
        metrics=RequestMetrics(meter.registry),
        trusted_networks=config.trusted_proxies,
    )
    return HttpDoor(app, config.host, config.port)


def smpp_door(config: Config, desk: Desk, meter: Meter, *, now: Callable[[], datetime]) -> SmppDoor:
    """The SMPP door; closed where no port is configured, but for a demo."""
    trying = config.demo and config.smpp_port is None
    secured = config.smpp_tls_port is not None
    return SmppDoor(
        desk=desk,
        address=Address(
            host=config.host,
            port=_SMPP_PORT if trying else config.smpp_port,
            elsewhere=trying,
            tls_port=config.smpp_tls_port,
            tls=(server_tls(config.smpp_tls_certificate, config.smpp_tls_key) if secured else None),
        ),
        metrics=SmppMetrics(meter.registry),
        now=now,
    )


def credential_faults(credential: Credential) -> list[str]:
    """What is wrong with a credential's settings for its door."""
    if credential.dialect == "smpp":
        return smpp_faults(credential.settings)
    return ["This door has no settings."] if credential.settings else []
