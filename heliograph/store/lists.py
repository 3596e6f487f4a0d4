"""Lists and their members. Functions take a link to the database; writers need a transaction.

Positions make a list readable as it was (docs/decisions/0021): `Snapshot` says up to where. Whoever
changes members holds the list by `lock_list` and tells the list its new end by `move_list`, both in the
transaction that does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from heliograph.model.lists import FIELDS, Fields, Recipient, RecipientList, Snapshot
from heliograph.store._sql import queries
from heliograph.store.database import Link, Record

_SQL = queries("lists")
_SPAN: Final = 1 << 32
"""Imports that add to a list begin at the next multiple of this; single changes stay below."""
_FIELDS: Final = msgspec.json.Decoder(Fields)
_encode: Final = msgspec.json.Encoder().encode
_NONE: Final = Fields()


class Kept(NamedTuple):
    """A list as the store has it: with where its members are."""

    list: RecipientList
    contents_id: int
    upto: int


Member = tuple[str, str]
"""A number, and what is known of it as `fields_text` writes it."""


class Unused(NamedTuple):
    """Contents that nobody needs any more."""

    account_id: int
    contents_id: int
    list_id: int


def fields_text(fields: Mapping[str, str]) -> str:
    """Fields as the table has them; those that are empty are left out."""
    return _encode({name: value for name, value in fields.items() if value}).decode()


def import_base(upto: int) -> int:
    """Where an import's positions begin, so that single changes made meanwhile stay before them."""
    return (upto // _SPAN + 1) * _SPAN


# -- lists ------------------------------------------------------------------------------------------


async def next_list_id(link: Link) -> int:
    """The id of the list that will be made."""
    return int(await link.fetchval(_SQL["next_list_id"]))


async def make_list(
    link: Link,
    account_id: int,
    list_id: int,
    contents_id: int,
    *,
    suppression: bool,
    name: str,
    columns: Iterable[str],
    at: datetime,
) -> Kept:
    """A new list with these contents; `move_list` then says what they are."""
    row = await link.fetchrow(
        _SQL["make_list"], account_id, list_id, suppression, name, contents_id, list(columns), at
    )
    return kept_of(row)


async def make_contents(link: Link, account_id: int, contents_id: int, list_id: int) -> None:
    """Contents for a list: for a new one, or for one that is to be replaced."""
    await link.execute(_SQL["make_contents"], account_id, contents_id, list_id)


async def find_list(
    link: Link, account_id: int, list_id: int, *, suppression: bool, lock: bool = False
) -> Kept | None:
    """One list; `lock` keeps others from changing it until the transaction ends."""
    query = _SQL["lock_list" if lock else "find_list"]
    row = await link.fetchrow(query, account_id, list_id, suppression)
    return None if row is None else kept_of(row)


async def find_lists(
    link: Link,
    account_id: int,
    *,
    suppression: bool,
    name: str | None,
    enabled: bool | None,
    before: int | None,
    limit: int,
    offset: int,
) -> list[RecipientList]:
    """Lists, newest first; `name` exactly, `before` an id."""
    rows = await link.fetch(
        _SQL["lists"], account_id, suppression, name, enabled, limit, offset, before
    )
    return [kept_of(row).list for row in rows]


async def change_list(
    link: Link,
    account_id: int,
    list_id: int,
    *,
    name: str | None,
    enabled: bool | None,
    at: datetime,
) -> RecipientList:
    """Rename, switch on or off; None leaves as it is. Needs the lock."""
    return kept_of(
        await link.fetchrow(_SQL["change_list"], account_id, list_id, name, enabled, at)
    ).list


async def move_list(
    link: Link,
    kept: Kept,
    *,
    contents_id: int,
    upto: int,
    count: int,
    columns: Iterable[str],
    name: str | None,
    at: datetime,
) -> RecipientList:
    """The commit that makes a change of members true. Needs the lock."""
    row = await link.fetchrow(
        _SQL["move_list"],
        kept.list.account_id,
        kept.list.id,
        contents_id,
        upto,
        count,
        _ordered(columns),
        name,
        at,
    )
    return kept_of(row).list


async def remove_list(
    link: Link, account_id: int, list_id: int, *, suppression: bool, at: datetime
) -> bool:
    """Whether there was such a list; its members go once no broadcast holds them."""
    found = await link.fetchval(_SQL["remove_list"], account_id, list_id, suppression, at)
    return found is not None


# -- members ----------------------------------------------------------------------------------------


async def insert_members(
    link: Link,
    account_id: int,
    contents_id: int,
    position: int,
    members: Sequence[Member],
) -> int:
    """Put members behind `position`, in their order; returns how many are new."""
    done: str = await link.execute(
        _SQL["insert_members"], account_id, contents_id, position, *_columns(members)
    )
    return int(done.rpartition(" ")[2])


async def add_members(link: Link, kept: Kept, position: int, members: Sequence[Member]) -> int:
    """The same in a list that is locked, while an import may be running in it; returns how many are new."""
    done: str = await link.execute(
        _SQL["add_members"],
        kept.list.account_id,
        kept.contents_id,
        position,
        *_columns(members),
        import_base(kept.upto),
    )
    return int(done.rpartition(" ")[2])


async def carry_over(link: Link, kept: Kept, since: int, contents_id: int, position: int) -> int:
    """Bring what was added after `since` into the contents that replace these, behind `position`;
    returns how many. Needs the lock."""
    done: str = await link.execute(
        _SQL["carry_over"], kept.list.account_id, kept.contents_id, contents_id, since, position
    )
    return int(done.rpartition(" ")[2])


async def remove_members(link: Link, kept: Kept, msisdns: Sequence[str]) -> int:
    """Take numbers off a list that is locked; the removal has the number `upto + 1`, which `move_list`
    must be told. Returns how many were on it."""
    rows = await link.fetch(
        _SQL["remove_members"],
        kept.list.account_id,
        kept.contents_id,
        list(msisdns),
        kept.upto + 1,
        kept.upto,
    )
    return len(rows)


async def count_from(
    link: Link, account_id: int, contents_id: int, position: int
) -> tuple[int, int]:
    """How many members there are from a position on, and the position of the last (0 for none)."""
    row = await link.fetchrow(_SQL["count_between"], account_id, contents_id, position)
    return (0, 0) if row is None else (row["members"], row["last"])


async def page_after(
    link: Link, account_id: int, snapshot: Snapshot, position: int, limit: int, *, offset: int = 0
) -> list[Recipient]:
    """The next members of a list as it was, behind `position` (0 to begin), in the order of positions."""
    rows = await link.fetch(
        _SQL["page_after"],
        account_id,
        snapshot.contents_id,
        snapshot.upto,
        position,
        limit,
        offset,
    )
    decode = _FIELDS.decode
    return [
        Recipient(position=place, msisdn=msisdn, fields=_NONE if fields == "{}" else decode(fields))
        for place, msisdn, fields in rows
    ]


async def suppressed(
    link: Link, account_id: int, list_ids: Sequence[int], msisdns: Sequence[str]
) -> set[str]:
    """Which of these numbers are on one of these suppression lists now."""
    if not list_ids or not msisdns:
        return set()
    rows = await link.fetch(_SQL["suppressed"], account_id, list(list_ids), list(msisdns))
    return {row["msisdn"] for row in rows}


# -- broadcasts -------------------------------------------------------------------------------------


def snapshot_of(kept: Kept) -> Snapshot:
    """A list as it is now. It stays readable only while somebody holds it."""
    return Snapshot(
        list_id=kept.list.id,
        contents_id=kept.contents_id,
        upto=kept.upto,
        count=kept.list.count,
    )


async def hold(
    link: Link, account_id: int, list_id: int, holder: int, *, suppression: bool = False
) -> Snapshot | None:
    """Keep a list as it is now until `release`; None where there is no such list, or it is off.

    `holder` is the broadcast's id. In the transaction that accepts the broadcast.
    """
    row = await link.fetchrow(_SQL["share_list"], account_id, list_id, suppression)
    if row is None:
        return None
    kept = kept_of(row)
    await link.execute(_SQL["hold"], account_id, kept.contents_id, holder, None)
    return snapshot_of(kept)


async def hold_contents(
    link: Link, account_id: int, contents_id: int, holder: int, until: datetime
) -> None:
    """Keep contents while they are read, as far as they are still there, but not for ever."""
    await link.execute(_SQL["hold"], account_id, contents_id, holder, until)


async def drop_expired_holds(link: Link, at: datetime) -> None:
    """Whoever held these has died."""
    await link.execute(_SQL["drop_expired_holds"], at)


async def release(link: Link, account_id: int, holder: int) -> None:
    """The broadcast has ended: what only it still needed may go."""
    await link.execute(_SQL["release"], account_id, holder)


# -- sweeping ---------------------------------------------------------------------------------------


async def find_unused_contents(link: Link) -> Unused | None:
    """Contents that no list has, no broadcast holds and no import fills."""
    row = await link.fetchrow(_SQL["find_unused_contents"])
    return None if row is None else Unused(row["account_id"], row["id"], row["list_id"])


async def drop_members(
    link: Link, account_id: int, contents_id: int, position: int, limit: int
) -> int:
    """Delete members from a position on, at most `limit`; returns how many went."""
    done: str = await link.execute(_SQL["drop_members"], account_id, contents_id, position, limit)
    return int(done.rpartition(" ")[2])


async def drop_contents(link: Link, account_id: int, contents_id: int) -> None:
    """Forget contents that have no members left, and their list if it was removed."""
    await link.execute(_SQL["drop_contents"], account_id, contents_id)


async def drop_removed(link: Link, limit: int) -> int:
    """Forget members that were taken off lists which nobody holds; returns how many."""
    row = await link.fetchrow(_SQL["find_removed"])
    if row is None:
        return 0
    done: str = await link.execute(
        _SQL["drop_removed"], row["account_id"], row["contents_id"], limit
    )
    return int(done.rpartition(" ")[2])


def kept_of(row: Record | None) -> Kept:
    """A whole row of `recipient_list`."""
    if row is None:
        raise LookupError("a list that is locked is gone")
    names = RecipientList.__struct_fields__
    return Kept(
        RecipientList(**{name: row[name] for name in names} | {"columns": tuple(row["columns"])}),
        row["contents_id"],
        row["upto"],
    )


def _columns(members: Sequence[Member]) -> tuple[list[str], list[str]]:
    return [msisdn for msisdn, _ in members], [fields for _, fields in members]


def _ordered(columns: Iterable[str]) -> list[str]:
    known = set(columns)
    return [name for name in FIELDS if name in known]
