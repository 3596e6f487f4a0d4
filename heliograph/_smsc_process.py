"""What `heliograph simulate smsc` does: a simulated SMSC in a process of its own, until it is told to stop.

Its port, and that of its control, are the first lines it writes, for whoever started it on port 0. It
must never write a password anywhere.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import click
import msgspec
import uvloop

from heliograph.simulator import JournalError, Network, NetworkSettings, settings_of
from heliograph.simulator._smsc_control import Control
from heliograph.simulator.faults import Faults, load_faults
from heliograph.simulator.smsc import Smsc


class SimulateError(click.ClickException):
    """What was asked for cannot be simulated; the text is a sentence."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The command's options."""

    host: str
    port: int
    system_id: str
    password: str
    settings: Sequence[str] = ()
    """Of the network, as `key=value`."""
    faults: Path | None = None
    """A TOML file, read again on SIGHUP."""
    journal: Path | None = None
    control: int | None = None
    """The port of the control, 0 for one that is free."""


def simulate(wanted: Wanted) -> None:
    """Run until SIGINT or SIGTERM. Raises SimulateError."""
    try:
        uvloop.run(_simulate(wanted))
    except (OSError, JournalError) as error:
        raise SimulateError(str(error)) from error


async def _simulate(wanted: Wanted) -> None:
    smsc = Smsc(
        Network(carrier_id=1, settings=_settings(wanted.settings), journal=wanted.journal),
        accounts={wanted.system_id: wanted.password},
        host=wanted.host,
        port=wanted.port,
        faults=_faults(wanted.faults),
    )
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    loop.add_signal_handler(signal.SIGHUP, _reload, smsc, wanted.faults)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(smsc.stop)
        await smsc.start()
        click.echo(f"SMSC listening on {wanted.host}:{smsc.port}, system_id {wanted.system_id}")
        if wanted.control is not None:
            control = Control(smsc, "127.0.0.1", wanted.control)
            stack.push_async_callback(control.stop)
            await control.start()
            click.echo(f"Control on http://127.0.0.1:{control.port}/faults")
        await ended.wait()


def _settings(words: Sequence[str]) -> NetworkSettings:
    pairs = [word.partition("=") for word in words]
    try:
        return settings_of({name: value for name, _, value in pairs})
    except ValueError as error:
        raise SimulateError(f"--settings: {error}") from error


def _faults(file: Path | None) -> Faults:
    if file is None:
        return Faults()
    try:
        return load_faults(file)
    except (OSError, ValueError) as error:
        raise SimulateError(f"{file}: {error}") from error


def _reload(smsc: Smsc, file: Path | None) -> None:
    """Take over the file as it is now; one that cannot be read leaves everything as it was."""
    try:
        smsc.configure(_faults(file))
    except SimulateError as error:
        click.echo(f"Faults unchanged: {error}", err=True)
    else:
        click.echo("Faults read again.")
