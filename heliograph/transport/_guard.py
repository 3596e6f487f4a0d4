"""Decides where an outgoing call may go: the guard against server-side request forgery.

Customers choose the URLs of their webhooks, and this machine can reach what they cannot: its own
loopback, the private network, the cloud's metadata. So every address is held against one table of
networks that are not the public internet, also when it is wrapped in an IPv6 transition form. The
URL is taken apart by yarl, the parser of the client that connects, so that nobody can make the
guard see another host than the client. It must never resolve a name or open a socket, and it does
not ask `ipaddress.is_global`: that was wrong for several networks before Python 3.11.10 and 3.12.4
(CVE-2024-4032).

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890); RFC 4291, 3056, 4380,
5214, 6052.
"""

import ipaddress
import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

import msgspec
from yarl import URL

from heliograph.transport._calls import CallError, Refusal

__all__ = ["PUBLIC_INTERNET_ONLY", "AddressPolicy", "check_address", "check_url", "parse_url"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

URL_CHARACTERS_MAX: Final = 8192
_WHITESPACE_CONTROLS_AND_BACKSLASH: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
# Letters, digits, hyphens; underscores occur in names of real hosts. No percent sign: what it hides
# is not what is shown.
_HOST_NAME: Final = re.compile(
    r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.ASCII | re.IGNORECASE
)
# The WHATWG URL Standard's rule for "ends in a number": such a host is IPv4, in whatever spelling
# (2130706433, 0x7f.1, 0177.1).
_ENDS_IN_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.ASCII | re.IGNORECASE)

# The first row that holds an address names it. `True` marks what an operator means by "private
# networks"; the rest stays closed unless a network is named in `allow_private_networks`, metadata
# services above all.
_SPECIAL_IPV4: Final[tuple[tuple[IPv4Network, bool, str], ...]] = tuple(
    (IPv4Network(network), is_private, name)
    for network, is_private, name in (
        ("0.0.0.0/8", False, "this host (RFC 1122)"),
        ("10.0.0.0/8", True, "private use (RFC 1918)"),
        ("100.100.100.200/32", False, "a cloud metadata service"),
        ("100.64.0.0/10", True, "shared address space (RFC 6598)"),
        ("127.0.0.0/8", True, "loopback (RFC 1122)"),
        ("169.254.0.0/16", False, "link-local, with cloud metadata services (RFC 3927)"),
        ("172.16.0.0/12", True, "private use (RFC 1918)"),
        ("192.0.0.0/24", False, "protocol assignments (RFC 6890)"),
        ("192.0.2.0/24", False, "documentation (RFC 5737)"),
        ("192.31.196.0/24", False, "AS112 (RFC 7535)"),
        ("192.52.193.0/24", False, "automatic multicast tunnelling (RFC 7450)"),
        ("192.88.99.0/24", False, "6to4 relays, deprecated (RFC 7526)"),
        ("192.168.0.0/16", True, "private use (RFC 1918)"),
        ("192.175.48.0/24", False, "AS112 (RFC 7534)"),
        ("198.18.0.0/15", False, "benchmarking (RFC 2544)"),
        ("198.51.100.0/24", False, "documentation (RFC 5737)"),
        ("203.0.113.0/24", False, "documentation (RFC 5737)"),
        ("224.0.0.0/4", False, "multicast (RFC 5771)"),
        ("240.0.0.0/4", False, "reserved or broadcast (RFC 1112)"),
    )
)
_SPECIAL_IPV6: Final[tuple[tuple[IPv6Network, bool, str], ...]] = tuple(
    (IPv6Network(network), is_private, name)
    for network, is_private, name in (
        ("::/128", False, "unspecified (RFC 4291)"),
        ("::1/128", True, "loopback (RFC 4291)"),
        ("fd00:ec2::/32", False, "a cloud metadata service"),
        ("fd20:ce::254/128", False, "a cloud metadata service"),
        ("fc00::/7", True, "unique local (RFC 4193)"),
        ("fe80::/10", False, "link-local (RFC 4291)"),
        ("ff00::/8", False, "multicast (RFC 4291)"),
        ("2001::/23", False, "protocol assignments, with Teredo (RFC 2928, RFC 4380)"),
        ("2001:db8::/32", False, "documentation (RFC 3849)"),
        ("2620:4f:8000::/48", False, "AS112 (RFC 7534)"),
        ("3fff::/20", False, "documentation (RFC 9637)"),
    )
)
_GLOBAL_UNICAST_IPV6: Final = IPv6Network("2000::/3")
# Where an IPv6 address carries an IPv4 address, a gateway or the kernel goes to the latter:
# (network, bits to shift away).
_EMBEDDING: Final = (
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped, RFC 4291
    (IPv6Network("::/96"), 0),  # IPv4-compatible, deprecated, RFC 4291
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)
# ISATAP (RFC 5214): …:0000:5efe:a.b.c.d or …:0200:5efe:a.b.c.d below any prefix.
_ISATAP_MARKS: Final = (0x00005EFE, 0x02005EFE)


class AddressPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator excepts from the guard.

    `allow_private_networks` are networks that may be called although they are not public.
    `allow_all_private` opens loopback, private use, shared address space and unique local addresses
    at once, for a trial on one machine; link-local and metadata addresses stay closed.
    `blocked_ports` are refused in any URL.
    """

    allow_private_networks: tuple[Network, ...] = ()
    allow_all_private: bool = False
    blocked_ports: frozenset[int] = frozenset()


PUBLIC_INTERNET_ONLY: Final = AddressPolicy()


def check_address(address: Address, policy: AddressPolicy = PUBLIC_INTERNET_ONLY) -> str | None:
    """

    one if the address may be called, else what kind of address it is, as in "loopback (RFC 1122)".
    """
    if isinstance(address, IPv4Address):
        return _kind_of_ipv4(address, policy)
    if _is_excepted(address, policy):
        return None
    embedded = _embedded_ipv4(address)
    if embedded is None:
        return _kind_of_ipv6(address, policy)
    kind = _kind_of_ipv4(embedded, policy)
    return None if kind is None else f"{kind} inside IPv6"


def check_url(url: str, policy: AddressPolicy = PUBLIC_INTERNET_ONLY) -> Refusal | None:
    """Why a customer may not register this URL, or None.

    Looks at the text alone: the name is resolved at each call.
    """
    outcome = parse_url(url, policy)
    return outcome if isinstance(outcome, Refusal) else None


def parse_url(url: str, policy: AddressPolicy | None) -> URL | Refusal:
    """The URL as the client will use it, or why not.

    Without a policy (the operator's own URLs) addresses are not judged.
    """
    parsed = _parse(url)
    if isinstance(parsed, Refusal):
        return parsed
    host = parsed.raw_host or ""
    if policy is not None and parsed.port in policy.blocked_ports:
        return _bad_url(f"Port {parsed.port} may not be called.")
    if ":" in host or _ENDS_IN_NUMBER.fullmatch(host):
        refusal = _refusal_of_literal(host, policy)
    elif not _HOST_NAME.fullmatch(host) or len(host) > 254:
        refusal = _bad_url("The URL's host is neither a domain name nor an IP address.")
    elif policy is not None and _is_localhost(host) and not _allows_loopback(policy):
        refusal = _blocked(f"{host} is this machine itself and not on the public internet.")
    else:
        refusal = None
    return parsed if refusal is None else refusal


def _parse(url: str) -> URL | Refusal:
    if len(url) > URL_CHARACTERS_MAX:
        return _bad_url(f"The URL is longer than {URL_CHARACTERS_MAX} characters.")
    if _WHITESPACE_CONTROLS_AND_BACKSLASH.search(url):
        return _bad_url("The URL holds white space, a control character or a backslash.")
    try:
        # Encoded text is left alone: a peer may have signed it, and yarl would turn %20 in a query
        # into a plus sign.
        parsed = URL(url, encoded=url.isascii())
        port = parsed.port
    except ValueError:
        return _bad_url("The URL cannot be read: its host or port is malformed.")
    if parsed.scheme not in ("http", "https"):
        return _bad_url("The URL must begin with http:// or https://.")
    if not parsed.raw_host:
        return _bad_url("The URL names no host.")
    if parsed.raw_user is not None or parsed.raw_password is not None:
        return _bad_url("The URL holds a user name or password; send credentials in a header.")
    if "://[" in url[:9] and ":" not in parsed.raw_host:  # IPvFuture, RFC 3986, section 3.2.2
        return _bad_url("The URL's host is in brackets and not an IPv6 address.")
    if not port:
        return _bad_url("The URL's port must be between 1 and 65535.")
    return parsed


def _refusal_of_literal(host: str, policy: AddressPolicy | None) -> Refusal | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _bad_url("The URL's host is an IP address in a spelling that is not accepted.")
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return _bad_url("The URL's host is an IPv6 address with a zone.")
    kind = None if policy is None else check_address(address, policy)
    if kind is None:
        return None
    return _blocked(f"{host} is not on the public internet: {kind}.")


def _kind_of_ipv4(address: IPv4Address, policy: AddressPolicy) -> str | None:
    for network, is_private, name in _SPECIAL_IPV4:
        if address in network:
            is_allowed = is_private and policy.allow_all_private
            return None if is_allowed or _is_excepted(address, policy) else name
    return None


def _kind_of_ipv6(address: IPv6Address, policy: AddressPolicy) -> str | None:
    for network, is_private, name in _SPECIAL_IPV6:
        if address in network:
            return None if is_private and policy.allow_all_private else name
    if address not in _GLOBAL_UNICAST_IPV6:
        return "not global unicast (RFC 4291)"
    tunnelled = _isatap_ipv4(address)
    return None if tunnelled is None else _kind_of_ipv4(tunnelled, policy)


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    if number <= 1:  # :: and ::1 lie in ::/96 and carry nothing
        return None
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address(number >> shift & 0xFFFFFFFF)
    return None


def _isatap_ipv4(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    is_isatap = number >> 32 & 0xFFFFFFFF in _ISATAP_MARKS
    return IPv4Address(number & 0xFFFFFFFF) if is_isatap else None


def _is_excepted(address: Address, policy: AddressPolicy) -> bool:
    # `in` is False across IP versions, so a mixed tuple is fine.
    return any(address in network for network in policy.allow_private_networks)


def _is_localhost(host: str) -> bool:
    name = host.rstrip(".").lower()  # RFC 6761, section 6.3: the whole zone is loopback
    return name == "localhost" or name.endswith(".localhost")


def _allows_loopback(policy: AddressPolicy) -> bool:
    loopbacks = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
    return any(check_address(address, policy) is None for address in loopbacks)


def _bad_url(sentence: str) -> Refusal:
    return Refusal(error=CallError.BAD_URL, sentence=sentence)


def _blocked(sentence: str) -> Refusal:
    return Refusal(error=CallError.BLOCKED_ADDRESS, sentence=sentence)
