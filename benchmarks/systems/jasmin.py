"""Jasmin 0.11.0 in a virtual environment of its own, with Debian's redis-server and rabbitmq-server.

Three processes of its own, as its documentation recommends (the gateway, `dlrlookupd`, `dlrd`), beside
the broker and the store; all on ports and in directories of this run. (0.11.1 loses every receipt.)
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from asyncio.subprocess import Process
from pathlib import Path
from typing import Final
from urllib.parse import quote

from benchmarks._counterpart import RECIPIENT, Counterpart, scratch
from benchmarks.systems._system import (
    SENDER,
    TEXT,
    Missing,
    Ready,
    end,
    free_ports,
    run,
    until_listening,
)

VERSION: Final = "0.11.0"
_BROKER: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_LOGS: Final = (
    "SM_LISTENER", "DLR", "DLR_THROWER", "DELIVERSM_THROWER", "SERVICE_SMPPCLIENT", "HTTP_API", "ROUTER",
    "CLIENT_MANAGEMENT", "AMQP_BROKER", "REDIS_CLIENT", "JCLI", "SMPP_SERVER", "SMPP_SERVER_PB",
)  # fmt: skip


class Jasmin:
    """Broker, store, gateway and its two helpers."""

    name = "Jasmin"
    promise = (
        "Queues and messages of the broker are not durable, and what waits for receipts is in redis without"
        " fsync: a crash of the broker loses what was accepted."
    )

    def __init__(self, install_seconds: float = 900.0) -> None:
        """`install_seconds` is how long its installation may take, once."""
        self._install_seconds = install_seconds
        self._processes: list[Process] = []

    async def start(self, folder: Path, counterpart: Counterpart, *, telling: bool) -> Ready:
        """Ready when the connector to the SMSC is bound."""
        python = await asyncio.to_thread(_installed, self._install_seconds)
        ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        await self._start_stores(folder, ports)
        environment = _environment(folder, python, ports)
        for program in ("jasmind.py", "dlrlookupd.py", "dlrd.py"):
            script = _moved(python.parent / program, folder)
            if program != "jasmind.py":
                await until_listening(ports["SMPP_SERVER_PB_PORT"], self._processes[-1])
            self._processes.append(
                await run(str(python), script, folder=folder, environment=environment)
            )
            if program == "jasmind.py":
                await until_listening(ports["JCLI_PORT"], self._processes[-1])
        await _configure(ports["JCLI_PORT"], counterpart.smpp_port)
        port = ports["HTTP_API_PORT"]
        return Ready(
            roots=[process.pid for process in self._processes],
            port=port,
            request=_request(port, counterpart.ear_port if telling else None),
            smpp_port=ports["SMPP_SERVER_PORT"],
            login=("user", "user"),
        )

    async def _start_stores(self, folder: Path, ports: dict[str, int]) -> None:
        redis = shutil.which("redis-server")
        if redis is None or not _BROKER.exists():
            raise Missing("apt-get install redis-server rabbitmq-server")
        where = {"folder": folder}
        redis_port, broker_port = ports["REDIS_CLIENT_PORT"], ports["AMQP_BROKER_PORT"]
        self._processes.append(
            await run(redis, "--port", str(redis_port), "--bind", "127.0.0.1", **where)
        )
        await until_listening(redis_port, self._processes[-1])
        epmd = {"ERL_EPMD_PORT": str(ports["epmd"]), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        self._processes.append(await run("epmd", environment=epmd, **where))
        await until_listening(ports["epmd"], self._processes[-1])
        settings = epmd | {
            "RABBITMQ_NODENAME": "bench@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(broker_port),
            "RABBITMQ_DIST_PORT": str(ports["distribution"]),
            "RABBITMQ_MNESIA_BASE": str(folder / "broker"),
            "RABBITMQ_LOG_BASE": str(folder / "broker-log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_PID_FILE": str(folder / "broker.pid"),
            "HOME": str(folder),
        }
        self._processes.append(await run(str(_BROKER), environment=settings, **where))
        await until_listening(broker_port, self._processes[-1])

    async def stop(self) -> None:
        """The gateway first, redis last."""
        await end(self._processes)


_PORTS: Final = (
    "JCLI_PORT", "HTTP_API_PORT", "AMQP_BROKER_PORT", "REDIS_CLIENT_PORT", "ROUTER_PORT",
    "CLIENT_MANAGEMENT_PORT", "SMPP_SERVER_PORT", "SMPP_SERVER_PB_PORT", "epmd", "distribution",
)  # fmt: skip


def _installed(seconds: float) -> Path:
    """The interpreter of its own environment, which is made and filled once. Raises Missing."""
    place = scratch() / "jasmin"
    python = place / "bin" / "python"
    if (place / "installed").exists():
        return python
    steps = (
        [sys.executable, "-m", "venv", str(place)],
        [str(python), "-m", "pip", "install", "--quiet", f"jasmin=={VERSION}"],
    )
    for step in steps:
        try:
            subprocess.run(step, check=True, capture_output=True, text=True, timeout=seconds)
        except subprocess.CalledProcessError as fault:
            words = fault.stderr.strip()[-300:]
            raise Missing(f"jasmin=={VERSION} could not be installed: {words}") from fault
        except subprocess.TimeoutExpired as fault:
            words = f"could not be installed within {seconds:.0f} seconds"
            raise Missing(f"jasmin=={VERSION} {words}") from fault
    (place / "installed").touch()
    return python


def _moved(program: Path, folder: Path) -> str:
    """A copy whose lock file is in this run's directory: the original's is one per machine."""
    copy = folder / program.name
    copy.write_text(program.read_text().replace('"/tmp/', f'"{folder}/'))
    return str(copy)


def _environment(folder: Path, python: Path, ports: dict[str, int]) -> dict[str, str]:
    """Its settings, all of them by environment; logs no more than warnings, as the others do."""
    for below in ("etc/jasmin/store", "etc/jasmin/resource", "var/log/jasmin"):
        (folder / below).mkdir(parents=True)
    (spec,) = python.parents[1].glob(
        "lib/python*/site-packages/txamqp/specs/standard/amqp0-9-1.stripped.xml"
    )
    own = {name: str(port) for name, port in ports.items() if name.isupper()}
    levels = {f"{name}_LOG_LEVEL": "WARNING" for name in _LOGS}
    pb = {"SMPP_SERVER_PB_CLIENT_PORT": own["SMPP_SERVER_PB_PORT"]}
    places = {
        "ROOT_PATH": str(folder),
        "LOG_PATH": str(folder / "var/log/jasmin"),
        "CONFIG_PATH": str(folder / "etc/jasmin/"),
        "TMPDIR": str(folder),
        "AMQP_BROKER_SPEC": str(spec),
    }
    return own | levels | pb | places


async def _configure(port: int, smpp_port: int) -> None:
    """By its console: a group, a user, a connector that starts, a route of all messages to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line: str, until: bytes = b"> ") -> bytes:
        writer.write(line.encode() + b"\r\n")
        async with asyncio.timeout(20):
            return await reader.readuntil(until)

    async def fill(command: str, **fields: object) -> None:
        await say(command)
        for name, value in fields.items():
            await say(f"{name} {value}")
        answer = await say("ok", b"jcli : ")
        if b"uccess" not in answer:
            raise RuntimeError(f"Jasmin did not take {command}: {answer!r}")

    async with asyncio.timeout(20):
        await reader.readuntil(b"required.")
    await say("jcliadmin", b"Password: ")
    await say("jclipwd", b"jcli : ")
    await fill("group -a", gid="bench")
    await fill("user -a", username="user", password="user", gid="bench", uid="user")
    await fill(
        "smppccm -a", cid="sink", host="127.0.0.1", port=smpp_port, username="jasmin", password="jasmin",
        bind="transceiver", submit_throughput=0, ssl="no", dlr_msgid=0,
        src_ton=5, src_npi=0, dst_ton=1, dst_npi=1,
    )  # fmt: skip
    await fill("mtrouter -a", type="DefaultRoute", connector="smppc(sink)", rate="0.0")
    await say("smppccm -1 sink", b"jcli : ")
    async with asyncio.timeout(30):
        while b"BOUND" not in await say("smppccm --list", b"jcli : "):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    writer.close()


def _request(port: int, ear_port: int | None) -> bytes:
    target = f"/send?username=user&password=user&from={SENDER}&to={RECIPIENT}&content={quote(TEXT)}"
    if ear_port is not None:
        url = quote(f"http://127.0.0.1:{ear_port}/told?to={RECIPIENT}", safe="@")
        target += f"&dlr=yes&dlr-level=2&dlr-method=GET&dlr-url={url}"
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
