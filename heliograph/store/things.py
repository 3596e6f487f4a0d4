"""What processes know of the small tables: the whole configuration as of one moment, and the opt-outs.

Of the configuration they answer from memory; the opt-outs, which may be millions, they ask for a batch
of messages at a time. How things get there is in `kept`, `rates` and `opt_outs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from heliograph.model.account import (
    Account,
    Credential,
    Endpoint,
    Keyword,
    Number,
    Permit,
    Reply,
    Sender,
    Service,
    Template,
)
from heliograph.model.link import SmartLink
from heliograph.model.prefixes import Network
from heliograph.model.route import Carrier, Rate, RateCard, Route
from heliograph.model.secret import Vault
from heliograph.store._sql import queries
from heliograph.store.database import Link
from heliograph.store.kept import thing_of
from heliograph.store.rates import all_prefixes, all_rates

_SQL = queries("things")
Key = tuple[int, str, str, str]
"""`(account_id, msisdn, sender, campaign)`; the campaign is empty for messages of none."""
_T = TypeVar(
    "_T",
    Account,
    Sender,
    Permit,
    Number,
    Endpoint,
    Service,
    Keyword,
    Template,
    Reply,
    SmartLink,
    Carrier,
    Route,
    RateCard,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveCredential:
    """A credential that is not revoked (it may have expired), and the secret it had before."""

    credential: Credential
    previous_hash: bytes | None
    previous_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """Everything small. Routes are in the order in which they are tried, all else by id.

    Secrets of endpoints and carriers are open: a snapshot must never be logged or answered.
    """

    accounts: tuple[Account, ...]
    credentials: tuple[LiveCredential, ...]
    senders: tuple[Sender, ...]
    permits: tuple[Permit, ...]
    numbers: tuple[Number, ...]
    endpoints: tuple[Endpoint, ...]
    services: tuple[Service, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    templates: tuple[Template, ...] = ()
    replies: tuple[Reply, ...] = ()
    links: tuple[SmartLink, ...] = ()
    carriers: tuple[Carrier, ...]
    routes: tuple[Route, ...]
    rate_cards: tuple[RateCard, ...]
    rates: tuple[Rate, ...]
    prefixes: tuple[tuple[str, Network], ...]
    """The imported numbering table; empty means the one that ships with the house."""
    opted_out_accounts: frozenset[int]
    """Accounts that have any opt-out."""


async def load_snapshot(link: Link, vault: Vault) -> Snapshot:
    """Read it all, as of one moment unless the link is in a transaction of the caller's.

    Raises SealError when the server key is not the one that the secrets were sealed under.
    """
    async with AsyncExitStack() as stack:
        if not link.is_in_transaction():
            moment = link.transaction(isolation="repeatable_read", readonly=True)
            await stack.enter_async_context(moment)
        return Snapshot(
            accounts=await _all(link, vault, Account, "all_accounts"),
            credentials=await _credentials(link, vault),
            senders=await _all(link, vault, Sender, "all_senders"),
            permits=await _all(link, vault, Permit, "all_permits"),
            numbers=await _all(link, vault, Number, "all_numbers"),
            endpoints=await _all(link, vault, Endpoint, "all_endpoints"),
            services=await _all(link, vault, Service, "all_services"),
            keywords=await _all(link, vault, Keyword, "all_keywords"),
            templates=await _all(link, vault, Template, "all_templates"),
            replies=await _all(link, vault, Reply, "all_replies"),
            links=await _all(link, vault, SmartLink, "all_links"),
            carriers=await _all(link, vault, Carrier, "all_carriers"),
            routes=await _all(link, vault, Route, "all_routes"),
            rate_cards=await _all(link, vault, RateCard, "all_rate_cards"),
            rates=await all_rates(link),
            prefixes=await all_prefixes(link),
            opted_out_accounts=frozenset(
                row["id"] for row in await link.fetch(_SQL["accounts_with_opt_outs"])
            ),
        )


async def opted_out(link: Link, keys: Sequence[Key]) -> set[Key]:
    """Those of the keys that must not be sent: the number opted out of the sender or of all."""
    columns = [[key[place] for key in keys] for place in range(4)]
    rows = await link.fetch(_SQL["opted_out"], *columns)
    return {(row["account_id"], row["msisdn"], row["sender"], row["campaign"]) for row in rows}


async def which_have_opt_outs(link: Link, accounts: Sequence[int]) -> set[int]:
    """Those of the accounts of which any number has opted out."""
    rows = await link.fetch(_SQL["which_have_opt_outs"], accounts)
    return {row["account_id"] for row in rows}


async def _credentials(link: Link, vault: Vault) -> tuple[LiveCredential, ...]:
    return tuple(
        LiveCredential(
            credential=thing_of(vault, Credential, row),
            previous_hash=row["previous_hash"],
            previous_until=row["previous_until"],
        )
        for row in await link.fetch(_SQL["live_credentials"])
    )


async def _all(link: Link, vault: Vault, kind: type[_T], query: str) -> tuple[_T, ...]:
    return tuple(thing_of(vault, kind, row) for row in await link.fetch(_SQL[query]))
