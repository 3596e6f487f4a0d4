"""HTTP/1.1 as some callers write it: with text in the URL as it is, neither letters nor blanks encoded.

Clients that glue a message into a URL without encoding it (facts of the oldest dialect; PHP's
`file_get_contents` and curl send it so) worked with servers that passed such octets on. The parser here
refuses them, so the request line is put right before the parser sees it: every octet that no URL may
have becomes its percent form, nothing else changes. Whatever is not a request line passes untouched.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from heliograph.edge._joined import joined

__all__ = ["SloppyHttp"]

_LONGEST_LINE: Final = 65_536
_METHOD: Final = re.compile(rb"[A-Z]{3,7} ")
_LINE: Final = re.compile(rb"([A-Z]{3,7}) (.*) (HTTP/1\.[01]\r?)\Z", re.DOTALL)
_NOT_IN_A_URL: Final = re.compile(rb"[^\x21-\x7e]")


class SloppyHttp(HttpToolsProtocol):
    """uvicorn's protocol behind a look at each request line."""

    _held = b""
    """The beginning of a request line whose end has not come yet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller is there."""
        super().connection_made(joined(transport, self.loop))

    def data_received(self, data: bytes) -> None:
        """Octets from the caller."""
        cycle = self.cycle
        if cycle is None or not cycle.more_body:
            data, self._held = self._held + data, b""
            end = data.find(b"\n")
            if end < 0 and len(data) < _LONGEST_LINE and _METHOD.match(data):
                self._held = data
                return
            line = data[:end]
            if not line.isascii() or line.count(b" ") != 2:
                data = put_right(line) + data[end:]
        super().data_received(data)


def put_right(line: bytes) -> bytes:
    """The request line with its target in a form that every parser takes."""
    found = _LINE.fullmatch(line)
    if found is None:
        return line
    method, target, version = found.groups()
    return method + b" " + _NOT_IN_A_URL.sub(_percent, target) + b" " + version


def _percent(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]
