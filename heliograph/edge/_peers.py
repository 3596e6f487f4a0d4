"""Who calls: the connection's other end, or whom a trusted proxy in front of us names.

`X-Forwarded-For` is believed only from networks that the operator trusts, and only back to the first
address that is not one of them: everything before it was written by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address, ip_network

__all__ = ["PeerFinder", "SecureFinder", "peer_finder", "secure_finder"]

PeerFinder = Callable[[str, Mapping[str, str]], str]
SecureFinder = Callable[[str, str, Mapping[str, str]], bool]


def peer_finder(trusted_networks: Sequence[str]) -> PeerFinder:
    """The function from (connection's address, headers) to the caller's address.

    Raises ValueError for a network that is none.
    """
    if not trusted_networks:
        return lambda address, headers: address
    is_trusted = _trust(trusted_networks)

    def find(address: str, headers: Mapping[str, str]) -> str:
        forwarded = headers.get("x-forwarded-for")
        if forwarded is None or not is_trusted(address):
            return address
        nearest = address
        for hop in reversed(forwarded.split(",")):
            try:
                nearest = str(ip_address(hop.strip()))
            except ValueError:
                return nearest
            if not is_trusted(nearest):
                return nearest
        return nearest

    return find


def secure_finder(trusted_networks: Sequence[str]) -> SecureFinder:
    """The function from (scheme of the connection, its address, headers) to whether the caller came by TLS.

    `X-Forwarded-Proto` is believed from the same networks; its last word is that of the nearest proxy.
    """
    is_trusted = _trust(trusted_networks)

    def find(scheme: str, address: str, headers: Mapping[str, str]) -> bool:
        forwarded = headers.get("x-forwarded-proto")
        if forwarded is not None and is_trusted(address):
            return forwarded.rpartition(",")[2].strip().lower() == "https"
        return scheme == "https"

    return find


def _trust(trusted_networks: Sequence[str]) -> Callable[[str], bool]:
    networks = tuple(ip_network(each) for each in trusted_networks)

    def is_trusted(address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in networks)

    return is_trusted
