"""Short links in texts: minted while a message is checked, kept in the transaction that accepts it.

A code is nine characters of base 58, drawn by the system's CSPRNG from 58^9 = 7.4e15: with ten million
short links alive one guess in 740 million meets any of them, so that a door which lets through 2,000
guesses a second gives away one in four days, and the door lets one address make but a few. A code
says nothing of account, message or time. Minting asks nobody, so an estimate can do it too; a code
that was given out before (one in 740 million, then) is found when it is to be kept, and another takes
its place: all have one length and only characters of GSM 7-bit, so neither parts nor price change. It
must never keep a short link whose message is not kept.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from heliograph.flow.directory import Directory
from heliograph.flow.request import Request
from heliograph.model.link import KeptShortLink, ShortLink
from heliograph.model.message import Draft, Message
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import links
from heliograph.store.database import Link

__all__ = ["ALPHABET", "CODE_LENGTH", "Minter", "keep_short_links", "make_code"]

CODE_LENGTH: Final = 9
ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""Base 58: no 0, O, I and l, which people confuse."""
_PAIRS: Final = tuple(high + low for high in ALPHABET for low in ALPHABET)
_CODES: Final = len(ALPHABET) ** CODE_LENGTH
_EVEN: Final = (1 << 64) // _CODES * _CODES
"""Numbers from here on would make some codes likelier than others."""
_PLACE: Final = re.compile(r"\{\{\s*link_(\d{1,9})\s*\}\}")
_MINUTE: Final = 60


def make_code(random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """A code that nobody can guess."""
    number = int.from_bytes(random_bytes(8), "big")
    while number >= _EVEN:
        number = int.from_bytes(random_bytes(8), "big")
    number, first = divmod(number % _CODES, 3364)
    number, second = divmod(number, 3364)
    number, third = divmod(number, 3364)
    last, fourth = divmod(number, 3364)
    return _PAIRS[first] + _PAIRS[second] + _PAIRS[third] + _PAIRS[fourth] + ALPHABET[last]


class Minter:
    """Puts short links into texts. `base` is what stands before a code, with the slash at its end; empty
    where the house does not know by which name it can be reached."""

    def __init__(
        self,
        directory: Directory,
        base: Callable[[], str],
        *,
        longest_days: int,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """`longest_days` is how long messages are kept: a short link lives no longer."""
        self._directory = directory
        self._base = base
        self._longest_seconds = longest_days * 86_400
        self._random_bytes = random_bytes

    def put(self, account_id: int, draft: Draft) -> Draft | Refused:
        """The draft with short links in the places of those that it names; other places stay as they are."""
        wanted = draft.links or {}
        for number in wanted:
            link = self._directory.link(account_id, number)
            if link is None or not link.enabled:
                detail = f"There is no smart link {number}, or it is not enabled."
                return Refused(refusal=Refusal.UNKNOWN_LINK, field="links", detail=detail)
        base = self._base()
        if not base:
            detail = "The operator has not set link_base_url: short links would lead nowhere."
            return Refused(refusal=Refusal.NOT_ENABLED, field="links", detail=detail)
        minted: dict[int, ShortLink] = {}

        def put(found: re.Match[str]) -> str:
            number = int(found[1])
            if number not in wanted:
                return found[0]
            if number not in minted:
                minted[number] = self._mint(number, wanted[number])
            return base + minted[number].code

        text = _PLACE.sub(put, draft.text)
        return msgspec.structs.replace(draft, text=text, short_links=tuple(minted.values()))

    def _mint(self, number: int, minutes: int) -> ShortLink:
        seconds = minutes * _MINUTE if minutes > 0 else self._longest_seconds
        return ShortLink(
            code=make_code(self._random_bytes),
            link_id=number,
            lifetime_seconds=min(seconds, self._longest_seconds),
        )


class _Entry(NamedTuple):
    """A short link on its way into the database, and where its message stands."""

    request: Request
    place: int
    kept: KeptShortLink


async def keep_short_links(
    link: Link,
    requests: Sequence[Request],
    now: datetime,
    *,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> None:
    """Keep the short links of all messages that are to be stored, in one statement. Where a code is
    taken, another takes its place in the message of the request, which is stored afterwards."""
    entries = [
        _Entry(request, place, kept)
        for request in requests
        if request.live
        for place, message in enumerate(request.messages)
        if message.short_links and message.id not in request.refused
        for kept in _rows_of(message, now)
    ]
    while entries:
        first = {entry.kept.code: entry for entry in reversed(entries)}
        free = await links.insert_short_links(link, [entry.kept for entry in first.values()])
        entries = [
            _minted_again(entry, random_bytes)
            for entry in entries
            if first[entry.kept.code] is not entry or entry.kept.code not in free
        ]


def _rows_of(message: Message, now: datetime) -> list[KeptShortLink]:
    start = message.send_at or now
    return [
        KeptShortLink(
            code=short.code,
            account_id=message.account_id,
            message_id=message.id,
            link_id=short.link_id,
            valid_until=start + timedelta(seconds=short.lifetime_seconds),
            target=short.target,
        )
        for short in message.short_links
    ]


def _minted_again(entry: _Entry, random_bytes: Callable[[int], bytes]) -> _Entry:
    old, new = entry.kept.code, make_code(random_bytes)
    message = entry.request.messages[entry.place]
    replace = msgspec.structs.replace
    entry.request.messages[entry.place] = replace(
        message,
        text=message.text.replace(old, new),
        short_links=tuple(
            replace(each, code=new) if each.link_id == entry.kept.link_id else each
            for each in message.short_links
        ),
    )
    return entry._replace(kept=replace(entry.kept, code=new))
