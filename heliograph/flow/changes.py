"""What would have to change so that the database is what a file declares: a plan, as a list of changes.

Pure. Things are found again by their names, never by ids, so that a second run finds nothing to do.
What the file does not name stays, unless pruning is asked for; accounts stay in any case, because
money and messages hang on them. A change must never show a secret.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from heliograph.flow.wanted import (
    Declaration,
    Pointing,
    WantedAccount,
    WantedCredential,
    pointing,
)
from heliograph.model.account import (
    Account,
    Credential,
    Endpoint,
    Keyword,
    Sender,
    Service,
    Template,
)
from heliograph.model.money import decimal_text
from heliograph.model.route import Carrier, Rate, RateCard, Route
from heliograph.model.secret import hash_secret
from heliograph.store import kept
from heliograph.store.things import Snapshot

_HIDDEN: Final = frozenset({"id", "account_id", "secret_hash", "hint", "created_at", "revoked_at"})
_T = TypeVar("_T", bound=kept.Kept)
_Key = TypeVar("_Key")


class Sign(StrEnum):
    """What happens to a thing, as a diff writes it."""

    MAKE = "+"
    CHANGE = "~"
    REMOVE = "-"
    KEEP = "="


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing's change. `details` say what becomes different and hide what is secret."""

    sign: Sign
    kind: str
    name: str
    details: tuple[str, ...] = ()
    thing: kept.Kept
    """As it shall be, or as it was where it is removed."""
    owner: str | None = None
    """The name of its account."""
    secret: str | None = None
    """The secret that a credential or endpoint shall have; None keeps or makes one."""
    rates: tuple[Rate, ...] | None = None


class PlanError(Exception):
    """The file wants what cannot become true; `faults` has a sentence for each reason."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def plan(
    snapshot: Snapshot, wanted: Declaration, *, server_key: bytes, prune: bool = False
) -> tuple[Change, ...]:
    """What would have to change, in the order in which it can be done. Raises PlanError."""
    faults = list(_never_changing(snapshot, wanted))
    if faults:
        raise PlanError(tuple(faults))
    changes = [
        *_cards(snapshot, wanted),
        *_compared("carrier", wanted.carriers, snapshot.carriers, _by_name),
        *_compared("account", [w.account for w in wanted.accounts], snapshot.accounts, _by_name),
        *_routes(snapshot, wanted),
    ]
    ids = {account.name: account.id for account in snapshot.accounts}
    own: list[Change] = []
    for account in wanted.accounts:
        own += _own(snapshot, account, ids.get(account.account.name, 0), server_key, prune)
    # What goes goes first: a number may move from one account to another.
    changes += sorted(own, key=lambda change: change.sign is not Sign.REMOVE)
    if prune:
        changes += _surplus(snapshot, wanted)
    return tuple(changes)


def _never_changing(snapshot: Snapshot, wanted: Declaration) -> Iterator[str]:
    """What is fixed when a thing is made."""
    accounts = {account.name: account for account in snapshot.accounts}
    for account in (each.account for each in wanted.accounts):
        current = accounts.get(account.name)
        if current is not None and current.currency != account.currency:
            yield f"account “{account.name}” keeps its currency {current.currency}"
    cards = {card.name: card for card in snapshot.rate_cards}
    for card in (each.card for each in wanted.cards):
        former = cards.get(card.name)
        if former is not None and (former.currency, former.side) != (card.currency, card.side):
            yield (
                f"rate card “{card.name}” stays in {former.currency} for "
                f"{former.side.value}ing: name another"
            )
    yield from _modes(snapshot, wanted, accounts)


def _modes(
    snapshot: Snapshot, wanted: Declaration, accounts: Mapping[str, Account]
) -> Iterator[str]:
    current = {
        (live.credential.account_id, *_credential_key(live.credential)): live.credential
        for live in snapshot.credentials
    }
    for account in wanted.accounts:
        known = accounts.get(account.account.name)
        for each in (entry.credential for entry in account.credentials):
            key = (known.id if known else 0, *_credential_key(each))
            if key in current and current[key].mode is not each.mode:
                name = _credential_name(account.account.name, each)
                yield f"credential “{name}” stays a {current[key].mode.value} one: label another"


def _cards(snapshot: Snapshot, wanted: Declaration) -> Iterator[Change]:
    current = {card.name: card for card in snapshot.rate_cards}
    for each in wanted.cards:
        former = current.get(each.card.name)
        known = [rate for rate in snapshot.rates if rate.card == each.card.name]
        details = () if each.rates is None else _price_details(known, each.rates)
        sign = Sign.MAKE if former is None else Sign.CHANGE if details else Sign.KEEP
        yield Change(
            sign=sign,
            kind="rate card",
            name=each.card.name,
            details=details,
            thing=msgspec.structs.replace(each.card, id=former.id if former else 0),
            rates=each.rates,
        )


def _price_details(current: Sequence[Rate], wanted: Sequence[Rate]) -> tuple[str, ...]:
    before = {_destination(rate): rate.price_micros for rate in current}
    after = {_destination(rate): rate.price_micros for rate in wanted}
    new = len(after.keys() - before.keys())
    gone = len(before.keys() - after.keys())
    other = sum(after[key] != before[key] for key in after.keys() & before.keys())
    parts = ((new, "new"), (other, "changed"), (gone, "removed"))
    words = ", ".join(f"{count} {word}" for count, word in parts if count)
    return (f"prices: {words}",) if words else ()


def _destination(rate: Rate) -> tuple[str | None, str | None, str | None, datetime | None]:
    return rate.prefix, rate.mcc, rate.mnc, rate.effective_from


def _routes(snapshot: Snapshot, wanted: Declaration) -> Iterator[Change]:
    names = {account.id: account.name for account in snapshot.accounts}
    current = {route.name: route for route in snapshot.routes}
    for route, account in wanted.routes:
        former = current.get(route.name)
        owner_before = None if former is None else names.get(former.account_id or 0)
        moved = () if former is None else _detail("account", owner_before, account)
        yield _change_of("route", route.name, former, route, owner=account, moved=moved)


def _own(
    snapshot: Snapshot, wanted: WantedAccount, account_id: int, server_key: bytes, prune: bool
) -> Iterator[Change]:
    """What belongs to one account."""
    owner = wanted.account.name

    def mine(things: Iterable[_T]) -> list[_T]:
        return [t for t in things if getattr(t, "account_id", 0) == account_id]

    services = mine(snapshot.services)
    wanted = pointing(wanted, {service.name.lower(): service.id for service in services})
    # What accounts have mapped by other ways hangs on services, so none is ever removed.
    yield from _compared("service", wanted.services, services, _by_any_name, owner=owner)
    live = mine(each.credential for each in snapshot.credentials)
    yield from _credentials(live, wanted, server_key, prune)
    for kind, after, before, key in (
        ("sender", wanted.senders, mine(snapshot.senders), _sender_key),
        ("permit", wanted.permits, mine(snapshot.permits), lambda permit: permit.code),
        ("number", wanted.numbers, mine(snapshot.numbers), lambda number: number.msisdn),
        ("endpoint", wanted.endpoints, mine(snapshot.endpoints), _endpoint_key),
        ("keyword", wanted.keywords, mine(snapshot.keywords), _keyword_key),
        ("template", wanted.templates, mine(snapshot.templates), _by_any_name),
    ):
        yield from _compared(kind, after, before, key, owner=owner, prune=prune)


def _credentials(
    current: Sequence[Credential], wanted: WantedAccount, server_key: bytes, prune: bool
) -> Iterator[Change]:
    owner = wanted.account.name
    known = _grouped(current, _credential_key)
    for entry in wanted.credentials:
        credential = entry.credential
        former = _taken(known, _credential_key(credential))
        secret = _other_secret(entry, former, server_key)
        moved = ("secret: changed",) if former is not None and secret is not None else ()
        name = _credential_name(owner, credential)
        yield _change_of(
            "credential", name, former, credential, owner=owner, moved=moved, secret=secret
        )
    if prune:
        for former in (each for group in known.values() for each in group):
            name = _credential_name(owner, former)
            yield Change(sign=Sign.REMOVE, kind="credential", name=name, thing=former, owner=owner)


def _other_secret(
    wanted: WantedCredential, former: Credential | None, server_key: bytes
) -> str | None:
    """The secret to give; None where it has that one already, or where any will do."""
    credential, secret = wanted.credential, wanted.secret
    if secret is None or former is None:
        return secret
    hashed = hash_secret(server_key, credential.dialect, credential.name, secret)
    return None if hashed == former.secret_hash else secret


def _compared(
    kind: str,
    wanted: Iterable[_T],
    current: Iterable[_T],
    key: Callable[[Any], str],
    *,
    owner: str | None = None,
    prune: bool = False,
) -> Iterator[Change]:
    known = _grouped(current, key)
    for thing in wanted:
        name = key(thing)
        shown = name if owner is None else f"{owner}/{name}"
        yield _change_of(kind, shown, _taken(known, name), thing, owner=owner)
    if prune:
        for thing in (each for group in known.values() for each in group):
            shown = key(thing) if owner is None else f"{owner}/{key(thing)}"
            yield Change(sign=Sign.REMOVE, kind=kind, name=shown, thing=thing, owner=owner)


def _grouped(things: Iterable[_T], key: Callable[[Any], _Key]) -> dict[_Key, list[_T]]:
    """Things made by other ways than a file may share what a file tells them apart by."""
    groups = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return groups


def _taken(groups: dict[_Key, list[_T]], key: _Key) -> _T | None:
    """The oldest of a group, which is left without it."""
    return groups[key].pop(0) if groups.get(key) else None


def _change_of(
    kind: str,
    name: str,
    former: kept.Kept | None,
    wanted: kept.Kept,
    *,
    owner: str | None = None,
    moved: tuple[str, ...] = (),
    secret: str | None = None,
) -> Change:
    if former is None:
        return Change(
            sign=Sign.MAKE, kind=kind, name=name, thing=wanted, owner=owner, secret=secret
        )
    wanted = _completed(former, wanted)
    details = (*_details(former, wanted), *moved)
    return Change(
        sign=Sign.CHANGE if details else Sign.KEEP,
        kind=kind,
        name=name,
        details=details,
        thing=wanted,
        owner=owner,
        secret=secret,
    )


def _completed(former: kept.Kept, wanted: kept.Kept) -> kept.Kept:
    """What is wanted under the id of the former, with what a file does not say."""
    if isinstance(wanted, Pointing) and isinstance(former, Pointing) and wanted.service_id is None:
        wanted = msgspec.structs.replace(wanted, service_id=former.service_id)
    if isinstance(former, Endpoint) and isinstance(wanted, Endpoint):
        return msgspec.structs.replace(wanted, id=former.id, secret=wanted.secret or former.secret)
    return msgspec.structs.replace(wanted, id=former.id)


def _details(former: kept.Kept, wanted: kept.Kept) -> Iterator[str]:
    for name in wanted.__struct_fields__:
        before, after = getattr(former, name), getattr(wanted, name)
        if name in _HIDDEN or before == after:
            continue
        if name == "service_id":
            yield "service: changed"
        elif name == "settings":
            for setting in sorted(before.keys() | after.keys()):
                yield from _detail(setting, before.get(setting), after.get(setting))
        elif name.endswith("_micros"):
            label = name.removesuffix("_micros")
            yield from _detail(label, decimal_text(before), decimal_text(after))
        else:
            yield from _detail(name, before, after)


def _detail(name: str, before: object, after: object) -> tuple[str, ...]:
    if before == after:
        return ()
    if name == "secret" or name.endswith(kept.SECRET_SUFFIX):
        return (f"{name}: changed",)
    return (f"{name}: {_word(before)} → {_word(after)}",)


def _word(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return ", ".join(map(_word, value)) or "none"
    if isinstance(value, msgspec.Struct):
        return " ".join(str(getattr(value, name)) for name in value.__struct_fields__)
    return str(value)


def _surplus(snapshot: Snapshot, wanted: Declaration) -> Iterator[Change]:
    """Routes, carriers and cards that the file does not name. (A file names the carriers of its own
    routes; a card stays while an account outside of the file is charged by it.)"""
    routes = {route.name for route, _ in wanted.routes}
    carriers = {carrier.name for carrier in wanted.carriers}
    named = {each.account.name for each in wanted.accounts}
    cards = {each.card.name for each in wanted.cards}
    cards |= {account.rate_card for account in snapshot.accounts if account.name not in named}
    surplus: list[tuple[str, Sequence[Route | Carrier | RateCard], set[str]]] = [
        ("route", snapshot.routes, routes),
        ("carrier", snapshot.carriers, carriers),
        ("rate card", snapshot.rate_cards, cards),
    ]
    for kind, things, stays in surplus:
        for thing in things:
            if thing.name not in stays:
                yield Change(sign=Sign.REMOVE, kind=kind, name=thing.name, thing=thing)


def _by_name(thing: Account | Carrier) -> str:
    return thing.name


def _by_any_name(thing: Service | Template) -> str:
    # As the database compares them.
    return thing.name.lower()


def _keyword_key(keyword: Keyword) -> str:
    return f"{keyword.msisdn} {keyword.word.lower()}"


def _sender_key(sender: Sender) -> str:
    # As the database compares them.
    return f"{sender.name.lower()} {sender.country or ''}".strip()


def _endpoint_key(endpoint: Endpoint) -> str:
    return f"{endpoint.url} {endpoint.dialect}"


def _credential_key(credential: Credential) -> tuple[str, str, str]:
    return credential.dialect, credential.name, credential.label


def _credential_name(owner: str, credential: Credential) -> str:
    words = (credential.dialect, credential.name, credential.label)
    return f"{owner}/{' '.join(word for word in words if word)}"
