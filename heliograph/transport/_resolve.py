"""Turns host names into addresses that have passed the guard, for the client to connect to.

The client connects to the very addresses returned here and resolves nothing a second time, so a
name server that gives another answer a moment later (DNS rebinding) changes nothing. If one address
of a name is refused, the name is: a mixture is a mistake or an attack, and choosing for the
customer would hide both. It must never return an address that was not checked.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from aiohttp.abc import AbstractResolver, ResolveResult

from heliograph.transport._guard import AddressPolicy, check_address

__all__ = ["AddressBlockedError", "GuardedResolver", "NameResolver", "SystemResolver"]

# Look-ups of names whose servers do not answer block a thread for seconds; these are our own
# threads, so that one customer's dead domain does not hold up the look-ups of others or anything
# else that runs in the loop's executor.
_LOOKUP_THREADS: Final = 16


class AddressBlockedError(OSError):
    """A connection was about to go to an address outside the public internet.

    Its text names the kind, not the address.
    """


class NameResolver(Protocol):
    """Whoever can say which addresses a name has."""

    async def addresses_of(self, host: str) -> Sequence[str]:
        """The addresses of `host` in numeric form, at least one.

        Raises OSError if there is none or no answer.
        """

    async def close(self) -> None:
        """Let go of what is held. Idempotent."""


class SystemResolver:
    """

    he resolver of the operating system (`getaddrinfo`: hosts file, search domains and name
    servers).
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUP_THREADS, thread_name_prefix="dns")

    async def addresses_of(self, host: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _look_up, host)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """A NameResolver in the form that aiohttp wants, with every address checked.

    Without a policy nothing is refused.
    """

    def __init__(self, names: NameResolver, policy: AddressPolicy | None) -> None:
        self._names = names
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The checked addresses of `host`.

        Raises AddressBlockedError if one is refused, OSError if there is none.
        """
        addresses = await self._names.addresses_of(host)
        for address in addresses:
            refuse_blocked_address(address, self._policy)
        results = [_result(host, address, port) for address in addresses]
        matching = [one for one in results if family in (socket.AF_UNSPEC, one["family"])]
        if not matching:
            raise OSError(socket.EAI_NONAME, "the name has no address")
        return matching

    async def close(self) -> None:
        """Nothing: the names are closed by whoever made them."""


def refuse_blocked_address(address: str, policy: AddressPolicy | None) -> None:
    """Raise AddressBlockedError unless the policy lets a connection go to this numeric address."""
    if policy is None:
        return
    kind = check_address(ipaddress.ip_address(address), policy)
    if kind is not None:
        raise AddressBlockedError(kind)


def _look_up(host: str) -> list[str]:
    # As bytes, or Python would encode the name by IDNA 2003 once more and raise no OSError for it.
    found = socket.getaddrinfo(
        host.encode("ascii"), None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
