"""`heliograph simulate smsc` as a user meets it: a process, its first lines, HTTP and signals."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp

from tests.simulator.esme import Esme, message


async def test_it_says_where_it_listens_takes_messages_and_can_be_steered(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text("[shares]\nthrottled = 1.0\n", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "heliograph", "simulate", "smsc", "--port", "0", "--control", "0",
        "--faults", str(faults), stdout=PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            said, told = [(await process.stdout.readline()).decode() for _ in range(2)]
            port = int(said.split(",")[0].rpartition(":")[2])
            base = told.split()[-1].removesuffix("/faults")
            esme = await (await Esme().open(port)).bound()
            assert (await esme.ask(message())).command_status == 0x58
            faults.write_text("", encoding="utf-8")
            process.send_signal(signal.SIGHUP)
            assert await process.stdout.readline() == b"Faults read again.\n"
            assert (await esme.ask(message())).command_status == 0
            async with aiohttp.ClientSession() as session:
                spoken = {"from": "8801844909020", "to": "1234", "text": "STOP"}
                async with session.post(f"{base}/inbound", json=spoken) as reply:
                    assert await reply.json() == {"kept": True}
                async with session.post(f"{base}/acts", json={"act": "sulk"}) as reply:
                    assert reply.status == 400
                async with session.get(f"{base}/nothing") as reply:
                    assert reply.status == 404
            assert (await esme.heard()).short_message == b"STOP"
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_settings_that_cannot_be_are_told_in_a_sentence() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "heliograph", "simulate", "smsc", "--settings", "speed=9",
        stderr=PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == 1
    assert b"--settings" in said
    assert b"Traceback" not in said
