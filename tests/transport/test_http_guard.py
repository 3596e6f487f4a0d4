"""The pump and where it may connect: blocked addresses, rebinding names, pools kept apart."""

from ipaddress import ip_network

import pytest

from heliograph.transport import (
    AddressPolicy,
    CallError,
    CallResult,
    HttpCaller,
    NameResolver,
    OutgoingCall,
)
from tests.transport.conftest import LOOPBACK, OK, ScriptedNames, Serve, post, replying


@pytest.mark.parametrize("policy", [AddressPolicy(), LOOPBACK])
async def test_a_url_of_a_customer_does_not_reach_what_is_not_public(
    serve: Serve, policy: AddressPolicy
) -> None:
    peer = await serve(OK, host="::1")
    caller = HttpCaller(policy=policy)
    await caller.start()
    result = await caller.call(post(peer.url(host="[::1]")))
    assert result.error is CallError.BLOCKED_ADDRESS
    assert result.error.surely_unsent
    trusted = await caller.call(
        OutgoingCall(method="GET", url=peer.url(host="[::1]"), allow_private=True)
    )
    assert trusted.is_success
    assert peer.connections == 1
    await caller.stop()


async def called(names: NameResolver, *urls: str, policy: AddressPolicy) -> list[CallResult]:
    caller = HttpCaller(policy=policy, names=names, dns_cache_seconds=0)
    await caller.start()
    results = [await caller.call(post(url)) for url in urls]
    await caller.stop()
    return results


ONLY_SECOND = AddressPolicy(allow_private_networks=(ip_network("127.0.0.2/32"),))


async def test_the_connection_goes_to_the_address_that_was_checked(serve: Serve) -> None:
    checked = await serve(OK, host="127.0.0.2")
    other = await serve(OK, host="127.0.0.1", port=checked.port)
    names = ScriptedNames(hook_example=[["127.0.0.2"], ["127.0.0.1"]])
    (result,) = await called(names, checked.url(host="hook.example"), policy=ONLY_SECOND)
    assert result.is_success
    assert names.asked == ["hook.example"]
    assert (checked.connections, other.connections) == (1, 0)
    assert b"host: hook.example:%d" % checked.port in checked.requests[0].lower()


async def test_a_name_that_turns_to_a_private_address_is_blocked(serve: Serve) -> None:
    checked = await serve(
        replying(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
        host="127.0.0.2",
    )
    target = await serve(OK, host="127.0.0.1", port=checked.port)
    names = ScriptedNames(hook_example=[["127.0.0.2"], ["127.0.0.1"]])
    url = checked.url(host="hook.example")
    first, second = await called(names, url, url, policy=ONLY_SECOND)
    assert first.is_success
    assert second.error is CallError.BLOCKED_ADDRESS
    assert second.sentence == "hook.example is not on the public internet: loopback (RFC 1122)."
    assert target.connections == 0


async def test_one_private_address_among_several_blocks_the_name(serve: Serve) -> None:
    checked = await serve(OK, host="127.0.0.2")
    names = ScriptedNames(hook_example=[["127.0.0.2", "10.0.0.1"]])
    (result,) = await called(names, checked.url(host="hook.example"), policy=ONLY_SECOND)
    assert result.error is CallError.BLOCKED_ADDRESS
    assert "10.0.0.1" not in result.sentence
    assert checked.connections == 0


async def test_a_second_address_is_tried_when_the_first_is_closed(serve: Serve) -> None:
    peer = await serve(OK, host="127.0.0.2")
    names = ScriptedNames(hook_example=[["127.0.0.3", "127.0.0.2"]])
    (result,) = await called(names, peer.url(host="hook.example"), policy=LOOPBACK)
    assert result.is_success


async def test_an_unknown_name_is_a_dns_error() -> None:
    names = ScriptedNames(hook_example=[[]])
    unknown, empty = await called(
        names, "http://nowhere.example/", "http://hook.example/", policy=AddressPolicy()
    )
    assert (unknown.error, empty.error) == (CallError.DNS, CallError.DNS)
    assert CallError.DNS.surely_unsent
    assert unknown.sentence == "The name nowhere.example could not be resolved."


async def test_a_connection_of_the_operator_is_not_lent_to_a_customer(serve: Serve) -> None:
    peer = await serve(OK)
    caller = HttpCaller(names=ScriptedNames(inside_example=[["127.0.0.1"]]))
    await caller.start()
    url = peer.url(host="inside.example")
    trusted = await caller.call(OutgoingCall(method="GET", url=url, allow_private=True))
    guarded = await caller.call(OutgoingCall(method="GET", url=url))
    await caller.stop()
    assert trusted.is_success
    assert guarded.error is CallError.BLOCKED_ADDRESS
    assert len(peer.requests) == 1


async def test_names_are_remembered_for_a_while(serve: Serve) -> None:
    peer = await serve(
        replying(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    )
    names = ScriptedNames(hook_example=[["127.0.0.1"]])
    caller = HttpCaller(policy=LOOPBACK, names=names)
    await caller.start()
    for _ in range(3):
        assert (await caller.call(post(peer.url(host="hook.example")))).is_success
    await caller.stop()
    assert (peer.connections, names.asked) == (3, ["hook.example"])
