"""Keeps things: who may save, list, find, rotate and remove what, and the one transaction that does it.

A customer's key acts on its own account and can never make a key that may do more than itself; the
operator's acts on every account. What a thing must be like is `soundness`; how each kind is saved is
`saving`. A secret is shown in the answer that made it and never again: nothing that leaves this module
holds one otherwise.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

import msgspec

from heliograph.flow.audit import on_record
from heliograph.flow.fields import invalid
from heliograph.flow.renting import decided, renamed
from heliograph.flow.saving import Tools, beyond, new_secret, no, save, shown
from heliograph.flow.soundness import rate_faults
from heliograph.model.account import (
    Account,
    Balance,
    Credential,
    Number,
    OptOut,
    Scope,
    Sender,
    Service,
)
from heliograph.model.campaign import Trigger
from heliograph.model.command import (
    Done,
    Find,
    Fund,
    ImportRates,
    List,
    ListRates,
    Owned,
    Principal,
    Rates,
    Remove,
    RemoveOptOut,
    Rotate,
    Save,
    Saved,
    Thing,
    Things,
)
from heliograph.model.number import InvalidNumber, InvalidSender, classify_sender, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, RateCard
from heliograph.store import inventory, kept, ledger, opt_outs, rates
from heliograph.store.database import Link

__all__ = ["Configuring", "Tools", "configure"]

Configuring = Save | List | Find | Remove | RemoveOptOut | Rotate | ImportRates | ListRates | Fund
"""The commands that are performed here."""
Kept = Saved | Things | Rates | Balance | Done | Refused

_LONGEST_OVERLAP_SECONDS: Final = 30 * 86_400
_LARGEST_PAGE: Final = 1000
_TRIGGER_PATH: Final = "t/"
"""Of the public door that fires a trigger, between the base of short links and its code."""
_LARGEST_AMOUNT_MICROS: Final = 10**15
_LONGEST_WHY: Final = 200


async def configure(tools: Tools, principal: Principal, command: Configuring) -> Kept:
    """Perform one command in one transaction; a refusal has changed nothing."""
    if not _may(principal, command):
        return no(Refusal.FORBIDDEN)
    if _owner(principal, command) > kept.LARGEST_ID:
        return no(Refusal.NOT_FOUND, "account", "There is no such account.")
    try:
        with kept.rules():
            answer = await tools.database.run(
                lambda link: _recorded(tools, link, principal, command)
            )
            return _with_addresses(tools, answer)
    except kept.TakenError:
        return no(Refusal.CONFLICT, detail="Something of that name or value exists already.")
    except kept.UnknownOwnerError:
        return no(Refusal.NOT_FOUND, "account", "There is no such account.")
    except kept.BeyondCreditError:
        return no(Refusal.INSUFFICIENT_BALANCE, detail="The balance would pass the credit limit.")


def _with_addresses(tools: Tools, answer: Kept) -> Kept:
    """Carriers are shown with the URL by which they call us, triggers with the one that fires them."""

    def addressed(thing: Thing) -> Thing:
        match thing:
            case Carrier():
                return msgspec.structs.replace(thing, hook_url=tools.hook_url(thing))
            case Trigger():
                base = tools.link_base()
                url = f"{base}{_TRIGGER_PATH}{thing.code}" if base else ""
                return msgspec.structs.replace(thing, url=url)
        return thing

    match answer:
        case Saved(thing=Carrier() | Trigger()):
            return msgspec.structs.replace(answer, thing=addressed(answer.thing))
        case Things(items=(Carrier() | Trigger(), *_)):
            return msgspec.structs.replace(answer, items=tuple(map(addressed, answer.items)))
    return answer


def _owner(principal: Principal, command: Configuring) -> int:
    """The account that a command is about."""
    match command:
        case Save() | List() | Find() | Remove() | RemoveOptOut() | Rotate():
            return command.for_account or principal.account.id
        case Fund():
            return command.account_id
    return principal.account.id


def _may(principal: Principal, command: Configuring) -> bool:
    """Whose things, which kinds, and to do what. The scope of a key is looked at here as well as
    at the door: a door without scopes must not become a way around them."""
    if principal.may(Scope.ADMIN):
        return True
    if getattr(command, "for_account", None) not in (None, principal.account.id):
        return False
    match command:
        case ImportRates() | Fund():
            return False
        case ListRates(card=card):
            return card == principal.account.rate_card
        case Find(kind=kind, id=number) if kind is Account:
            return number == principal.account.id
        case List(kind=kind) | Find(kind=kind):
            return issubclass(kind, Owned)
        case Save(thing=thing):
            # A number may be mapped to a service: `saving` looks at what else would change.
            mapped = isinstance(thing, Number) and thing.id != 0
            return _may_write(principal, Service if mapped else type(thing))
        case Remove(kind=kind):
            return _may_write(principal, kind)
        case RemoveOptOut():
            return True
        case Rotate():
            return principal.may(Scope.MANAGE)


def _may_write(principal: Principal, kind: type[Thing]) -> bool:
    # An opt-out only ever stops messages, and some doors that know no scopes take them.
    if kind is OptOut:
        return True
    # Numbers come with a carrier's contract, so only the operator can give them away.
    return issubclass(kind, Owned) and kind is not Number and principal.may(Scope.MANAGE)


async def _recorded(tools: Tools, link: Link, principal: Principal, command: Configuring) -> Kept:
    return await on_record(
        tools, link, principal, command, lambda: _perform(tools, link, principal, command)
    )


async def _perform(tools: Tools, link: Link, principal: Principal, command: Configuring) -> Kept:
    match command:
        case Save():
            if isinstance(command.thing, Sender) and await renamed(
                link, _owner(principal, command), command.thing
            ):
                return no(Refusal.CONFLICT, "name", "It is rented: its name and country stay.")
            saved = await save(tools, link, principal, command)
            if isinstance(saved, Saved) and isinstance(saved.thing, Sender):
                await decided(tools, link, saved.thing)
            return saved
        case List():
            return await _list(tools, link, principal, command)
        case Find():
            return await _find(tools, link, principal, command)
        case Remove():
            return await _remove(tools, link, principal, command)
        case RemoveOptOut():
            return await _remove_opt_out(tools, link, principal, command)
        case Rotate():
            return await _rotate(tools, link, principal, command)
        case ImportRates():
            return await _import_rates(link, command)
        case ListRates():
            return await _list_rates(link, command)
        case Fund():
            return await _fund(tools, link, command)


async def _list(tools: Tools, link: Link, principal: Principal, command: List) -> Things:
    owner = _owner(principal, command)
    limit = min(max(command.limit, 1), _LARGEST_PAGE)
    kind = command.kind
    if issubclass(kind, OptOut):
        after = str(command.after) if command.after else ""
        found, more = await opt_outs.list_opt_outs(link, owner, after=after, limit=limit)
        return Things(items=tuple(found), more=more)
    items = await kept.page(link, tools.vault, kind, owner, after=command.after, limit=limit + 1)
    return Things(items=tuple(shown(item) for item in items[:limit]), more=len(items) > limit)


async def _find(tools: Tools, link: Link, principal: Principal, command: Find) -> Saved | Refused:
    kind = command.kind
    if issubclass(kind, OptOut):
        return invalid("kind", "Opt-outs are listed by their numbers.")
    owner = _owner(principal, command)
    found = await kept.find(link, tools.vault, kind, owner, command.id)
    return no(Refusal.NOT_FOUND) if found is None else Saved(thing=shown(found))


async def _remove(
    tools: Tools, link: Link, principal: Principal, command: Remove
) -> Done | Refused:
    kind = command.kind
    if issubclass(kind, OptOut):
        return invalid("kind", "An opt-out is removed by its number and sender.")
    owner = _owner(principal, command)
    thing = await kept.find(link, tools.vault, kind, owner, command.id)
    if thing is None:
        return no(Refusal.NOT_FOUND)
    if isinstance(thing, Credential):
        return await _revoke(tools, link, principal, thing)
    in_use = await _in_use(link, thing)
    if in_use:
        return no(Refusal.CONFLICT, detail=in_use)
    if await kept.remove(link, kind, owner, command.id):
        return Done()
    if kind is Account:
        sentence = "An account with money or messages on record is suspended, not removed."
        return no(Refusal.CONFLICT, detail=sentence)
    return no(Refusal.NOT_FOUND)


async def _revoke(
    tools: Tools, link: Link, principal: Principal, credential: Credential
) -> Done | Refused:
    if beyond(principal, credential):
        return no(Refusal.FORBIDDEN)
    if not await kept.revoke(link, credential.account_id, credential.id, tools.now()):
        return no(Refusal.NOT_FOUND, detail="The credential was revoked before.")
    return Done()


async def _in_use(link: Link, thing: Thing) -> str:
    """Why a thing that others name cannot go; empty when it can."""
    if isinstance(thing, Carrier):
        routes = await kept.routes_by_carrier(link, thing.name)
        return f"Routes lead to it: {', '.join(routes)}." if routes else ""
    if isinstance(thing, RateCard):
        users = await kept.users_of_card(link, thing.name)
        return f"It is used by {', '.join(users)}." if users else ""
    if isinstance(thing, Service):
        users = await kept.users_of_service(link, thing.account_id, thing.id)
        return f"It is used by {', '.join(users)}." if users else ""
    if isinstance(thing, Sender) and await inventory.lock_rental(
        link, thing.account_id, sender_id=thing.id
    ):
        return "It is rented: release it."
    if isinstance(thing, Number):
        if await inventory.lock_rental(link, thing.account_id, number_id=thing.id):
            return "It is rented: release it."
        words = await kept.keywords_on_number(link, thing.msisdn)
        return f"Keywords are on it: {', '.join(words)}." if words else ""
    return ""


async def _remove_opt_out(
    tools: Tools, link: Link, principal: Principal, command: RemoveOptOut
) -> Done | Refused:
    owner = command.for_account or principal.account.id
    account: Account | None = principal.account
    if owner != principal.account.id:
        account = await kept.find(link, tools.vault, Account, 0, owner)
    if account is None:
        return no(Refusal.NOT_FOUND, "account", "There is no such account.")
    msisdn = parse_msisdn(command.msisdn, default_region=account.default_region)
    if isinstance(msisdn, InvalidNumber):
        return no(Refusal.INVALID_RECIPIENT, "msisdn", msisdn.sentence)
    sender = command.sender
    if sender:
        known = classify_sender(sender)
        sender = sender if isinstance(known, InvalidSender) else known.text
    if await opt_outs.remove_opt_out(link, account.id, msisdn, sender, command.campaign):
        return Done()
    return no(Refusal.NOT_FOUND)


async def _rotate(
    tools: Tools, link: Link, principal: Principal, command: Rotate
) -> Saved | Refused:
    if not 0 <= command.overlap_seconds <= _LONGEST_OVERLAP_SECONDS:
        return invalid("overlap_seconds", "The old secret works for 30 days more at most.")
    owner = _owner(principal, command)
    current = await kept.find(link, tools.vault, Credential, owner, command.id)
    if current is None or current.revoked_at is not None:
        return no(Refusal.NOT_FOUND)
    if beyond(principal, current):
        return no(Refusal.FORBIDDEN)
    secret, secret_hash, hint = new_secret(tools, current, None)
    until = tools.now() + timedelta(seconds=command.overlap_seconds)
    changed = await kept.rotate(
        link,
        owner,
        current.id,
        secret_hash=secret_hash,
        hint=hint,
        previous_until=until if command.overlap_seconds else None,
    )
    if changed is None:
        return no(Refusal.NOT_FOUND)
    return Saved(thing=shown(changed), secret=secret)


async def _import_rates(link: Link, command: ImportRates) -> Rates | Refused:
    card = await rates.find_card(link, command.card, lock=True)
    if card is None:
        return no(Refusal.NOT_FOUND, "card", f"There is no rate card “{command.card}”.")
    places = set()
    for position, rate in enumerate(command.rates, start=1):
        for fault in rate_faults(rate):
            return msgspec.structs.replace(fault, detail=f"Row {position}: {fault.sentence}")
        place = (rate.prefix, rate.mcc, rate.mnc, rate.effective_from)
        if place in places:
            return invalid("rates", f"Row {position}: its destination and date came before.")
        places.add(place)
    await rates.put_rates(link, card, command.rates, replace=command.replace)
    return Rates(card=card, items=await rates.list_rates(link, card))


async def _list_rates(link: Link, command: ListRates) -> Rates | Refused:
    card = await rates.find_card(link, command.card)
    if card is None:
        return no(Refusal.NOT_FOUND, "card", f"There is no rate card “{command.card}”.")
    return Rates(card=card, items=await rates.list_rates(link, card))


async def _fund(tools: Tools, link: Link, command: Fund) -> Balance | Refused:
    """Promise P4 by the ledger; promise P7 by the key, kept beside those of the account's messages."""
    if not 0 < abs(command.amount_micros) <= _LARGEST_AMOUNT_MICROS:
        return invalid("amount", "An amount is not zero, and a thousand millions at most.")
    if not 1 <= len(command.why) <= _LONGEST_WHY or not command.why.isprintable():
        return invalid("why", f"A booking has a reason of 1 to {_LONGEST_WHY} characters.")
    if await ledger.find_balance(link, command.account_id) is None:
        return no(Refusal.NOT_FOUND, "account", "There is no such account.")
    key = f"fund:{command.idempotency_key}" if command.idempotency_key else None
    if key is not None:
        before = await _funded_before(tools, link, command, key)
        if before is not None:
            return before
    await ledger.fund(link, tools.make_id, command.account_id, command.amount_micros, command.why)
    balance = await ledger.find_balance(link, command.account_id)
    if balance is None:
        return no(Refusal.NOT_FOUND, "account", "There is no such account.")
    if key is not None:
        answer = (command.account_id, key, msgspec.json.encode(balance))
        await ledger.answer_keys(link, [answer])
    return balance


async def _funded_before(
    tools: Tools, link: Link, command: Fund, key: str
) -> Balance | Refused | None:
    """None for a key that is new and now ours; else the answer that it had."""
    content = f"{command.amount_micros} {command.why}".encode()
    fingerprint = hashlib.blake2b(content, digest_size=32).digest()
    mine = ledger.Key(command.account_id, key, tools.now(), fingerprint)
    if await ledger.insert_keys(link, [mine]):
        return None
    found = await ledger.find_key(link, command.account_id, key)
    if found is None or found[0] != fingerprint:
        return no(Refusal.IDEMPOTENCY_CONFLICT)
    if found[1] is None:
        return no(Refusal.UNAVAILABLE)
    return msgspec.json.decode(found[1], type=Balance)
