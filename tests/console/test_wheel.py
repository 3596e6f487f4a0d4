"""The package that is handed on has the console in it, and the licences of what a browser is sent."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.acceptance.served import ROOT


async def test_a_wheel_carries_the_console_and_its_licences(tmp_path: Path) -> None:
    words = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w")
    pip = await asyncio.create_subprocess_exec(sys.executable, *words, str(tmp_path), str(ROOT))
    async with asyncio.timeout(120):
        assert await pip.wait() == 0
    _judge(tmp_path)


def _judge(folder: Path) -> None:
    (wheel,) = folder.glob("heliograph-*.whl")
    files = set(ZipFile(wheel).namelist())
    built = ROOT / "heliograph" / "console_dist"
    wanted = {f"heliograph/{each.relative_to(built.parent)}" for each in built.rglob("*.*")}
    assert {each for each in files if "/console_dist/" in each} == wanted  # and no older ones
    for package in ("react ", "recharts "):
        assert package in ZipFile(wheel).read("heliograph/console_dist/licences.txt").decode()
    assert any(each.endswith("licenses/NOTICE") for each in files)
