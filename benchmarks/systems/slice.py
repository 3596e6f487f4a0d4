"""The bare slice of Heliograph's design: how far the product is from what one Python process can do."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from benchmarks._counterpart import RECIPIENT, Counterpart
from benchmarks.systems._system import SENDER, TEXT, Ready, end


class BareSlice:
    """`benchmarks.bare_slice` in a process of its own."""

    name = "Bare slice"
    promise = (
        "As Heliograph for message, receipt and callback, each synced before it is answered; but it has no"
        " recovery, no money, no trace: a yardstick, not a product."
    )

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, folder: Path, counterpart: Counterpart, *, telling: bool) -> Ready:
        """It says its port when it listens."""
        told = ["--told-url", f"http://127.0.0.1:{counterpart.ear_port}/told"] if telling else []
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.bare_slice", "--data", str(folder / "data"),
            "--smpp-port", str(counterpart.smpp_port), *told,
            stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        if not line:
            raise RuntimeError("the bare slice ended before it listened")
        port = json.loads(line)["port"]
        body = json.dumps({"from": SENDER, "to": RECIPIENT, "text": TEXT}, separators=(",", ":"))
        request = (
            f"POST /messages HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        return Ready(roots=[process.pid], port=port, request=request.encode(), final='"delivered"')

    async def stop(self) -> None:
        """SIGTERM, and wait."""
        process, self._process = self._process, None
        if process is not None:
            await end([process])
