"""How each kind of thing is saved: what is made for it, what is kept of the former one, what may not change.

Called by `configure` inside its transaction, after it was asked whether the caller may. Each function
here ends in one insert or one update, or in a refusal before anything was written.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from heliograph.flow.soundness import Known, faults, invalid, secret_faults, sound
from heliograph.model.account import (
    Account,
    Credential,
    Endpoint,
    Mode,
    OptOut,
    Permit,
    Scope,
    Sender,
    SenderState,
)
from heliograph.model.command import Operated, Owned, Principal, Save, Saved, Thing
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, RateCard
from heliograph.model.secret import (
    KEY_BYTES,
    PASSWORD_BYTES,
    Vault,
    hash_secret,
    hint_of,
    make_key,
    make_password,
)
from heliograph.model.signature import InvalidSecretError, decode_secret, encode_secret
from heliograph.store import kept, opt_outs
from heliograph.store.database import Database, Link

_ENDPOINT_SECRET_BYTES: Final = 32
_ALL: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What keeping things needs of the rest of the house."""

    database: Database
    vault: Vault
    server_key: bytes
    make_id: Callable[[], int]
    now: Callable[[], datetime]
    known: Known
    """What this build can do; which carriers and cards there are is filled in here."""
    random_bytes: Callable[[int], bytes] = os.urandom


def no(refusal: Refusal, field: str | None = None, detail: str | None = None) -> Refused:
    """A refusal in one line."""
    return Refused(refusal=refusal, field=field, detail=detail)


def shown(thing: Thing) -> Thing:
    """The thing without what is secret of it."""
    match thing:
        case Credential():
            return msgspec.structs.replace(thing, secret_hash=b"")
        case Endpoint():
            return msgspec.structs.replace(thing, secret="")
        case Carrier(settings=settings):
            public = {n: v for n, v in settings.items() if not n.endswith(kept.SECRET_SUFFIX)}
            return msgspec.structs.replace(thing, settings=public)
    return thing


def beyond(principal: Principal, credential: Credential) -> bool:
    """Whether a credential may do what the caller's may not: then it is not the caller's to make,
    to change, or to have the secret of."""
    if principal.may(Scope.ADMIN):
        return False
    if principal.test and credential.mode is Mode.LIVE:
        return True
    return not set(credential.scopes) <= set(principal.credential.scopes)


def new_secret(tools: Tools, credential: Credential, chosen: str | None) -> tuple[str, bytes, str]:
    """A secret for a credential, made now unless the customer chose it: `(secret, hash, hint)`."""
    if chosen is None and credential.dialect in tools.known.session_dialects:
        chosen = make_password(tools.random_bytes(PASSWORD_BYTES))
    secret = chosen or make_key(credential.mode, tools.random_bytes(KEY_BYTES))
    hashed = hash_secret(tools.server_key, credential.dialect, credential.name, secret)
    return secret, hashed, hint_of(secret)


async def save(tools: Tools, link: Link, principal: Principal, command: Save) -> Saved | Refused:
    """Make or change one thing. Raises `kept.RuleError` where the database says no."""
    owner = command.for_account or principal.account.id
    thing = command.thing
    if isinstance(thing, Owned):
        thing = msgspec.structs.replace(thing, account_id=owner)
    known = await _known(tools, link, principal, thing, owner)
    found = faults(thing, known)
    if found:
        return found[0]
    thing = sound(thing, known)
    match thing:
        case OptOut():
            thing = msgspec.structs.replace(thing, created_at=tools.now())
            await opt_outs.insert_opt_outs(link, [thing])
            return Saved(thing=thing)
        case Credential():
            return await _credential(tools, link, principal, thing, command.secret)
        case Endpoint():
            return await _endpoint(tools, link, thing, command.secret)
        case Sender() | Permit():
            return await _approvable(tools, link, principal, thing)
        case Carrier():
            return await _carrier(tools, link, thing)
        case RateCard():
            return await _card(tools, link, thing)
        case Account():
            return await _account(tools, link, thing)
        case _:
            return await _keep(tools, link, thing)


async def _known(tools: Tools, link: Link, principal: Principal, thing: Thing, owner: int) -> Known:
    if isinstance(thing, Operated):
        carriers = await kept.page(link, tools.vault, Carrier, 0, after=0, limit=_ALL)
        cards = await kept.page(link, tools.vault, RateCard, 0, after=0, limit=_ALL)
        return replace(
            tools.known,
            carriers=frozenset(carrier.name for carrier in carriers),
            cards={card.name: card for card in cards},
        )
    account: Account | None = principal.account
    if owner != principal.account.id:
        account = await kept.find(link, tools.vault, Account, 0, owner)
    return replace(tools.known, default_region=account.default_region if account else None)


async def _keep(tools: Tools, link: Link, thing: kept.Kept) -> Saved | Refused:
    if thing.id == 0:
        return Saved(thing=shown(await kept.insert(link, tools.vault, thing)))
    changed = await kept.update(link, tools.vault, thing)
    return no(Refusal.NOT_FOUND) if changed is None else Saved(thing=shown(changed))


async def _credential(
    tools: Tools, link: Link, principal: Principal, thing: Credential, chosen: str | None
) -> Saved | Refused:
    if beyond(principal, thing):
        sentence = "A key cannot make or change one that may do more than itself."
        return no(Refusal.FORBIDDEN, "scopes", sentence)
    now = tools.now()
    if thing.expires_at is not None and thing.expires_at <= now:
        return invalid("expires_at", "The time is over already.")
    if chosen is not None:
        for fault in secret_faults(thing.dialect, chosen):
            return fault
    if thing.id:
        return await _changed_credential(tools, link, principal, thing, chosen)
    secret, secret_hash, hint = new_secret(tools, thing, chosen)
    made = msgspec.structs.replace(thing, secret_hash=secret_hash, hint=hint, created_at=now)
    stored = await kept.insert(link, tools.vault, made)
    return Saved(thing=shown(stored), secret=None if chosen else secret)


async def _changed_credential(
    tools: Tools, link: Link, principal: Principal, thing: Credential, chosen: str | None
) -> Saved | Refused:
    current = await kept.find(link, tools.vault, Credential, thing.account_id, thing.id)
    if current is None or current.revoked_at is not None:
        return no(Refusal.NOT_FOUND)
    if beyond(principal, current):
        return no(Refusal.FORBIDDEN)
    # The hash covers dialect and name, and the mode is written into the key.
    for name in ("dialect", "name", "mode"):
        if getattr(current, name) != getattr(thing, name):
            return invalid(name, "This never changes: make another credential and remove this one.")
    saved = await _keep(tools, link, thing)
    if chosen is None or isinstance(saved, Refused):
        return saved
    _, secret_hash, hint = new_secret(tools, thing, chosen)
    changed = await kept.rotate(
        link, thing.account_id, thing.id, secret_hash=secret_hash, hint=hint, previous_until=None
    )
    return no(Refusal.NOT_FOUND) if changed is None else Saved(thing=shown(changed))


async def _endpoint(
    tools: Tools, link: Link, thing: Endpoint, chosen: str | None
) -> Saved | Refused:
    if chosen is not None:
        try:
            decode_secret(chosen)
        except InvalidSecretError as fault:
            return invalid("secret", f"{fault}.".capitalize())
        return await _keep(tools, link, msgspec.structs.replace(thing, secret=chosen))
    if thing.id:
        current = await kept.find(link, tools.vault, Endpoint, thing.account_id, thing.id)
        if current is None:
            return no(Refusal.NOT_FOUND)
        return await _keep(tools, link, msgspec.structs.replace(thing, secret=current.secret))
    secret = encode_secret(tools.random_bytes(_ENDPOINT_SECRET_BYTES))
    saved = await _keep(tools, link, msgspec.structs.replace(thing, secret=secret))
    return saved if isinstance(saved, Refused) else Saved(thing=saved.thing, secret=secret)


async def _approvable(
    tools: Tools, link: Link, principal: Principal, thing: Sender | Permit
) -> Saved | Refused:
    """What an approval is needed for: the customer asks, the operator answers."""
    if principal.may(Scope.ADMIN):
        return await _keep(tools, link, thing)
    state = SenderState.PENDING
    if thing.id:
        kind = type(thing)
        current = await kept.find(link, tools.vault, kind, thing.account_id, thing.id)
        if not isinstance(current, Sender | Permit):
            return no(Refusal.NOT_FOUND)
        if msgspec.structs.replace(thing, state=current.state) == current:
            state = current.state
    return await _keep(tools, link, msgspec.structs.replace(thing, state=state))


async def _carrier(tools: Tools, link: Link, thing: Carrier) -> Saved | Refused:
    """Secrets that are left out stay as they are; an empty one goes."""
    settings = thing.settings
    if thing.id:
        current = await kept.find(link, tools.vault, Carrier, 0, thing.id)
        if current is None:
            return no(Refusal.NOT_FOUND)
        if current.name != thing.name and await kept.routes_by_carrier(link, current.name):
            return no(Refusal.CONFLICT, "name", "Routes lead to it by this name.")
        secret = {n: v for n, v in current.settings.items() if n.endswith(kept.SECRET_SUFFIX)}
        settings = secret | settings
    settings = {n: v for n, v in settings.items() if v or not n.endswith(kept.SECRET_SUFFIX)}
    thing = msgspec.structs.replace(thing, settings=settings)
    fault = tools.known.carrier_fault(thing)
    if fault is not None:
        return invalid("settings", fault)
    return await _keep(tools, link, thing)


async def _card(tools: Tools, link: Link, thing: RateCard) -> Saved | Refused:
    if thing.id:
        current = await kept.find(link, tools.vault, RateCard, 0, thing.id)
        if current is None:
            return no(Refusal.NOT_FOUND)
        users = () if current == thing else await kept.users_of_card(link, current.name)
        if users:
            return no(Refusal.CONFLICT, detail=f"It is used by {', '.join(users)}.")
    return await _keep(tools, link, thing)


async def _account(tools: Tools, link: Link, thing: Account) -> Saved | Refused:
    if thing.id:
        current = await kept.find(link, tools.vault, Account, 0, thing.id)
        if current is None:
            return no(Refusal.NOT_FOUND)
        if current.currency != thing.currency:
            return invalid("currency", "An account keeps its currency: make another account.")
    return await _keep(tools, link, thing)
