"""The command `heliograph simulate`, apart from the others because it needs none of the house: no data
directory, no database, no configuration. It must never import what it runs before it runs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.group(short_help="Run a carrier to try things on.")
def simulate() -> None:
    """Run a carrier to try things on; nothing of it leaves this machine.

    \b
    Example:
      heliograph simulate smsc --port 2776
    """


@simulate.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=2776, show_default=True, help="0 for one that is free.")
@click.option("--system-id", default="esme", show_default=True, help="Who may bind.")
@click.option("--password", default="secret", show_default=True, help="With which password.")
@click.option(
    "--settings", multiple=True, metavar="KEY=VALUE", help="How the network behaves; repeatable."
)
@click.option("--faults", type=_FILE, help="TOML file of what goes wrong; read again on SIGHUP.")
@click.option("--journal", type=_FILE, help="File that lets the network outlive the process.")
@click.option(
    "--control", type=int, metavar="PORT", help="Loopback HTTP port to change the faults by."
)
def smsc(**options: Any) -> None:
    """Run a simulated SMSC until it is told to stop. docs/simulator.md lists settings and faults.

    \b
    Examples:
      heliograph simulate smsc
      heliograph simulate smsc --port 2780 --settings undelivered_share=0.1 --settings seed=7
      heliograph simulate smsc --control 8090 &
      curl -d '{"shares": {"throttled": 0.2}}' http://127.0.0.1:8090/faults
    """
    from heliograph._smsc_process import Wanted, simulate

    simulate(Wanted(**options))
