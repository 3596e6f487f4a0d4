"""Options that several commands share, and the configuration that comes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from heliograph.config import Config, read_config, variable

FILE = click.Path(path_type=Path, dir_okay=False)
DIRECTORY = click.Path(path_type=Path, file_okay=False)


def place(command: Any) -> Any:
    """`--config`, `--data` and `--database`."""
    for option in (
        click.option("--database", metavar="DSN", help="A PostgreSQL server of your own."),
        click.option("--data", type=DIRECTORY, help="The data directory.  [default: ./data]"),
        click.option("--config", type=FILE, help="TOML file with a table [server]."),
    ):
        command = option(command)
    return command


as_json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, for scripts.")


def config_of(options: dict[str, Any], file: Path | None = None) -> Config:
    """The configuration of a command; `file` is read where no other is named."""
    named = options.get("config") or variable("HELIOGRAPH_CONFIG") or file
    return read_config({**options, "config": named})


def data_of(given: Path | None) -> Path:
    return config_of({"data": given}).data
