"""What several commands need: where the data are, a connection to them, and a file's declaration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from time import time

from heliograph.config import (
    SERVER_TABLE,
    Config,
    ConfigError,
    read_config,
    read_toml,
    server_faults,
    server_key,
    variable,
)
from heliograph.doors import (
    ARRIVALS,
    CALLBACKS,
    DIALECTS,
    SESSION_DIALECTS,
    credential_faults,
    endpoint_faults,
)
from heliograph.flow.changes import PlanError
from heliograph.flow.declaration import TABLES, read_declaration
from heliograph.flow.declare import Applied, apply
from heliograph.flow.saving import Tools
from heliograph.flow.soundness import Known
from heliograph.flow.wanted import Declaration, Surroundings
from heliograph.links import KINDS, carrier_fault, utc_now
from heliograph.model.ids import IdMaker
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.secret import Vault
from heliograph.store import kept
from heliograph.store.database import Database, DatabaseError
from heliograph.store.embedded import EmbeddedPostgres, attached
from heliograph.store.migrate import migrate, pending
from heliograph.transport import AddressPolicy, check_url

__all__ = [
    "address_alone",
    "address_of",
    "applied",
    "declaration_of",
    "reachable",
]


@asynccontextmanager
async def address_of(config: Config) -> AsyncIterator[str]:
    """The DSN of the database: the given one, the one that is running, or one run for the block."""
    if config.database:
        yield config.database
        return
    async with attached(config.data) as dsn:
        yield dsn


@asynccontextmanager
async def address_alone(config: Config) -> AsyncIterator[str]:
    """The DSN of a database that no server of ours may be using; only an embedded one can tell."""
    if config.database:
        yield config.database
        return
    server = EmbeddedPostgres(config.data)
    try:
        yield await server.start()
    finally:
        await server.stop()


async def reachable(dsn: str) -> None:
    """Raises DatabaseError with a sentence when the database cannot be used."""
    database = Database(dsn, size=2)
    await database.start()
    await database.stop()


async def applied(
    config: Config, dsn: str, wanted: Declaration, *, dry_run: bool, prune: bool
) -> Applied:
    """Make the database what is wanted. Raises ConfigError where that cannot be."""
    await reachable(dsn)
    if not dry_run:
        await migrate(dsn)
    elif missing := await pending(dsn):
        raise DatabaseError(f"the database lacks {', '.join(missing)}: run heliograph migrate")
    database = Database(dsn, size=2)
    await database.start()
    try:
        await _expect_key(config, database)
        tools = _tools(config, database)
        return await apply(tools, wanted, prune=prune, rehearse=dry_run)
    except PlanError as error:
        raise ConfigError(error.faults) from error
    except kept.TakenError as error:
        raise ConfigError(
            ("a number or secret in the file belongs to another account already",)
        ) from error
    except kept.RuleError as error:
        raise ConfigError(("a credit limit is lower than what its account has used",)) from error
    finally:
        await database.stop()


def declaration_of(file: Path, config: Config | None = None) -> Declaration:
    """The things in a file. Raises ConfigError with everything that is wrong with it.

    Without a `config` the file's own table [server] counts, and is looked at as well.
    """
    document = read_toml(file)
    faults = [
        f"{file}: there is no table {name}; known are server, {', '.join(TABLES)}"
        for name in document
        if name != SERVER_TABLE and name not in TABLES
    ]
    if config is None:
        wrong = server_faults(document.get(SERVER_TABLE, {}), str(file))
        faults += wrong
        config = Config() if wrong else read_config({"config": file}, environment={})
    around = Surroundings(
        known=_known(config),
        variable=variable,
        read_text=lambda name: (file.parent / name).read_text(encoding="utf-8"),
    )
    found = read_declaration(document, str(file), around)
    if isinstance(found, list):
        raise ConfigError((*faults, *found))
    if faults:
        raise ConfigError(tuple(faults))
    return found


async def _expect_key(config: Config, database: Database) -> None:
    """Raises ConfigError where a key would be made beside a database that has another one."""
    file = config.data / "secret.key"
    if config.server_key or file.exists():
        return
    async with database.link() as link:
        if await kept.any_credential(link):
            sentence = f"{file} is missing, and the database was made with its key"
            raise ConfigError((f"{sentence}: give --data or HELIOGRAPH_SERVER_KEY",))


def _tools(config: Config, database: Database) -> Tools:
    """What applying needs; no ids are made for traffic."""
    key = server_key(config)
    return Tools(
        database=database,
        vault=Vault(key),
        server_key=key,
        make_id=IdMaker(0, lambda: int(time() * 1000)).next,
        now=utc_now,
        known=_known(config),
    )


def _known(config: Config) -> Known:
    policy = AddressPolicy(allow_all_private=config.webhook_allow_private)

    def may_be_called(url: str) -> Refused | None:
        refusal = check_url(url, policy=policy)
        if refusal is None:
            return None
        return Refused(refusal=Refusal.INVALID_FIELD, field="url", detail=refusal.sentence)

    return Known(
        check_url=may_be_called,
        dialects=SESSION_DIALECTS | {dialect.name for dialect in DIALECTS},
        carrier_kinds=KINDS,
        carrier_fault=partial(carrier_fault, submit_timeout_seconds=config.submit_timeout_seconds),
        callback_dialects=frozenset({*CALLBACKS, *ARRIVALS}),
        session_dialects=SESSION_DIALECTS,
        credential_faults=credential_faults,
        endpoint_faults=partial(endpoint_faults, plain_http=config.webhook_allow_private),
    )
