"""The lines to paste: each is run as it stands, and the handset has what it sent."""

from __future__ import annotations

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT

import pytest

from tests.acceptance.served import Client, eventually
from tests.console.conftest import Open

HANDSET = "8801712345678"
SECRETS = {
    "native": "api_key",
    "mimsms": "Apikey",
    "smsapi": "apitoken",
    "imiconnect": "key",
    "mitto": "X-Mitto-API-Key",
    "messagewhiz": "apikey",
}
PROGRAMS = {
    "curl": (shutil.which("bash"), "-c"),
    "Python": (sys.executable, "-c"),
    "PHP": (shutil.which("php"), "-r"),
    "Node": (shutil.which("node"), "--input-type=module", "-e"),
}


async def _run(program: tuple[str | None, ...], text: str) -> str:
    words = [each for each in program if each is not None]
    process = await asyncio.create_subprocess_exec(
        *words, text.removeprefix("<?php\n"), stdout=PIPE, stderr=STDOUT
    )
    async with asyncio.timeout(20):
        said, _ = await process.communicate()
    return said.decode()


@pytest.mark.parametrize("dialect", SECRETS)
async def test_every_snippet_sends(opened: Open, api: Client, dialect: str) -> None:
    page = await opened("/credentials")
    row = page.get_by_role("row").filter(has=page.get_by_text(dialect, exact=True))
    row = row.filter(has_text="live").filter(has_text="demo").last
    await row.get_by_role("button", name="Use it").click()
    secret = api.served.known[dialect][SECRETS[dialect]]
    text = f"Hello from {'Heliograph' if dialect == 'native' else dialect}"

    async def arrived() -> int:
        seen = await api.native("GET", f"/v1/simulator/handsets/{HANDSET}")
        return sum(each["text"] == text for each in seen.json["messages"])

    for language, program in PROGRAMS.items():
        if program[0] is None:
            continue
        before = await arrived()
        await page.get_by_role("tab", name=language, exact=True).click()
        snippet = await page.get_by_role("region", name=language, exact=True).inner_text()
        said = await _run(program, snippet.replace("YOUR_SECRET", secret))

        async def more(before: int = before) -> bool:
            return await arrived() > before

        assert await eventually(more, f"{language}: {said}", within_seconds=10)
