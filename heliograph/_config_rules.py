"""Which settings do not go together, and what a type cannot say of one."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from heliograph._config_words import has_port

if TYPE_CHECKING:
    from heliograph.config import Config


def together(config: Config) -> list[str]:
    """What is wrong, a sentence for each; empty when the configuration can be used."""
    faults = []
    if config.lease_seconds <= config.submit_timeout_seconds:
        faults.append("lease_seconds must be longer than submit_timeout_seconds")
    if config.retention_days < config.partition_days:
        faults.append("retention_days must not be shorter than partition_days")
    if config.node is not None and not 0 <= config.node < 1024:
        faults.append("node is a number from 0 to 1023")
    if config.node is not None and config.workers + config.carrying > 1:
        faults.append("node names one process: leave it unset with workers or carrying")
    for name in ("smpp_port", "smpp_tls_port"):
        port = getattr(config, name)
        if port is not None and not 0 <= port <= 65_535:
            faults.append(f"{name} is a number from 0 to 65535")
    if config.smpp_tls_port is not None and not (
        config.smpp_tls_certificate and config.smpp_tls_key
    ):
        faults.append("smpp_tls_port needs smpp_tls_certificate and smpp_tls_key")
    if not has_port(config.database):
        faults.append("database has a port that is no number")
    for network in config.trusted_proxies:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            faults.append("trusted_proxies are networks such as 10.0.0.0/8")
    return faults
