"""What every room is asked with: its recorded requests, settings for its other face, calls turned round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from heliograph.dialects._shape import Dialect, HttpCall, HttpRequest
from heliograph.doors import DIALECTS
from heliograph.links import UPSTREAMS

VECTORS = Path(__file__).parents[1] / "vectors"
KEY = bytes(range(32))
ROOMS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in DIALECTS}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "native": {"base_url": "https://vendor.example", "api_key_secret": "hg_live_" + "k" * 40},
    "mimsms": {"user_name": "we@example.com", "apikey_secret": "ABCDEF0123456789ABCD"},
    "smsapi": {
        "base_url": "https://vendor.example/smsAPI",
        "apikey": "ourkey",
        "apitoken_secret": "ourtoken",
    },
    "mitto": {"api_key_secret": "0123456789abcdef0123456789abcdef"},
    "messagewhiz": {"api_key_secret": "0123456789abcdef0123456789abcdef"},
    "imiconnect": {"service_key_secret": "b0ac7a1c-0000-11e6-8000-0a1b2c3d4e5f"},
}


def recorded(room: str) -> Iterator[tuple[str, HttpRequest]]:
    """`(name, request)` of every recorded request of a room."""
    for file in sorted((VECTORS / room).glob("*.http")):
        yield file.stem, request_of(file.read_bytes())


def request_of(octets: bytes) -> HttpRequest:
    """A request from its text; heads may end their lines with LF alone."""
    head, _, body = octets.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, rest = first.partition(" ")
    target = rest.rpartition(" HTTP/")[0] or rest
    path, _, query = target.partition("?")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return HttpRequest(
        method=method, path=path, query=query, headers=headers, body=body, peer="192.0.2.1", id=77
    )


def turned_round(call: HttpCall, *, below: str = "") -> HttpRequest:
    """A call as it arrives at whom it is made to; `below` is the part of its path that is not shown."""
    parts = urlsplit(call.url)
    return HttpRequest(
        method=call.method,
        path=parts.path.removeprefix(below),
        query=parts.query,
        headers={name.lower(): value for name, value in call.headers},
        body=call.body,
        peer="192.0.2.1",
        id=78,
    )


UPSTREAM_NAMES = tuple(UPSTREAMS)
