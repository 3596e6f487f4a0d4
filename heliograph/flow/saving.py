"""How each kind of thing is saved: what is made for it, what is kept of the former one, what may not change.

Called by `configure` inside its transaction, after it was asked whether the caller may. Each function
here ends in one insert or one update, or in a refusal before anything was written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from heliograph.flow.fields import invalid
from heliograph.flow.soundness import Known, faults, secret_faults, sound
from heliograph.model.account import (
    Account,
    Credential,
    Endpoint,
    Keyword,
    Mode,
    Number,
    OptOut,
    Permit,
    Reply,
    Scope,
    Sender,
    SenderState,
)
from heliograph.model.campaign import Campaign, LinkList, SenderList, Trigger
from heliograph.model.command import FORMER, Operated, Owned, Principal, Save, Saved, Thing
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
from heliograph.store.partial import is_default_campaign, unknown_members

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
    hook_url: Callable[[Carrier], str] = lambda carrier: ""
    """Where a carrier may call us."""
    link_base: Callable[[], str] = str
    """What public addresses begin with, those of triggers too; empty when unknown."""


def no(refusal: Refusal, field: str | None = None, detail: str | None = None) -> Refused:
    """A refusal in one line."""
    return Refused(refusal=refusal, field=field, detail=detail)


def shown(thing: Thing) -> Thing:
    """The thing without what is secret of it."""
    match thing:
        case Credential():
            return msgspec.structs.replace(thing, secret_hash=b"")
        case Endpoint():
            settings = _public(thing.settings)
            return msgspec.structs.replace(thing, secret="", settings=settings)
        case Carrier():
            return msgspec.structs.replace(thing, settings=_public(thing.settings))
    return thing


def _public(settings: Mapping[str, str]) -> dict[str, str]:
    return {n: v for n, v in settings.items() if not n.endswith(kept.SECRET_SUFFIX)}


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
    if command.former is not None and not await _still(tools, link, command.former, owner):
        return no(Refusal.CONFLICT, FORMER)
    missing = await _missing(link, thing)
    if missing is not None:
        return missing
    match thing:
        case OptOut():
            thing = msgspec.structs.replace(thing, created_at=tools.now())
            await opt_outs.insert_opt_outs(link, [thing])
            return Saved(thing=thing)
        case Credential():
            return await _credential(tools, link, principal, thing, command.secret)
        case Endpoint():
            return await _endpoint(tools, link, thing, command.secret)
        case Number():
            return await _number(tools, link, principal, thing)
        case Sender() | Permit():
            return await _approvable(tools, link, principal, thing)
        case Carrier() | RateCard() | Account():
            return await _operated(tools, link, thing)
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


async def _missing(link: Link, thing: Thing) -> Refused | None:
    """What a thing points to and does not exist for its account."""
    if isinstance(thing, Keyword):
        owner = await kept.owner_of_number(link, thing.msisdn, thing.account_id)
        if owner is None:
            return invalid("msisdn", "This number is neither the account's nor shared.")
    if isinstance(thing, Credential | Endpoint | Keyword | Number | Reply):
        service = thing.service_id
        if service is not None and not await kept.hold_service(link, thing.account_id, service):
            return invalid("service", "The account has no such service.")
    match thing:
        case Campaign(enabled=False) if await is_default_campaign(link, thing.account_id, thing.id):
            return invalid("enabled", "The default campaign stays on.")
    if isinstance(thing, SenderList | LinkList) and (ids := await unknown_members(link, thing)):
        field = "sender_ids" if isinstance(thing, SenderList) else "link_ids"
        return invalid(field, f"The account has none of number {', '.join(map(str, ids))}.")
    return None


async def _still(tools: Tools, link: Link, former: Thing, owner: int) -> bool:
    """Whether a thing is as it was; it stays so for whoever asks the same, until the transaction ends."""
    if isinstance(former, OptOut):
        return False
    if isinstance(former, Trigger):
        former = msgspec.structs.replace(former, url="")
    await kept.hold_thing(link, type(former), former.id)
    current = await kept.find(link, tools.vault, type(former), owner, former.id)
    return current is not None and shown(current) == former


async def _keep(tools: Tools, link: Link, thing: kept.Kept) -> Saved | Refused:
    if thing.id == 0:
        return Saved(thing=shown(await kept.insert(link, tools.vault, thing)))
    await kept.hold_thing(link, type(thing), thing.id)
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
    current = None
    if thing.id:
        current = await kept.find(link, tools.vault, Endpoint, thing.account_id, thing.id)
        if current is None:
            return no(Refusal.NOT_FOUND)
    settings = _with_secrets(thing.settings, current.settings if current else {})
    thing = msgspec.structs.replace(thing, settings=settings)
    if chosen is not None:
        try:
            decode_secret(chosen)
        except InvalidSecretError as fault:
            return invalid("secret", f"{fault}.".capitalize())
        return await _keep(tools, link, msgspec.structs.replace(thing, secret=chosen))
    if current is not None:
        return await _keep(tools, link, msgspec.structs.replace(thing, secret=current.secret))
    secret = encode_secret(tools.random_bytes(_ENDPOINT_SECRET_BYTES))
    saved = await _keep(tools, link, msgspec.structs.replace(thing, secret=secret))
    return saved if isinstance(saved, Refused) else Saved(thing=saved.thing, secret=secret)


async def _number(tools: Tools, link: Link, principal: Principal, thing: Number) -> Saved | Refused:
    """The operator gives numbers; their accounts choose whose messages to them are."""
    current = None
    if thing.id:
        current = await kept.find(link, tools.vault, Number, thing.account_id, thing.id)
        if current is None:
            return no(Refusal.NOT_FOUND)
    if not principal.may(Scope.ADMIN) and (
        current is None or msgspec.structs.replace(thing, service_id=current.service_id) != current
    ):
        return no(Refusal.FORBIDDEN, detail="Of a number, only its service is yours to change.")
    if current is not None and (current.msisdn != thing.msisdn or current.shared > thing.shared):
        words = await kept.keywords_on_number(link, current.msisdn, current.account_id)
        if words:
            return no(Refusal.CONFLICT, detail=f"Keywords are on it: {', '.join(words)}.")
    return await _keep(tools, link, thing)


async def _approvable(
    tools: Tools, link: Link, principal: Principal, thing: Sender | Permit
) -> Saved | Refused:
    """What an approval is needed for: the customer asks, the operator answers."""
    if principal.may(Scope.ADMIN):
        return await _keep(tools, link, _decided(thing, thing.state, thing))
    if not thing.id:
        return await _keep(tools, link, _decided(thing, SenderState.PENDING, thing))
    current = await kept.find(link, tools.vault, type(thing), thing.account_id, thing.id)
    if not isinstance(current, Sender | Permit):
        return no(Refusal.NOT_FOUND)
    state = current.state if _approved_as(thing, current) else SenderState.PENDING
    return await _keep(tools, link, _decided(thing, state, current))


def _decided(thing: Sender | Permit, state: SenderState, by: Sender | Permit) -> Sender | Permit:
    """The thing in this state; a refusal has the reason that `by` has."""
    if not isinstance(thing, Sender):
        return msgspec.structs.replace(thing, state=state)
    refused = state is SenderState.REFUSED
    reason = by.reason if refused and isinstance(by, Sender) else ""
    return msgspec.structs.replace(thing, state=state, reason=reason)


def _approved_as(thing: Sender | Permit, current: Sender | Permit) -> bool:
    """Whether what was decided of the one holds for the other: on or off decides nothing."""
    if isinstance(thing, Sender) and isinstance(current, Sender):
        thing = msgspec.structs.replace(thing, enabled=current.enabled, reason=current.reason)
    return msgspec.structs.replace(thing, state=current.state) == current


def _with_secrets(settings: Mapping[str, str], former: Mapping[str, str]) -> dict[str, str]:
    """Secrets that are left out stay as they are; an empty one goes."""
    secret = {n: v for n, v in former.items() if n.endswith(kept.SECRET_SUFFIX)}
    whole = secret | dict(settings)
    return {n: v for n, v in whole.items() if v or not n.endswith(kept.SECRET_SUFFIX)}


async def _operated(
    tools: Tools, link: Link, thing: Carrier | RateCard | Account
) -> Saved | Refused:
    match thing:
        case Carrier():
            return await _carrier(tools, link, thing)
        case RateCard():
            return await _card(tools, link, thing)
        case Account():
            return await _account(tools, link, thing)


async def _carrier(tools: Tools, link: Link, thing: Carrier) -> Saved | Refused:
    former: Mapping[str, str] = {}
    if thing.id:
        current = await kept.find(link, tools.vault, Carrier, 0, thing.id)
        if current is None:
            return no(Refusal.NOT_FOUND)
        if current.name != thing.name and await kept.routes_by_carrier(link, current.name):
            return no(Refusal.CONFLICT, "name", "Routes lead to it by this name.")
        former = current.settings
    thing = msgspec.structs.replace(thing, settings=_with_secrets(thing.settings, former))
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
