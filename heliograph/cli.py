"""The command line: every command with its options, its help and its exit status.

Commands only say what to do; the doing is elsewhere and imported when it is needed, so that `--help`
is there at once. What goes wrong is told in one sentence, without a trace; a trace means a fault of
ours.
"""

from __future__ import annotations

import asyncio
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heliograph._cli_database import COMMANDS
from heliograph._cli_options import DIRECTORY, FILE, as_json_option, config_of, data_of, place
from heliograph._cli_simulate import simulate
from heliograph.config import Config, ConfigError

if TYPE_CHECKING:
    from heliograph.flow.declare import Applied
    from heliograph.flow.wanted import Declaration


def _release() -> str:
    try:
        return version("heliograph")
    except PackageNotFoundError:
        return "from a checkout"


class _Sentences(click.Group):
    """Turns the errors that mean "do something else" into sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; exit status 1 for what it could not do."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except ConfigError as error:
            raise click.ClickException("\n       ".join(error.faults)) from error
        except _expected() as error:
            raise click.ClickException(str(error)) from error


def _expected() -> tuple[type[Exception], ...]:
    """The errors whose text is a sentence for whoever typed the command."""
    from heliograph._cli_send import ApiError
    from heliograph.model.secret import SealError
    from heliograph.store.backup import BackupError
    from heliograph.store.database import DatabaseError
    from heliograph.store.embedded import EmbeddedError

    return (ApiError, SealError, BackupError, DatabaseError, EmbeddedError)


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_release(), prog_name="heliograph")
def cli() -> None:
    """Heliograph, a self-hosted SMS platform: any API in, any carrier out.

    \b
    To begin:
      heliograph serve --demo
      heliograph send --to +8801844909020 --text Hello
    """


@cli.command()
@place
@click.option("--demo", is_flag=True, default=None, help="With an account and keys, ready to try.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="TCP port, 0 for one that is free.  [default: 8080]")
@click.option("--workers", type=int, help="Processes behind the port.  [default: 1]")
@click.option("--carrying", type=int, help="Processes that have the carriers.  [default: 0]")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]))
@click.option("--log-format", type=click.Choice(["console", "json"]))
def serve(**options: Any) -> None:
    """Run the server until it is told to stop.

    \b
    Examples:
      heliograph serve --demo
      heliograph serve --config /etc/heliograph.toml
      heliograph serve --database postgresql://sms@db.example/sms --host 0.0.0.0

    Every setting is also read from the environment, as HELIOGRAPH_PORT is; see
    docs/configuration.md.
    """
    from heliograph.serve import serve as run

    config = config_of(options)
    try:
        code = run(config)
    except OSError as error:
        reason = error.strerror or str(error)
        raise click.ClickException(
            f"cannot listen on {config.host} port {config.port}: {reason}. Choose another --port"
        ) from error
    raise SystemExit(code)


@cli.command()
@click.argument("file", type=FILE)
@place
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--prune", is_flag=True, help="Remove what the file does not name.")
@as_json_option
def apply(file: Path, *, dry_run: bool, prune: bool, as_json: bool, **options: Any) -> None:
    """Make accounts, carriers, routes and prices what FILE says.

    All or nothing; a second time there is nothing to do. Secrets that were made are shown once.
    `--prune` removes routes, carriers, rate cards, and what belongs to the accounts in the file, but
    never an account and never an opt-out.

    \b
    Examples:
      heliograph apply examples/heliograph.toml --dry-run
      heliograph apply examples/heliograph.toml
    """
    from heliograph._cli_place import declaration_of
    from heliograph._cli_show import applied_json, show_applied

    config = config_of(options, file)
    wanted = declaration_of(file, config)
    done = asyncio.run(_apply(config, wanted, dry_run=dry_run, prune=prune))
    if as_json:
        click.echo(applied_json(done, dry_run=dry_run))
    else:
        show_applied(done, dry_run=dry_run)


@cli.command("check-config", short_help="Tell everything that is wrong with FILE.")
@click.argument("file", type=FILE)
@as_json_option
def check_config(file: Path, *, as_json: bool) -> None:
    """Tell everything that is wrong with FILE: its settings and the things in it.

    Nothing is started and nothing is changed. Exit status 1 when anything is wrong.

    \b
    Example:
      heliograph check-config examples/heliograph.toml
    """
    from heliograph._cli_place import declaration_of

    try:
        wanted = declaration_of(file)
    except ConfigError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"faults": error.faults}))
        raise SystemExit(1) from None
    if as_json:
        click.echo(json.dumps({"faults": []}))
        return
    counts = (
        (len(wanted.accounts), "accounts"),
        (len(wanted.carriers), "carriers"),
        (len(wanted.routes), "routes"),
        (len(wanted.cards), "rate cards"),
    )
    click.echo(f"{file} is sound: " + ", ".join(f"{count} {word}" for count, word in counts))


@cli.command()
@click.option("--to", required=True, help="The recipient's number, such as +8801844909020.")
@click.option("--text", required=True, help="What the message says.")
@click.option("--from", "sender", help="Sender ID; the account's own if it has just one.")
@click.option(
    "--class",
    "traffic_class",
    type=click.Choice(["otp", "transactional", "promotional"]),
    default="transactional",
    show_default=True,
)
@click.option("--reference", help="Your own word for it, given back in reports.")
@click.option("--url", help="The server.  [HELIOGRAPH_URL, or the demo's]")
@click.option("--api-key", help="A native key.  [HELIOGRAPH_API_KEY, or the demo's]")
@click.option("--data", type=DIRECTORY, help="Where demo.json is.  [default: ./data]")
@click.option("--no-wait", is_flag=True, help="Do not wait for the end of the message.")
@click.option("--timeout", type=float, default=60.0, show_default=True, help="Seconds to wait.")
@as_json_option
def send(
    *,
    url: str | None,
    api_key: str | None,
    data: Path | None,
    no_wait: bool,
    timeout: float,
    as_json: bool,
    **content: Any,
) -> None:
    """Send one message and watch what becomes of it.

    Exit status: 0 delivered (with --no-wait: accepted), 1 failed or refused, 3 still under way when
    the time was over.

    \b
    Examples:
      heliograph send --to +8801844909020 --text 'Your code is 482913'
      heliograph send --to +4915112345678 --from Shop --text Hello --class promotional --no-wait
      heliograph send --to +8801844909020 --text Hi --json | jq -r .status
    """
    from heliograph._cli_send import Session, api_of, follow
    from heliograph._cli_send import send as hand_over
    from heliograph._cli_show import exit_status, show_accepted

    names = {"sender": "from", "traffic_class": "class"}
    body = {names.get(name, name): value for name, value in content.items() if value is not None}

    async def work() -> dict[str, Any]:
        async with Session(api_of(url, api_key, data_of(data))) as session:
            accepted = await hand_over(session, body)
            if not as_json:
                show_accepted(accepted)
            if no_wait:
                return accepted
            return await follow(session, accepted["id"], seconds=timeout, quiet=as_json)

    found = asyncio.run(work())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    raise SystemExit(0 if no_wait else exit_status(found))


@cli.command()
@click.argument("message")
@click.option("--url", help="The server.  [HELIOGRAPH_URL, or the demo's]")
@click.option("--api-key", help="A native key.  [HELIOGRAPH_API_KEY, or the demo's]")
@click.option("--data", type=DIRECTORY, help="Where demo.json is.  [default: ./data]")
@as_json_option
def status(
    message: str, *, url: str | None, api_key: str | None, data: Path | None, as_json: bool
) -> None:
    """Show the message with the id MESSAGE and its life.

    Exit status: 0 delivered, 1 failed, 3 still under way.

    \b
    Example:
      heliograph status msg_3v9k2m8q1r7tc
    """
    from heliograph._cli_send import Session, api_of, find
    from heliograph._cli_show import exit_status, show_steps

    async def work() -> dict[str, Any]:
        async with Session(api_of(url, api_key, data_of(data))) as session:
            return await find(session, message)

    found = asyncio.run(work())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(f"{found['id']} to {found['to']} from {found['from']}: {found['status']}")
        show_steps(found)
    raise SystemExit(exit_status(found))


for _command in (*COMMANDS, simulate):
    cli.add_command(_command)


def main() -> None:
    """The program `heliograph`."""
    cli(prog_name="heliograph")


async def _apply(config: Config, wanted: Declaration, *, dry_run: bool, prune: bool) -> Applied:
    from heliograph._cli_place import address_of, applied

    async with address_of(config) as dsn:
        return await applied(config, dsn, wanted, dry_run=dry_run, prune=prune)
