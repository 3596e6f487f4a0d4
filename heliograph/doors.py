"""The doors: which languages they speak, and how each is built from the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from socket import socket
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from heliograph import RELEASE
from heliograph.config import Config, ConfigError
from heliograph.dialects import imiconnect, messagewhiz, mimsms, mitto, native, smsapi
from heliograph.dialects._shape import Dialect
from heliograph.edge._refusals import Noting
from heliograph.edge.app import HttpApp
from heliograph.edge.console import PATH as CONSOLE
from heliograph.edge.console import Console
from heliograph.edge.health import Metrics
from heliograph.edge.hooks import PATH as HOOKS
from heliograph.edge.hooks import Hook, Hooks
from heliograph.edge.http import HttpDoor
from heliograph.edge.metrics import RequestMetrics
from heliograph.edge.opting import Firing, Guesses, Leaving, PublicPages
from heliograph.edge.pages import build_pages
from heliograph.edge.public import PATH as LINKS
from heliograph.edge.public import Public, Visited
from heliograph.edge.smpp import Address, SmppDoor, SmppMetrics, server_tls
from heliograph.edge.smpp import faults as smpp_faults
from heliograph.flow.desk import Desk
from heliograph.flow.reception import Reception
from heliograph.flow.soundness import Known
from heliograph.meter import Meter
from heliograph.model.account import Credential, Endpoint
from heliograph.model.carrier import Hear
from heliograph.model.manners import HOUSE_MANNERS, Manners
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier
from heliograph.transport import AddressPolicy, check_url

DIALECTS: Final[tuple[Dialect, ...]] = (
    native.DIALECT,
    mimsms.DIALECT,
    smsapi.DIALECT,
    imiconnect.DIALECT,
    mitto.DIALECT,
    messagewhiz.DIALECT,
)
"""The languages of the HTTP door, asked in this order whether a path is theirs."""
CALLBACKS: Final = MappingProxyType(
    {
        "native": native.callback.render,
        "imiconnect": imiconnect.callback.render,
        "mitto": mitto.callback.render,
        "messagewhiz": messagewhiz.callback.render,
    }
)
"""In whose form customers are called about their messages' events."""
GATHERED: Final = MappingProxyType({"messagewhiz": messagewhiz.callback.render_gathered})
"""The same, of many messages in one call."""
ARRIVALS: Final = MappingProxyType(
    {
        "native": native.callback.render_inbound,
        "imiconnect": imiconnect.callback.render_inbound,
        "mitto": mitto.callback.render_inbound,
    }
)
"""And about messages from handsets."""
MANNERS: Final[Mapping[str, Manners]] = MappingProxyType(
    {
        "imiconnect": imiconnect.callback.MANNERS,
        "messagewhiz": messagewhiz.callback.MANNERS,
    }
)
"""How they expect to be called; the house's own way where nothing stands."""
_ENDPOINT_RULES: Final[Mapping[str, Callable[[Endpoint], list[str]]]] = MappingProxyType(
    {
        "imiconnect": imiconnect.callback.endpoint_faults,
        "mitto": mitto.callback.endpoint_faults,
        "messagewhiz": messagewhiz.callback.endpoint_faults,
    }
)
SESSION_DIALECTS: Final = frozenset({"smpp"})
"""Doors whose customers stay connected and are told of reports that way."""
_SMPP_PORT: Final = 2775
"""Registered with IANA for SMPP; what a demo takes when it is free."""


def base_url(config: Config, port: int) -> str:
    """Where the house can be called from this machine."""
    host = "127.0.0.1" if config.host in ("0.0.0.0", "::") else config.host  # noqa: S104 - compared
    return f"http://{host}:{port}"


def http_door(
    config: Config,
    desk: Reception,
    meter: Meter,
    *,
    next_id: Callable[[], int],
    ready: Callable[[], str | None],
    measured: Metrics | None = None,
    listener: socket | None = None,
    find_hook: Callable[[int], Hook | None],
    hear: Hear,
    visited: Visited,
    guesses: Guesses,
    leaving: Leaving,
    firing: Firing,
    now: Callable[[], datetime],
    noting: Noting,
) -> HttpDoor:
    """The HTTP door with every dialect, the pages, the hooks of carriers, and where short links lead."""
    metrics = RequestMetrics(meter.registry)
    hooks = Hooks(
        find=find_hook,
        hear=hear,
        now=now,
        metrics=metrics,
        trusted_networks=config.trusted_proxies,
    )
    public = PublicPages(
        links=Public(visited=visited, metrics=metrics, trusted_networks=config.trusted_proxies),
        leaving=leaving,
        firing=firing,
        guesses=guesses,
        metrics=metrics,
        trusted_networks=config.trusted_proxies,
    )
    pages = build_pages(
        openapi=lambda: native.openapi_json(RELEASE),
        ready=ready,
        measured=measured or meter.text,
        metrics_token=config.metrics_token or None,
        places=((f"{CONSOLE}/", "console"),),
        mounts={
            HOOKS: hooks,
            CONSOLE: Console(),
            **dict.fromkeys((LINKS, *_own_path(config)), public),
        },
    )
    app = HttpApp(
        dialects=_spoken(config),
        desk=desk,
        pages=pages,
        next_id=next_id,
        metrics=metrics,
        trusted_networks=config.trusted_proxies,
        noting=noting,
    )
    return HttpDoor(app, config.host, config.port, listener=listener)


def _spoken(config: Config) -> tuple[Dialect, ...]:
    """The languages as this configuration has them."""
    trial = imiconnect.IMIconnect(plain_http=config.webhook_allow_private)
    return tuple(trial if each is imiconnect.DIALECT else each for each in DIALECTS)


def _own_path(config: Config) -> tuple[str, ...]:
    """The path of `link_base_url`, where short links are followed too. Raises ConfigError for one that
    is a door's already."""
    path = urlsplit(config.link_base_url).path.rstrip("/")
    if any(dialect.owns(f"{path}/123456789") for dialect in DIALECTS) or path.startswith(HOOKS):
        raise ConfigError((f"link_base_url: {path} is the path of another door",))
    return (path,) if path else ()


def smpp_door(
    config: Config,
    desk: Desk,
    meter: Meter,
    *,
    now: Callable[[], datetime],
    listener: socket | None = None,
    tls_listener: socket | None = None,
    noting: Noting,
) -> SmppDoor:
    """The SMPP door; closed where no port is configured, but for a demo."""
    trying = config.demo and config.smpp_port is None
    secured = config.smpp_tls_port is not None
    return SmppDoor(
        desk=desk,
        address=Address(
            host=config.host,
            port=_SMPP_PORT if trying else config.smpp_port,
            elsewhere=trying,
            listener=listener,
            tls_listener=tls_listener,
            tls_port=config.smpp_tls_port,
            tls=(server_tls(config.smpp_tls_certificate, config.smpp_tls_key) if secured else None),
        ),
        metrics=SmppMetrics(meter.registry),
        now=now,
        noting=noting,
    )


def known_of(
    config: Config,
    policy: AddressPolicy,
    *,
    carrier_kinds: frozenset[str],
    carrier_fault: Callable[[Carrier], str | None],
) -> Known:
    """What this build can do, for whoever saves things."""

    def url_fault(url: str) -> Refused | None:
        refusal = check_url(url, policy=policy)
        if refusal is None:
            return None
        return Refused(refusal=Refusal.INVALID_FIELD, field="url", detail=refusal.sentence)

    return Known(
        check_url=url_fault,
        dialects=SESSION_DIALECTS | {dialect.name for dialect in DIALECTS},
        carrier_kinds=carrier_kinds,
        carrier_fault=carrier_fault,
        callback_dialects=frozenset({*CALLBACKS, *ARRIVALS}),
        endpoint_faults=partial(endpoint_faults, plain_http=config.webhook_allow_private),
        session_dialects=SESSION_DIALECTS,
        credential_faults=credential_faults,
    )


def credential_faults(credential: Credential) -> list[str]:
    """What is wrong with a credential's settings for its door."""
    if credential.dialect == "smpp":
        return smpp_faults(credential.settings)
    if credential.dialect == "smsapi":
        return smsapi.faults(credential.name, credential.settings)
    if credential.dialect == "mitto":
        return mitto.faults(credential.settings)
    if credential.dialect == "imiconnect" and credential.name:
        return ["A service key identifies by itself and has no name."]
    return ["This door has no settings."] if credential.settings else []


def endpoint_faults(endpoint: Endpoint, *, plain_http: bool) -> list[str]:
    """What is wrong with an endpoint's URL, settings and events for the form in which it is called.

    `plain_http` opens http:// also where the form is told by https alone, for trials.
    """
    rule = _ENDPOINT_RULES.get(endpoint.dialect)
    faults = rule(endpoint) if rule is not None else []
    if rule is None and endpoint.settings:
        faults.append("Endpoints of this form have no settings.")
    https_only = MANNERS.get(endpoint.dialect, HOUSE_MANNERS).https_only and not plain_http
    if https_only and not endpoint.url.lower().startswith("https://"):
        faults.append("Endpoints of this form are called by https alone.")
    return faults
