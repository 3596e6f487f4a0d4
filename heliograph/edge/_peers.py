"""Who calls: the connection's other end, or whom a trusted proxy in front of us names.

`X-Forwarded-For` is believed only from networks that the operator trusts, and only back to the first
address that is not one of them: everything before it was written by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address, ip_network

__all__ = ["PeerFinder", "peer_finder"]

PeerFinder = Callable[[str, Mapping[str, str]], str]


def peer_finder(trusted_networks: Sequence[str]) -> PeerFinder:
    """The function from (connection's address, headers) to the caller's address.

    Raises ValueError for a network that is none.
    """
    networks = tuple(ip_network(each) for each in trusted_networks)
    if not networks:
        return lambda address, headers: address

    def is_trusted(address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in networks)

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
