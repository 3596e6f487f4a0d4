"""The numbering table: by which prefix a number belongs to which country and network."""

from __future__ import annotations

import io
from pathlib import Path

from heliograph._cli_place import reachable
from heliograph.config import ConfigError
from heliograph.model.prefixes import PrefixTable, default_table, from_csv, to_csv
from heliograph.store.database import Database
from heliograph.store.migrate import migrate
from heliograph.store.rates import all_prefixes, replace_prefixes


def table_of(file: Path) -> PrefixTable:
    """The table in a CSV file. Raises ConfigError with every wrong line."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        read = from_csv(lines)
    if isinstance(read, list):
        raise ConfigError(tuple(f"{file}, line {fault.line}: {fault.sentence}" for fault in read))
    return read


async def use_table(dsn: str, table: PrefixTable) -> None:
    """Use this table from now on; an empty one brings back the one that ships."""
    await reachable(dsn)
    await migrate(dsn)
    database = Database(dsn, size=2)
    await database.start()
    try:
        async with database.transaction() as link:
            await replace_prefixes(link, table)
    finally:
        await database.stop()


async def table_in_force(dsn: str) -> str:
    """The table that is used now, as CSV."""
    database = Database(dsn, size=2)
    await database.start()
    try:
        async with database.link() as link:
            rows = await all_prefixes(link)
    finally:
        await database.stop()
    out = io.StringIO()
    to_csv(PrefixTable(rows) if rows else default_table(), out)
    return out.getvalue()
