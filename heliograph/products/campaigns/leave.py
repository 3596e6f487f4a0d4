"""The recipient's way out: whoever follows the link that `{{unsubscription_link}}` put into his message
opts out, of what the account's `opt_out_scope` says. Looking at the page changes nothing: mail and
messenger programs follow links by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from heliograph.flow.links import ALPHABET, CODE_LENGTH
from heliograph.model.account import OptOut, OptOutScope
from heliograph.model.link import OPT_OUT_LINK, KeptShortLink
from heliograph.store import links, messages, opt_outs, segments
from heliograph.store.database import Database, Link

__all__ = ["Leaving"]

SOURCE: Final = "link"
_LETTERS: Final = frozenset(ALPHABET)


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """Knows ways out."""

    database: Database
    now: Callable[[], datetime]

    async def known(self, code: str) -> bool:
        """Whether the code is one."""
        if not _may_be(code):
            return False
        async with self.database.link() as link:
            return await self._find(link, code) is not None

    async def leave(self, code: str) -> bool:
        """Opt out; False where the code is none. Twice is as once."""
        if not _may_be(code):
            return False

        async def work(link: Link) -> bool:
            kept = await self._find(link, code)
            if kept is None:
                return False
            found = await messages.find_messages(link, [(kept.account_id, kept.message_id)])
            if not found:
                return False
            message = found[0].message
            scope = OptOutScope(await segments.opt_out_scope(link, kept.account_id))
            block = OptOut(
                account_id=kept.account_id,
                msisdn=message.recipient,
                sender="" if scope is OptOutScope.ACCOUNT else message.sender,
                source=SOURCE,
                created_at=self.now(),
            )
            await opt_outs.insert_opt_outs(link, [block])
            return True

        return await self.database.run(work)

    async def _find(self, link: Link, code: str) -> KeptShortLink | None:
        kept = (await links.find_short_links(link, [code])).get(code)
        if kept is None or kept.link_id != OPT_OUT_LINK or kept.valid_until <= self.now():
            return None
        return kept


def _may_be(code: str) -> bool:
    return len(code) == CODE_LENGTH and _LETTERS.issuperset(code)
