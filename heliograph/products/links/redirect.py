"""Where a visitor of a short link is sent, and that the visit is counted.

Codes are looked up many at a time, by one statement for all who wait, and the latest are remembered:
neither a storm on one code nor a broadcast's million different ones is a storm on the database. Clicks
are counted behind the answer, in batches; a clean stop counts what waits. Addresses are nowhere
kept: a visitor is a hash under the house's key, another for each short link. Whoever asks for codes that
do not exist is soon made to wait. It must never keep a visitor waiting for a count.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from time import monotonic
from typing import Final, NamedTuple

from heliograph.flow.batch import Batcher
from heliograph.flow.directory import Directory
from heliograph.flow.links import ALPHABET, CODE_LENGTH
from heliograph.model.ids import id_at
from heliograph.model.link import Click, KeptShortLink, SmartLink
from heliograph.products.links.agents import Agent
from heliograph.products.links.guesses import Guesses
from heliograph.products.links.tally import Tally
from heliograph.store import links
from heliograph.store.database import Database

__all__ = ["Nowhere", "Redirects", "Visit"]

REMEMBERED_CODES: Final = 50_000
MOST_LOOKUPS: Final = 20_000
"""Visitors who wait for the database; others are told to come again."""
TOLD_APART: Final = 64
"""Visitors of one short link that are told apart while it is remembered; others count as one, so that a
program with ever new names fills no table."""
_LETTERS: Final = frozenset(ALPHABET)


class Nowhere(Enum):
    """Why a visitor is sent nowhere."""

    UNKNOWN = "unknown"
    GONE = "gone"
    """It led somewhere once."""
    WAIT = "wait"
    """Too much at once, of this address or of all."""


class Visit(NamedTuple):
    """Who comes."""

    agent: Agent
    address: str
    user_agent: str


class _Known:
    """A code that is remembered."""

    __slots__ = ("kept", "visitors")

    def __init__(self, kept: KeptShortLink) -> None:
        self.kept = kept
        self.visitors: set[int] | None = None


class Redirects:
    """Answers visits. `start` and `stop`; `stop` counts what waits."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        key: bytes,
        now: Callable[[], datetime],
        retention_days: int,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        """`key` makes visitors' hashes; the same in every process."""
        self._database = database
        self._directory = directory
        self._key = hashlib.blake2b(b"visitors", key=key, digest_size=32).digest()
        self._now = now
        self._retention = timedelta(days=retention_days)
        self.guesses = Guesses(seconds)
        """Also for the other public addresses, so that nobody guesses here and there in turn."""
        self._codes: OrderedDict[str, _Known] = OrderedDict()
        self._lookups: Batcher[str, KeptShortLink | None] = Batcher(
            "short links", self._find, workers=2
        )
        self._tally = Tally(self._count)

    async def start(self) -> None:
        """Begin to answer."""
        await self._lookups.start()
        await self._tally.start()

    async def stop(self) -> None:
        """Count what waits, then stop. Idempotent."""
        await self._lookups.stop()
        await self._tally.stop()

    async def visit(self, code: str, visit: Visit) -> str | Nowhere:
        """The URL to send the visitor to."""
        known = self._codes.get(code)
        if known is None:
            found = await self._known(code, visit.address)
            if isinstance(found, Nowhere):
                return found
            known = found
        else:
            self._codes.move_to_end(code)
        kept, now = known.kept, self._now()
        if kept.target is not None and kept.valid_until > now:
            self._note(known, visit, now)
            return kept.target
        link = self._directory.link(kept.account_id, kept.link_id)
        if link is None or not link.enabled or kept.valid_until <= now:
            return Nowhere.GONE
        self._note(known, visit, now)
        target = _target(link, visit.agent)
        return _told(target, link, code) if visit.agent.is_person else target

    # -- codes ----------------------------------------------------------------------------------

    async def _known(self, code: str, address: str) -> _Known | Nowhere:
        """A code that is not remembered. Nothing is remembered of those that do not exist."""
        if len(code) != CODE_LENGTH or not _LETTERS.issuperset(code):
            return Nowhere.UNKNOWN
        if self.guesses.exhausted(address):
            return Nowhere.WAIT
        if len(self._lookups) >= MOST_LOOKUPS:
            return Nowhere.WAIT
        kept = await self._lookups.put(code)
        if kept is None:
            self.guesses.missed(address)
            return Nowhere.UNKNOWN
        known = self._codes.get(code)  # another who came for it may have been first
        if known is None:
            known = self._codes[code] = _Known(kept)
            if len(self._codes) > REMEMBERED_CODES:
                self._codes.popitem(last=False)
        return known

    async def _find(self, codes: Sequence[str]) -> Sequence[KeptShortLink | None]:
        async with self._database.link() as link:
            found = await links.find_short_links(link, set(codes))
        return [found.get(code) for code in codes]

    # -- clicks ---------------------------------------------------------------------------------

    def _note(self, known: _Known, visit: Visit, now: datetime) -> None:
        bot = not visit.agent.is_person
        kept = known.kept
        self._tally.add(
            Click(
                account_id=kept.account_id,
                message_id=kept.message_id,
                link_id=kept.link_id,
                visitor=0 if bot else self._visitor(known, visit),
                at=now,
                bot=bot,
            )
        )

    def _visitor(self, known: _Known, visit: Visit) -> int:
        words = f"{known.kept.code}\0{visit.address}\0{visit.user_agent}".encode(
            "utf-8", "surrogatepass"
        )
        digest = hashlib.blake2b(words, key=self._key, digest_size=8).digest()
        visitor = int.from_bytes(digest, "big", signed=True) or 1
        if known.visitors is None:
            known.visitors = set()
        if visitor not in known.visitors:
            if len(known.visitors) >= TOLD_APART:
                return 0
            known.visitors.add(visitor)
        return visitor

    async def _count(self, clicks: Sequence[Click]) -> None:
        oldest = id_at(self._now() - self._retention)
        await self._database.run(lambda link: links.add_clicks(link, clicks, oldest))


def _target(link: SmartLink, agent: Agent) -> str:
    """Where this kind of visitor goes."""
    match agent:
        case Agent.PREVIEW:
            return link.preview_url or link.bot_redirect or link.url
        case Agent.BOT:
            return link.bot_redirect or link.url
        case Agent.IOS:
            return link.ios_url or link.url
        case Agent.ANDROID:
            return link.android_url or link.url
        case Agent.DESKTOP:
            return link.desktop_url or link.url


def _told(url: str, link: SmartLink, code: str) -> str:
    """The target with the code as a query parameter, where the customer wants that."""
    if link.code_parameter is None:
        return url
    whole, mark, fragment = url.partition("#")
    return f"{whole}{'&' if '?' in whole else '?'}{link.code_parameter}={code}{mark}{fragment}"
