"""From which network addresses a credential may be used."""

from __future__ import annotations

import ipaddress

from heliograph.model.account import Credential

__all__ = ["may_call"]


def may_call(credential: Credential, peer: str) -> bool:
    """Network allow and deny lists; an address that cannot be read is allowed only without lists."""
    if not credential.allowed_networks and not credential.denied_networks:
        return True
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):  # how a socket for both families names IPv4
        address = address.ipv4_mapped or address
    if any(
        address in ipaddress.ip_network(net, strict=False) for net in credential.denied_networks
    ):
        return False
    return not credential.allowed_networks or any(
        address in ipaddress.ip_network(net, strict=False) for net in credential.allowed_networks
    )
