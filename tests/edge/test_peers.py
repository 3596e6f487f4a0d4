import pytest

from heliograph.edge._peers import peer_finder, secure_finder

TRUSTED = ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("address", "forwarded", "caller"),
    [
        ("203.0.113.1", "198.51.100.1", "203.0.113.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "8.8.8.8, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_caller_is_the_last_one_before_our_own_proxies(address, forwarded, caller):
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    assert peer_finder(TRUSTED)(address, headers) == caller


def test_without_trusted_networks_the_connection_says_who_calls():
    assert peer_finder(())("10.0.0.1", {"x-forwarded-for": "8.8.8.8"}) == "10.0.0.1"


def test_a_network_that_is_none_is_told():
    with pytest.raises(ValueError, match="does not appear"):
        peer_finder(("everywhere",))


@pytest.mark.parametrize(
    ("scheme", "address", "forwarded", "secure"),
    [
        ("http", "192.0.2.1", None, False),
        ("https", "192.0.2.1", None, True),
        ("http", "192.0.2.1", "https", False),
        ("http", "10.0.0.1", "https", True),
        ("http", "10.0.0.1", "http, HTTPS", True),
        ("http", "10.0.0.1", "https, http", False),
        ("https", "10.0.0.1", "http", False),
    ],
)
def test_tls_is_believed_of_the_connection_and_of_trusted_proxies(
    scheme, address, forwarded, secure
):
    find = secure_finder(("10.0.0.0/8",))
    headers = {} if forwarded is None else {"x-forwarded-proto": forwarded}
    assert find(scheme, address, headers) is secure
