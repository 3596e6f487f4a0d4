"""What doors with small numbers and partial updates ask of the database beside everybody else."""

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.campaign import LinkList, SenderList
from heliograph.model.keeping import UrlConversion
from heliograph.store._sql import queries
from heliograph.store.database import Link

_SQL = queries("partial")


async def clicked_messages(link: Link, account_id: int, link_ids: Sequence[int]) -> dict[int, int]:
    """Smart link → messages by whose short link to it somebody has come."""
    rows = await link.fetch(_SQL["clicked_messages"], account_id, list(link_ids))
    return {row["link_id"]: row["messages"] for row in rows}


async def url_conversion(
    link: Link, account_id: int, link_ids: Sequence[int], urls: Sequence[str]
) -> UrlConversion:
    """What became of the short links that lead to these smart links or to these URLs."""
    row = await link.fetchrow(_SQL["url_conversion"], account_id, list(link_ids), list(urls))
    if row is None:
        return UrlConversion(recipients=0, reached=0, clicks=0)
    return UrlConversion(recipients=row["recipients"], reached=row["reached"], clicks=row["clicks"])


async def next_broadcast(link: Link) -> int:
    """A small number that no broadcast has or will have."""
    number: int = await link.fetchval(_SQL["next_broadcast"])
    return number


async def unknown_members(link: Link, found: SenderList | LinkList) -> list[int]:
    """The first few members that the account does not have. One that was removed after it was put on the
    list may stay there."""
    if isinstance(found, SenderList):
        query, members = "unknown_senders", found.sender_ids
    else:
        query, members = "unknown_links", found.link_ids
    rows = await link.fetch(_SQL[query], found.account_id, found.id, list(members))
    return [row["id"] for row in rows]


async def is_default_campaign(link: Link, account_id: int, campaign_id: int) -> bool:
    """Whether it is the one that every account has."""
    return bool(await link.fetchval(_SQL["is_default_campaign"], account_id, campaign_id))
