"""Resolvers: what every NameResolver promises, kept by the system's and by the scripted one."""

import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest

from heliograph.transport import AddressPolicy, NameResolver
from heliograph.transport._resolve import AddressBlockedError, GuardedResolver, SystemResolver
from tests.transport.conftest import ScriptedNames


@pytest.fixture(params=["system", "scripted"])
async def names(request: pytest.FixtureRequest) -> AsyncIterator[NameResolver]:
    resolver: NameResolver = SystemResolver()
    if request.param == "scripted":
        resolver = ScriptedNames(localhost=[["127.0.0.1"]])
    yield resolver
    await resolver.close()


async def test_a_name_has_numeric_addresses(names: NameResolver) -> None:
    addresses = await names.addresses_of("localhost")
    assert addresses
    assert all(ip_address(address).is_loopback for address in addresses)


async def test_a_name_that_cannot_exist_raises_oserror(names: NameResolver) -> None:
    with pytest.raises(OSError, match=r"(?i)name"):
        await names.addresses_of("x" * 64)  # a label has 63 octets at most (RFC 1035, 2.3.4)


async def test_closing_twice_is_harmless(names: NameResolver) -> None:
    await names.close()
    await names.close()


async def test_checked_addresses_carry_what_the_client_needs() -> None:
    resolver = GuardedResolver(
        ScriptedNames(a_example=[["8.8.8.8", "2606:4700::1"]]), AddressPolicy()
    )
    found = await resolver.resolve("a.example", 443)
    assert [(one["host"], one["port"], one["family"]) for one in found] == [
        ("8.8.8.8", 443, socket.AF_INET),
        ("2606:4700::1", 443, socket.AF_INET6),
    ]
    only_ipv6 = await resolver.resolve("a.example", 443, socket.AF_INET6)
    assert [one["host"] for one in only_ipv6] == ["2606:4700::1"]


async def test_a_blocked_address_blocks_its_name_unless_there_is_no_policy() -> None:
    names = ScriptedNames(a_example=[["8.8.8.8", "::ffff:10.0.0.1"]])
    with pytest.raises(AddressBlockedError, match="private use"):
        await GuardedResolver(names, AddressPolicy()).resolve("a.example", 80)
    assert len(await GuardedResolver(names, None).resolve("a.example", 80)) == 2
