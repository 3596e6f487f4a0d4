"""Which addresses and URLs the guard lets through."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.transport import AddressPolicy, CallError, check_address, check_url
from heliograph.transport._guard import parse_url
from heliograph.transport._resolve import AddressBlockedError
from heliograph.transport.http import _open_socket

PRIVATE_ALLOWED = AddressPolicy(allow_all_private=True)

BLOCKED = {
    "0.0.0.0": "this host",  # noqa: S104
    "0.1.2.3": "this host",
    "10.0.0.1": "private use",
    "100.64.0.1": "shared address space",
    "100.127.255.254": "shared address space",
    "100.100.100.200": "metadata",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.169.254": "link-local",
    "172.16.0.1": "private use",
    "172.31.255.255": "private use",
    "192.0.0.192": "protocol assignments",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4",
    "192.168.1.1": "private use",
    "198.18.0.1": "benchmarking",
    "198.19.255.255": "benchmarking",
    "198.51.100.7": "documentation",
    "203.0.113.9": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "loopback",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:10.0.0.1": "private use",
    "::ffff:169.254.169.254": "link-local",
    "64:ff9b::127.0.0.1": "loopback",
    "64:ff9b::a9fe:a9fe": "link-local",
    "64:ff9b:1::8.8.8.8": "not global unicast",
    "100::1": "not global unicast",
    "2001::1": "Teredo",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "loopback",
    "2002:c0a8:101::1": "private use",
    "2a00:1450::5efe:10.0.0.1": "private use",
    "2a00:1450::200:5efe:127.0.0.1": "loopback",
    "3fff::1": "documentation",
    "5f00::1": "not global unicast",
    "fc00::1": "unique local",
    "fd12:3456::1": "unique local",
    "fd00:ec2::254": "metadata",
    "fd20:ce::254": "metadata",
    "fe80::1": "link-local",
    "fec0::1": "not global unicast",
    "ff02::1": "multicast",
}
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.169.0.0",
    "198.20.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize(("address", "kind"), BLOCKED.items())
def test_an_address_off_the_public_internet_is_blocked(address: str, kind: str) -> None:
    assert kind in (check_address(ip_address(address)) or "")


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    assert check_address(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_within_ipv6_is_judged_like_itself(address: IPv4Address) -> None:
    number = int(address)
    forms = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x64FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
    ]
    is_public = check_address(address) is None
    assert [check_address(form) is None for form in forms] == [is_public] * 3


@given(st.ip_addresses())
def test_what_python_knows_as_special_is_blocked(address: IPv4Address | IPv6Address) -> None:
    special = address.is_private or address.is_loopback or address.is_link_local
    if special or address.is_multicast or address.is_reserved or address.is_unspecified:
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        nat64 = address in ip_network("64:ff9b::/96")
        assert check_address(address) is not None or mapped is not None or nat64


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "100.64.0.1", "::1", "fd12::1"])
def test_all_private_networks_can_be_allowed(address: str) -> None:
    assert check_address(ip_address(address), PRIVATE_ALLOWED) is None


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "100.100.100.200",
        "fd00:ec2::254",
        "fe80::1",
        "0.0.0.0",  # noqa: S104
        "::",
        "224.0.0.1",
    ],
)
def test_allowing_private_networks_does_not_open_metadata_and_the_like(address: str) -> None:
    assert check_address(ip_address(address), PRIVATE_ALLOWED) is not None


def test_a_named_network_is_allowed_and_its_neighbours_are_not() -> None:
    policy = AddressPolicy(
        allow_private_networks=(ip_network("10.8.0.0/16"), ip_network("fd12::/16"))
    )
    assert check_address(ip_address("10.8.3.4"), policy) is None
    assert check_address(ip_address("::ffff:10.8.3.4"), policy) is None
    assert check_address(ip_address("fd12::1"), policy) is None
    assert check_address(ip_address("10.9.0.1"), policy) is not None
    assert check_address(ip_address("fd13::1"), policy) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/sms?x=1&y={id}",
        "http://hooks.example:8080/",
        "https://HOOKS.example./",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/größe",
        "https://my_host.internal.example/a%20b",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]:8443/",
        "HTTPS://hooks.example",
    ],
)
def test_a_proper_url_passes(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example/sms",
        "//hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "http://",
        "http:///path",
        "http:hooks.example",
        "http://user@hooks.example/",
        "http://user:secret@hooks.example/",
        "http://:@hooks.example/",
        "http://hooks.example:0/",
        "http://hooks.example:65536/",
        "http://hooks.example:http/",
        "http://hooks.example:-1/",
        "http://hooks example/",
        "http://hooks.example/a\r\nHost: x",
        "http://hooks.example/\0",
        "http://hooks.example\\@127.0.0.1/",
        "http://[::1/",
        "http://[v1.x]/",
        "http://[2a00::1%25eth0]/",
        "http://ho%6Fks.example/",
        "http://hooks..example/",
        "http://.example/",
        "http://" + "a" * 64 + ".example/",
        "http://hooks.example/" + "a" * 8192,
    ],
)
def test_a_malformed_url_is_refused(url: str) -> None:
    refusal = check_url(url)
    assert refusal is not None
    assert refusal.error is CallError.BAD_URL
    assert refusal.sentence.endswith(".")


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "0",
        "0x",
        "1.2.3.4.5",
        "256.0.0.1",
        "134744072",
        "%31%32%37.0.0.1",
    ],
)
def test_an_address_in_another_spelling_is_refused_even_if_public(host: str) -> None:
    refusal = check_url(f"http://{host}/")
    assert refusal is not None
    assert refusal.error is CallError.BAD_URL


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "169.254.169.254",
        "10.0.0.1:8080",
        "１２７.0.0.1",
        "localhost",
        "LOCALHOST.",
        "api.localhost",
    ],
)
def test_a_private_host_is_blocked_when_it_is_registered(host: str) -> None:
    refusal = check_url(f"http://{host}/")
    assert refusal is not None
    assert refusal.error is CallError.BLOCKED_ADDRESS
    assert "not on the public internet" in refusal.sentence


def test_localhost_may_be_registered_where_loopback_is_allowed() -> None:
    assert check_url("http://localhost:8000/", PRIVATE_ALLOWED) is None
    assert check_url("http://127.0.0.1:8000/", PRIVATE_ALLOWED) is None


def test_blocked_ports_are_refused() -> None:
    policy = AddressPolicy(blocked_ports=frozenset({25, 443}))
    assert check_url("http://hooks.example:25/", policy) is not None
    assert check_url("https://hooks.example/", policy) is not None
    assert check_url("https://hooks.example:8443/", policy) is None


@given(
    st.text()
    | st.text().map("http://{}/".format)
    | st.from_regex(r"https?://[^/]*/", fullmatch=True)
)
def test_no_text_makes_the_check_fail(url: str) -> None:
    refusal = check_url(url)
    assert refusal is None or refusal.error in {CallError.BAD_URL, CallError.BLOCKED_ADDRESS}
    assert parse_url(url, None) is not None


@given(st.integers(min_value=0, max_value=2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_a_number_as_host_is_refused(number: int, spelling: str) -> None:
    assert check_url(f"http://{spelling.format(number)}/") is not None


def test_no_socket_is_made_for_a_blocked_address() -> None:
    info = (2, 1, 6, "", ("127.0.0.1", 80))
    with pytest.raises(AddressBlockedError, match="loopback"):
        _open_socket(AddressPolicy(), info)
    _open_socket(PRIVATE_ALLOWED, info).close()
    _open_socket(None, info).close()
