"""The build backend of the package: setuptools', with the console built before a wheel is.

    pip wheel .                      a wheel with the console in it
    pip wheel . -C console=unbuilt   builds no console: what `heliograph/console_dist` holds goes in, or
                                     nothing; /console/ then says so, and the API is all there

What the console's build needs is asked for as any backend asks for it: a Node from PyPI where none that is
new enough is on the PATH, and nothing at all where `heliograph/console_dist` was built from these sources
before. A wheel is never made without the console unless that was said: the build ends with a sentence.
An editable install builds nothing; `make run` and `make console` do that beside it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

from tools import console

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

Settings = Mapping[str, Any] | None
_LEFT: Final = console.HOUSE / "build" / "lib" / "heliograph" / console.BUILT.name
_NODE: Final = console.HOUSE / "requirements" / "console.in"


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """What has to be installed for `build_wheel`."""
    wanted: list[str] = build_meta.get_requires_for_build_wheel(config_settings)
    if not _unbuilt(config_settings) and not console.is_built() and console.named_node() is None:
        wanted += _NODE.read_text("ascii").split()
    return wanted


def build_wheel(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """The wheel's name; it lies in `wheel_directory`."""
    shutil.rmtree(_LEFT, ignore_errors=True)  # files of an older build have other names
    if not _unbuilt(config_settings):
        try:
            console.build()
        except (OSError, subprocess.SubprocessError) as fault:
            sys.exit(
                f"The console was not built: {console.why(fault)}\n"
                "It needs the npm registry once. `-C console=unbuilt` makes a wheel without it."
            )
    made: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    return made


def _unbuilt(settings: Settings) -> bool:
    return (settings or {}).get("console") == "unbuilt"
