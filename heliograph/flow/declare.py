"""Makes the database what a configuration file declares, from plan to last change in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from heliograph.flow.changes import Change, PlanError, Sign, plan
from heliograph.flow.renting import decided
from heliograph.flow.saving import Tools, new_secret
from heliograph.flow.wanted import Declaration, Pointing
from heliograph.model.account import Account, Credential, Endpoint, Keyword, Number, Sender, Service
from heliograph.model.route import RateCard
from heliograph.model.signature import encode_secret
from heliograph.store import inventory, kept, rates
from heliograph.store.database import Link
from heliograph.store.things import load_snapshot

_ENDPOINT_SECRET_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What was done, and the secrets that were made: `(kind, name, secret)`, shown this once."""

    changes: tuple[Change, ...]
    secrets: tuple[tuple[str, str, str], ...]


async def apply(
    tools: Tools, wanted: Declaration, *, prune: bool = False, rehearse: bool = False
) -> Applied:
    """Plan and carry out in one transaction; `rehearse` only plans.

    Raises PlanError, SealError, or `kept.RuleError` where the database says no: a number that
    belongs to an account outside of the file, say. Nothing has changed then.
    """

    async def work(link: Link) -> Applied:
        snapshot = await load_snapshot(link, tools.vault)
        changes = plan(snapshot, wanted, server_key=tools.server_key, prune=prune)
        if prune:
            changes = _but_rented(changes, await inventory.rented(link))
        if rehearse:
            return Applied(changes=changes, secrets=())
        ids = {account.name: account.id for account in snapshot.accounts}
        services: dict[int, int] = {}
        secrets = []
        for change in changes:
            secret = await _carry_out(tools, link, change, ids, services)
            if secret is not None:
                secrets.append((change.kind, change.name, secret))
        await _check_keywords(link, changes, ids)
        return Applied(changes=changes, secrets=tuple(secrets))

    with kept.rules():
        return await tools.database.run(work)


def _but_rented(
    changes: tuple[Change, ...], rented: set[tuple[type[Sender | Number], int, int]]
) -> tuple[Change, ...]:
    """What an account has bought is not the file's to take: it is released."""
    return tuple(
        change
        for change in changes
        if change.sign is not Sign.REMOVE
        or not isinstance(change.thing, Sender | Number)
        or (type(change.thing), change.thing.account_id, change.thing.id) not in rented
    )


async def _check_keywords(link: Link, changes: tuple[Change, ...], ids: dict[str, int]) -> None:
    """Each is on a number of its account or on a shared one, now that all numbers are there."""
    for change in changes:
        thing, owner = change.thing, change.owner
        if not isinstance(thing, Keyword) or owner is None or change.sign is not Sign.MAKE:
            continue
        if await kept.owner_of_number(link, thing.msisdn, ids[owner]) is None:
            fault = f"keyword “{change.name}”: the number is neither the account's nor shared"
            raise PlanError((fault,))


async def _carry_out(
    tools: Tools, link: Link, change: Change, ids: dict[str, int], services: dict[int, int]
) -> str | None:
    """One change; returns the secret that was made for it. `services` are the ids of those that were
    made, by the ids that they have in the file."""
    thing = change.thing
    if isinstance(thing, Pointing):
        at = thing.service_id
        if at is not None:
            thing = msgspec.structs.replace(thing, service_id=services.get(at, at))
    if change.owner is not None and change.sign is not Sign.REMOVE:
        thing = msgspec.structs.replace(thing, account_id=ids[change.owner])
    match change.sign:
        case Sign.KEEP:
            return None
        case Sign.REMOVE:
            await _remove(tools, link, thing)
            return None
        case Sign.MAKE:
            stored, secret = await _make(tools, link, thing, change)
        case Sign.CHANGE:
            stored, secret = await _change(tools, link, thing, change), None
    if isinstance(stored, Service):
        services[thing.id] = stored.id
    if isinstance(stored, Account):
        ids[stored.name] = stored.id
    if isinstance(stored, RateCard) and change.rates is not None:
        await rates.put_rates(link, stored, change.rates, replace=True)
    return secret


async def _make(
    tools: Tools, link: Link, thing: kept.Kept, change: Change
) -> tuple[kept.Kept, str | None]:
    made = None
    if isinstance(thing, Credential):
        secret, secret_hash, hint = new_secret(tools, thing, change.secret)
        made = None if change.secret else secret
        thing = msgspec.structs.replace(
            thing, secret_hash=secret_hash, hint=hint, created_at=tools.now()
        )
    elif isinstance(thing, Endpoint) and not thing.secret:
        made = encode_secret(tools.random_bytes(_ENDPOINT_SECRET_BYTES))
        thing = msgspec.structs.replace(thing, secret=made)
    return await kept.insert(link, tools.vault, thing), made


async def _change(tools: Tools, link: Link, thing: kept.Kept, change: Change) -> kept.Kept:
    stored = await kept.update(link, tools.vault, thing)
    if isinstance(thing, Credential) and change.secret is not None:
        _, secret_hash, hint = new_secret(tools, thing, change.secret)
        await kept.rotate(
            link,
            thing.account_id,
            thing.id,
            secret_hash=secret_hash,
            hint=hint,
            previous_until=None,
        )
    if isinstance(stored, Sender):
        await decided(tools, link, stored)
    return thing if stored is None else stored


async def _remove(tools: Tools, link: Link, thing: kept.Kept) -> None:
    if isinstance(thing, Credential):
        await kept.revoke(link, thing.account_id, thing.id, tools.now())
        return
    owner = getattr(thing, "account_id", None) or 0
    await kept.remove(link, type(thing), owner, thing.id)
