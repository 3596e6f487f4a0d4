"""The request as it was received, ready to be kept: without secrets, cut, or only its head.

Rows are made inside the batch that stores the messages, so that a door pays nothing for a request that is
refused. Where texts are not kept, and where the message is a secret (a one-time password), nothing of query
and body is kept, nor what follows the plain path.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from heliograph.flow.request import Request
from heliograph.model.command import Principal
from heliograph.model.mask import in_digits, mask, mask_octets, reach_of
from heliograph.model.received import Received, ReceivedRequest

__all__ = ["ALL", "Keeping", "head_row", "rows_of"]

LONGEST_BODY: Final = 4096
"""Octets of a body that are kept."""
_SURELY_SHORT: Final = LONGEST_BODY // 4
"""Characters that have no more octets than that."""
_LONGEST_WORD: Final = 512
"""Of a path or a header."""
_PLAIN_PATH: Final = re.compile(r"[^?&;=]*")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ODD: Final = "\N{REPLACEMENT CHARACTER}"


class Keeping(NamedTuple):
    """What the configuration says of requests."""

    requests: bool = True
    texts: bool = True


ALL: Final = Keeping()
"""What is kept unless somebody wants less."""


def rows_of(requests: Sequence[Request], now: datetime, keeping: Keeping) -> list[ReceivedRequest]:
    """Those of requests that are stored; of an upload with its first piece."""
    if not keeping.requests:
        return []
    rows = []
    for request in requests:
        received = request.principal.received
        if received is None or (request.held_back and request.submission is None):
            continue
        live = request.live
        if live or request.held_back:
            whole = keeping.texts and not request.held_back
            for message in live if whole else ():
                if message.extra is not None and message.secret:
                    whole = False
            entries = None if request.held_back else len(request.layout)
            rows.append(
                _row(request.principal, received, request.answer_id, now, entries, whole=whole)
            )
    return rows


def head_row(
    principal: Principal, number: int, now: datetime, keeping: Keeping, *, whole: bool = False
) -> list[ReceivedRequest]:
    """The same for a broadcast's request, whose messages come later; `number` is their submission's."""
    if not keeping.requests or principal.received is None:
        return []
    whole = whole and keeping.texts
    return [_row(principal, principal.received, number, now, None, whole=whole)]


def _row(
    principal: Principal,
    received: Received,
    number: int,
    now: datetime,
    entries: int | None,
    *,
    whole: bool,
) -> ReceivedRequest:
    person = principal.person
    name, secret, headers = received.name, received.secret, received.headers
    body, cut, hexadecimal = _body(received) if whole else (None, False, False)
    path = received.path if whole else _PLAIN_PATH.match(received.path)[0]  # type: ignore[index]
    return ReceivedRequest(
        account_id=principal.account.id,
        id=number,
        request_id=received.id or None,
        at=now,
        credential_id=principal.credential.id if person is None else None,
        person_id=None if person is None else person.id,
        octets=received.octets,
        entries=entries,
        whole=whole,
        cut=cut,
        hexadecimal=hexadecimal,
        method=received.method,
        path=_header(path, name, secret) or "",
        query=_words(received.query, name, secret, LONGEST_BODY) if whole else None,
        body=body,
        media_type=_header(headers.get("content-type"), name, secret),
        agent=_header(headers.get("user-agent"), name, secret),
        address=received.address,
    )


@lru_cache(maxsize=1024)
def _header(value: str | None, name: str, secret: str) -> str | None:
    """A caller sends the same with each request."""
    return None if value is None else _words(value, name, secret, _LONGEST_WORD)


def _words(text: str, name: str, secret: str, longest: int) -> str:
    """Something of a request's head, which the door read as Latin-1."""
    if not text:
        return text
    if not text.isascii():
        text = text.encode("latin-1", "replace").decode("utf-8", "replace")
    window = text[: longest + reach_of(name, secret)]
    masked = mask(window, name, secret)
    if len(window) < len(text):
        masked = masked[: max(0, len(masked) - reach_of(name, secret))]
    masked = masked[:longest]
    return masked if masked.isprintable() else _UNPRINTABLE.sub(_ODD, masked)


def _body(received: Received) -> tuple[str | None, bool, bool]:
    """What is kept of a body; whether it was cut; whether it is in hexadecimal.

    So much more than what is kept is looked at that no secret is cut in two before it is found.
    """
    name, secret, octets = received.name, received.secret, received.body
    if callable(octets):
        words = octets()
        plain = words.isascii() and words.replace("\n", "").isprintable()
        if plain and len(words) <= _SURELY_SHORT:
            masked = mask(words, name, secret)  # what follows comes to the same for such a text
            if len(masked) <= _SURELY_SHORT:
                return masked or None, False, False
        octets = words.encode("utf-8", "replace")
    if not octets:
        return None, False, False
    reach = reach_of(name, secret)
    window = octets[: LONGEST_BODY + reach]
    more = len(window) < len(octets)
    text = _text(window, cut=more)
    if text is None:
        masked = mask_octets(window, name, secret)
        if more:
            masked = masked[: max(0, len(masked) - reach)]
        return in_digits(masked[:LONGEST_BODY]), more or len(masked) > LONGEST_BODY, True
    masked = mask(text, name, secret)
    if more:
        masked = masked[: max(0, len(masked) - reach)]
    if len(masked) <= _SURELY_SHORT:
        return masked, more, False
    short = masked.encode()[:LONGEST_BODY].decode("utf-8", "ignore")
    return short, more or len(short) < len(masked), False


def _text(octets: bytes, *, cut: bool) -> str | None:
    """The octets as a text; None where they are none."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as fault:
        if not cut or fault.start < len(octets) - 3:
            return None
        text = octets[: fault.start].decode("utf-8")
    return text if text.isprintable() or not _UNPRINTABLE.search(text) else None
