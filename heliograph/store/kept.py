"""Making, changing and removing what is kept: accounts and what belongs to them, carriers, routes, cards.

One set of functions for all kinds: what differs between two kinds is their columns, which stand in one
table here, and their queries, which stand in `kept.sql` under `insert_`, `update_`, `find_`, `list_`
and `remove_`. Secrets that must be read again are sealed on their way in. Every write announces
itself, so that every process reads the configuration again. Never kept here: the secret of a
credential.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import asyncpg
import msgspec

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
from heliograph.model.campaign import Campaign, LinkList, SenderList, Spinner, Trigger
from heliograph.model.link import SmartLink
from heliograph.model.route import Carrier, RateCard, Route, Target
from heliograph.model.secret import Vault
from heliograph.store._sql import queries
from heliograph.store.database import CHANGED, Link, Record

_SQL = queries("kept")

Owned = (
    Credential
    | Sender
    | Permit
    | Number
    | Endpoint
    | Service
    | Keyword
    | Template
    | Reply
    | SmartLink
    | Campaign
    | SenderList
    | LinkList
    | Spinner
    | Trigger
)
"""Things with an id that belong to an account. (Opt-outs have none: see `opt_outs`.)"""
Kept = Owned | Account | Carrier | Route | RateCard
"""Things with an id."""
_T = TypeVar(
    "_T",
    Account,
    Credential,
    Sender,
    Permit,
    Number,
    Endpoint,
    Service,
    Keyword,
    Template,
    Reply,
    SmartLink,
    Campaign,
    SenderList,
    LinkList,
    Spinner,
    Trigger,
    Carrier,
    Route,
    RateCard,
    Kept,
)

SECRET_SUFFIX: Final = "_secret"  # noqa: S105 (the ending of a name)
_SEALED: Final = "sealed:"
LARGEST_ID: Final = 2**31 - 1
"""Ids of things that are typed by people stay small; what is above exists nowhere."""


class RuleError(Exception):
    """A rule that the database keeps says no; the transaction is lost."""


class TakenError(RuleError):
    """Something of this kind has that name, number or secret already."""


class UnknownOwnerError(RuleError):
    """The account does not exist."""


class BeyondCreditError(RuleError):
    """The balance would fall below what the credit limit allows."""


class _Shape(NamedTuple):
    word: str
    owned: bool
    columns: tuple[str, ...]
    """In the order of the queries, behind the account id and the id."""
    changeable: tuple[str, ...] | None = None
    """What an update writes, where that is less."""


def _names(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_GRANTS = _names("scopes allowed_networks denied_networks label expires_at settings service_id")
_HOLD_LOCK: Final = 0x4847484F  # "HGHO": the class of these advisory locks, one object per thing
_SHAPES: Final[Mapping[type[Kept], _Shape]] = {
    Account: _Shape(
        "account",
        False,
        _names(
            "name currency state rate_card charge_on on_uncertain_otp on_uncertain_transactional"
            " on_uncertain_promotional any_sender max_parts default_validity_seconds"
            " default_region submits_per_second conversion_tracking opt_out_scope"
            " credit_limit_micros"
        ),
    ),
    Credential: _Shape(
        "credential",
        True,
        ("dialect", "name", "secret_hash", "hint", "mode", *_GRANTS, "created_at"),
        changeable=_GRANTS,
    ),
    Sender: _Shape("sender", True, ("name", "state", "country", "enabled", "reason")),
    Permit: _Shape("permit", True, ("code", "state")),
    Number: _Shape("number", True, _names("msisdn country service_id features shared")),
    Endpoint: _Shape(
        "endpoint",
        True,
        _names("url dialect events disabled_at disabled_reason secret service_id settings"),
    ),
    Service: _Shape("service", True, _names("name description active sender")),
    Keyword: _Shape("keyword", True, _names("msisdn word service_id")),
    Template: _Shape("template", True, ("name", "text", "enabled")),
    Reply: _Shape("reply", True, _names("kind language service_id enabled text")),
    SmartLink: _Shape(
        "link",
        True,
        _names(
            "name url enabled ios_url android_url desktop_url bot_redirect preview_url"
            " code_parameter"
        ),
    ),
    Campaign: _Shape("campaign", True, _names("name start_date end_date enabled")),
    SenderList: _Shape("sender_list", True, _names("name sender_ids enabled")),
    LinkList: _Shape("link_list", True, _names("name link_ids enabled")),
    Spinner: _Shape("spinner", True, _names("name words enabled")),
    Trigger: _Shape("release_trigger", True, _names("name uuid enabled")),
    Carrier: _Shape(
        "carrier",
        False,
        _names("name kind enabled per_second window channels rate_card settings"),
    ),
    Route: _Shape(
        "route",
        False,
        _names(
            "name position enabled account_id sender prefix mcc mnc traffic_class from_minute"
            " to_minute targets"
        ),
    ),
    RateCard: _Shape("rate_card", False, ("name", "currency", "side")),
}


@contextmanager
def rules() -> Iterator[None]:
    """Turns what the database refuses into our words; put it around a whole transaction."""
    try:
        yield
    except asyncpg.UniqueViolationError as fault:
        raise TakenError(fault.constraint_name) from fault
    except asyncpg.ForeignKeyViolationError as fault:
        raise UnknownOwnerError(fault.constraint_name) from fault
    except asyncpg.CheckViolationError as fault:
        if fault.table_name != "balance":
            raise
        raise BeyondCreditError(fault.constraint_name) from fault


async def announce(link: Link) -> None:
    """Tell every process that the configuration is another once this transaction commits."""
    await link.execute(_SQL["announce"], CHANGED)


async def insert(link: Link, vault: Vault, thing: _T) -> _T:
    """Make a thing; its id is given by the database. Returns it as it is kept."""
    shape = _SHAPES[type(thing)]
    row = await link.fetchrow(
        _SQL[f"insert_{shape.word}"], *_owner(thing), *_values(vault, thing, shape.columns)
    )
    await announce(link)
    return _thing(vault, type(thing), _present(row))


async def update(link: Link, vault: Vault, thing: _T) -> _T | None:
    """Change a thing; None when there is no such. A credential keeps its secret."""
    if thing.id > LARGEST_ID:
        return None
    shape = _SHAPES[type(thing)]
    columns = shape.columns if shape.changeable is None else shape.changeable
    row = await link.fetchrow(
        _SQL[f"update_{shape.word}"], *_owner(thing), thing.id, *_values(vault, thing, columns)
    )
    await announce(link)
    return None if row is None else _thing(vault, type(thing), row)


async def find(link: Link, vault: Vault, kind: type[_T], account_id: int, id_: int) -> _T | None:
    """One thing by its id. `account_id` is looked at for things that belong to an account."""
    if id_ > LARGEST_ID:
        return None
    shape = _SHAPES[kind]
    key = (account_id, id_) if shape.owned else (id_,)
    row = await link.fetchrow(_SQL[f"find_{shape.word}"], *key)
    return None if row is None else _thing(vault, kind, row)


async def hold_thing(link: Link, kind: type[Kept], id_: int) -> None:
    """Whoever else holds it waits until this transaction ends."""
    await link.execute(_SQL["hold_thing"], _HOLD_LOCK, f"{_SHAPES[kind].word} {id_}")


async def page(
    link: Link, vault: Vault, kind: type[_T], account_id: int, *, after: int, limit: int
) -> list[_T]:
    """Things with ids above `after`, oldest first, at most `limit`."""
    shape, after = _SHAPES[kind], min(after, LARGEST_ID)
    key = (account_id, after) if shape.owned else (after,)
    rows = await link.fetch(_SQL[f"list_{shape.word}"], *key, limit)
    return [_thing(vault, kind, row) for row in rows]


async def remove(link: Link, kind: type[Kept], account_id: int, id_: int) -> bool:
    """Whether there was such a thing; it is gone. Not for credentials: see `revoke`.

    An account goes only while its books and its traffic are empty.
    """
    shape = _SHAPES[kind]
    key = (account_id, id_) if shape.owned else (id_,)
    gone = await link.fetchval(_SQL[f"remove_{shape.word}"], *key)
    await announce(link)
    return gone is not None


async def revoke(link: Link, account_id: int, id_: int, at: datetime) -> bool:
    """End a credential; its row stays for the record. False when there is none that works."""
    gone = await link.fetchval(_SQL["revoke_credential"], account_id, id_, at)
    await announce(link)
    return gone is not None


async def rotate(
    link: Link,
    account_id: int,
    id_: int,
    *,
    secret_hash: bytes,
    hint: str,
    previous_until: datetime | None,
) -> Credential | None:
    """Give a credential another secret; the former one works until then (None: no more)."""
    row = await link.fetchrow(
        _SQL["rotate_credential"], account_id, id_, secret_hash, hint, previous_until
    )
    await announce(link)
    return None if row is None else _credential(row)


async def routes_by_carrier(link: Link, carrier: str) -> tuple[str, ...]:
    """Names of the routes that lead to a carrier."""
    rows = await link.fetch(_SQL["routes_by_carrier"], carrier)
    return tuple(row["name"] for row in rows)


async def users_of_card(link: Link, card: str) -> tuple[str, ...]:
    """`account x` or `carrier y` for the first few that use a rate card."""
    return tuple(row["name"] for row in await link.fetch(_SQL["users_of_card"], card))


async def hold_service(link: Link, account_id: int, service_id: int) -> bool:
    """Whether the account has the service, which stays until the transaction ends."""
    if service_id > LARGEST_ID:
        return False
    return await link.fetchval(_SQL["hold_service"], account_id, service_id) is not None


async def users_of_service(link: Link, account_id: int, service_id: int) -> tuple[str, ...]:
    """`number 880…`, `keyword STOP` and the like for the first few that point to a service; nothing
    can point to it until the transaction ends."""
    await link.fetchval(_SQL["lock_service"], account_id, service_id)
    rows = await link.fetch(_SQL["users_of_service"], account_id, service_id)
    return tuple(row["name"] for row in rows)


async def owner_of_number(link: Link, msisdn: str, account_id: int) -> int | None:
    """The account that has a number on which `account_id` may have keywords; None: there is none.
    The number stays until the transaction ends."""
    found: int | None = await link.fetchval(_SQL["owner_of_number"], msisdn, account_id)
    return found


async def keywords_on_number(
    link: Link, msisdn: str, but_account_id: int | None = None
) -> tuple[str, ...]:
    """The first few keywords on a number, of all accounts or of all but one; none can come until the
    transaction ends."""
    await link.fetchval(_SQL["lock_number"], msisdn)
    rows = await link.fetch(_SQL["keywords_on_number"], msisdn, but_account_id)
    return tuple(row["word"] for row in rows)


async def any_credential(link: Link) -> bool:
    """Whether there is any credential: then the server key has been chosen."""
    return bool(await link.fetchval(_SQL["any_credential"]))


def thing_of(vault: Vault, kind: type[_T], row: Record) -> _T:
    """A thing from its row. Raises SealError when the server key is another."""
    return _thing(vault, kind, row)


def _thing(vault: Vault, kind: type[_T], row: Record) -> _T:
    fields = dict(row)
    if kind is Endpoint:
        fields["secret"] = vault.open(fields["secret_sealed"]).decode()
    elif kind is Credential:
        return _credential(row)
    if kind in (Endpoint, Carrier):
        settings: dict[str, str] = msgspec.json.decode(fields["settings"])
        fields["settings"] = {n: _opened(vault, n, value) for n, value in settings.items()}
    elif kind is Route:
        fields["targets"] = msgspec.json.decode(fields["targets"], type=tuple[Target, ...])
    return msgspec.convert(fields, kind)


def _credential(row: Record) -> Credential:
    """No vault is needed: a credential's secret is kept as a hash only."""
    return msgspec.convert(
        {**dict(row), "settings": msgspec.json.decode(row["settings"])}, Credential
    )


def _values(vault: Vault, thing: Kept, columns: tuple[str, ...]) -> list[Any]:
    return [_written(vault, column, getattr(thing, column)) for column in columns]


def _written(vault: Vault, column: str, value: Any) -> Any:
    if column == "secret":
        return vault.seal(value.encode())
    if column == "settings":
        sealed = {name: _closed(vault, name, text) for name, text in value.items()}
        return msgspec.json.encode(sealed).decode()
    if column == "targets":
        return msgspec.json.encode(value).decode()
    return value


def _closed(vault: Vault, name: str, value: str) -> str:
    if not name.endswith(SECRET_SUFFIX):
        return value
    return _SEALED + vault.seal(value.encode()).hex()


def _opened(vault: Vault, name: str, value: str) -> str:
    if not name.endswith(SECRET_SUFFIX):
        return value
    return vault.open(bytes.fromhex(value.removeprefix(_SEALED))).decode()


def _owner(thing: Kept) -> tuple[int, ...]:
    if isinstance(thing, Owned):
        return (thing.account_id,)
    return ()


def _present(row: Record | None) -> Record:
    if row is None:
        raise LookupError("an insert returned no row")
    return row
