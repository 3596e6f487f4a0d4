"""What commands write to the terminal: diffs, and the life of a message step by step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from heliograph.flow.changes import Change
from heliograph.flow.declare import Applied
from heliograph.model.status import SETTLED, Status

__all__ = [
    "SETTLED_WORDS",
    "applied_json",
    "exit_status",
    "show_accepted",
    "show_applied",
    "show_steps",
]

SETTLED_WORDS: Final = frozenset(status.word for status in SETTLED)
_EXIT_DELIVERED: Final = 0
_EXIT_FAILED: Final = 1
_EXIT_OPEN: Final = 3
_SIGN_COLOURS: Final = {"+": "green", "~": "yellow", "-": "red"}
_STATUS_COLOURS: Final = {
    "delivered": "green",
    "sent": "cyan",
    "queued": "yellow",
    "scheduled": "yellow",
}


def show_steps(found: Mapping[str, Any], shown: int = 0) -> int:
    """Write the steps of a trace from the `shown`-th on; returns how many there are."""
    trace = found.get("trace", [])
    for step in trace[shown:]:
        status = str(step.get("status", ""))
        words = [
            str(step.get("at", ""))[11:23].rstrip("Z").ljust(12),
            click.style(status.ljust(11), fg=_STATUS_COLOURS.get(status, "red"), bold=True),
        ]
        words += [f"by {step['carrier']}"] if step.get("carrier") else []
        words += [f"({step['reason']})"] if step.get("reason") not in (None, "none") else []
        click.echo("  ".join(words).rstrip())
    return len(trace)


def exit_status(found: Mapping[str, Any]) -> int:
    """0 for delivered, 1 for any other end, 3 for a message that has not ended."""
    status = found.get("status")
    if status == Status.DELIVERED.word:
        return _EXIT_DELIVERED
    return _EXIT_FAILED if status in SETTLED_WORDS else _EXIT_OPEN


def show_applied(done: Applied, *, dry_run: bool) -> None:
    """A diff of what was done, and the secrets that were made."""
    changes = [change for change in done.changes if change.sign.value != "="]
    for change in changes:
        _show_change(change)
    if not changes:
        click.echo("Nothing to change.")
    elif dry_run:
        click.echo(f"{len(changes)} to change; nothing was changed.")
    else:
        click.echo(f"{len(changes)} changed.")
    if done.secrets:
        click.echo("\nSecrets that were made, shown this once:")
    for kind, name, secret in done.secrets:
        click.echo(f"  {kind} {name}: {secret}")


def _show_change(change: Change) -> None:
    sign = change.sign.value
    click.echo(click.style(f"{sign} {change.kind} {change.name}", fg=_SIGN_COLOURS.get(sign)))
    for detail in change.details:
        click.echo(f"    {detail}")


def applied_json(done: Applied, *, dry_run: bool) -> str:
    """The same for programs."""
    changes = [
        {"sign": c.sign.value, "kind": c.kind, "name": c.name, "details": c.details}
        for c in done.changes
        if c.sign.value != "="
    ]
    secrets = [{"kind": kind, "name": name, "secret": made} for kind, name, made in done.secrets]
    return json.dumps(
        {"changes": changes, "secrets": secrets, "applied": not dry_run}, ensure_ascii=False
    )


def show_accepted(accepted: Mapping[str, Any]) -> None:
    """One line about a message that was accepted."""
    parts = f"{accepted['parts']} part{'' if accepted['parts'] == 1 else 's'}"
    price = f"{accepted['price']} {accepted['currency']}"
    click.echo(f"{accepted['id']} to {accepted['to']}: {parts} in {accepted['encoding']}, {price}")
