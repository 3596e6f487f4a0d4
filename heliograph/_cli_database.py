"""The commands that are about the database as a whole: migrate, networks, backup, restore."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from heliograph._cli_options import FILE, as_json_option, config_of, place
from heliograph.config import Config


@click.command()
@place
@click.option("--dry-run", is_flag=True, help="Only say what is to be done.")
@as_json_option
def migrate(*, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Bring the database up to this release. `serve` does the same when it starts.

    \b
    Examples:
      heliograph migrate --dry-run
      heliograph migrate --database postgresql://sms@db.example/sms
    """
    names = asyncio.run(_migrate(config_of(options), dry_run=dry_run))
    if as_json:
        click.echo(json.dumps({"migrations": names, "applied": not dry_run}))
        return
    for name in names:
        click.echo(f"{'to apply' if dry_run else 'applied'}: {name}")
    if not names:
        click.echo("The database is up to date.")


@click.command(short_help="Show or replace the numbering table.")
@click.argument("file", type=FILE, required=False)
@place
@click.option("--shipped", is_flag=True, help="Go back to the table that ships with Heliograph.")
def networks(file: Path | None, *, shipped: bool, **options: Any) -> None:
    """Use the numbering table in FILE (CSV: prefix,country,mcc,mnc,network); without FILE, print it.

    The longest prefix of a number tells its country and network, and so its price and route.

    \b
    Examples:
      heliograph networks > networks.csv
      heliograph networks networks.csv
    """
    from heliograph._cli_networks import table_in_force, table_of, use_table
    from heliograph._cli_place import address_of
    from heliograph.model.prefixes import PrefixTable

    config = config_of(options)
    table = PrefixTable(()) if shipped else table_of(file) if file is not None else None

    async def work() -> None:
        async with address_of(config) as dsn:
            if table is None:
                click.echo(await table_in_force(dsn), nl=False)
            else:
                await use_table(dsn, table)

    asyncio.run(work())
    if table is not None:
        click.echo(
            "The shipped table is in force." if shipped else f"{len(table)} prefixes in force."
        )


@click.command()
@click.argument("file", type=FILE)
@place
def backup(file: Path, **options: Any) -> None:
    """Write the whole database to FILE, while everything runs.

    The server key is not in it: keep DATA/secret.key too, or secrets and ids are lost.

    \b
    Example:
      heliograph backup /var/backups/heliograph-2026-05-01.dump
    """
    config = config_of(options)
    asyncio.run(_backup(config, file))
    click.echo(f"The database is in {file}.")
    if not config.server_key:
        click.echo(f"Keep a copy of {config.data / 'secret.key'} as well; it is not in there.")


@click.command()
@click.argument("file", type=FILE)
@place
@click.option("--force", is_flag=True, help="Remove what is in the database now.")
def restore(file: Path, *, force: bool, **options: Any) -> None:
    """Make the database what it was when FILE was written. Stop the server first.

    \b
    Example:
      heliograph restore /var/backups/heliograph-2026-05-01.dump --force
    """
    asyncio.run(_restore(config_of(options), file, force=force))
    click.echo(f"The database is as it was in {file}.")


async def _migrate(config: Config, *, dry_run: bool) -> tuple[str, ...]:
    from heliograph._cli_place import address_of, reachable
    from heliograph.store.migrate import migrate as bring_up
    from heliograph.store.migrate import pending

    async with address_of(config) as dsn:
        await reachable(dsn)
        return await (pending(dsn) if dry_run else bring_up(dsn))


async def _backup(config: Config, file: Path) -> None:
    from heliograph._cli_place import address_of
    from heliograph.store.backup import backup as write

    async with address_of(config) as dsn:
        await write(dsn, file)


async def _restore(config: Config, file: Path, *, force: bool) -> None:
    from heliograph._cli_place import address_alone
    from heliograph.store.backup import restore as read

    async with address_alone(config) as dsn:
        await read(dsn, file, force=force)


COMMANDS = (migrate, networks, backup, restore)
