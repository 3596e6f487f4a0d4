"""`heliograph serve`: one process that runs until it is told to stop, and says what one needs to know."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import msgspec
import structlog
import uvloop

from heliograph import demo
from heliograph.config import Config
from heliograph.doors import base_url
from heliograph.meter import Meter
from heliograph.wiring import House
from heliograph.workers import Workers


def configure_logging(level: str, form: str) -> None:
    """Structured lines on standard error. Nobody logs message texts or secrets."""
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The default shows local variables, and those are texts and keys.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if form == "json" else _as_it_is,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _as_it_is(
    logger: object, name: str, entry: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    del logger, name
    return entry


def serve(config: Config) -> int:
    """Run until SIGINT or SIGTERM; 0 after a clean stop. Start-up faults are raised."""
    configure_logging(config.log_level, config.log_format)
    since = perf_counter()
    if not config.carrying:
        uvloop.run(_serve(config, since, None))
        return 0
    with TemporaryDirectory(prefix="heliograph-") as place:  # nobody else can enter it
        uvloop.run(_serve(config, since, Path(place)))
    return 0


async def _serve(config: Config, since: float, place: Path | None) -> None:
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told_to_stop.set)
    meter = Meter()
    workers = Workers(meter.registry)
    measured = workers.metrics if config.workers + config.carrying > 1 else None
    house = House(config, meter=meter, measured=measured, place=place)
    await house.start()
    settle_memory()
    try:
        await workers.start(_of_a_worker(house), _listening(house), place)
        say(await banner(house, perf_counter() - since))
        stopped = asyncio.create_task(told_to_stop.wait())
        ended = asyncio.create_task(house.ended())
        await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            say("The embedded database has ended by itself; see its log in the data directory.\n")
        stopped.cancel()
        ended.cancel()
    finally:
        say("Stopping: finishing what is under way.\n")
        await workers.stop()
        await house.stop()


def _of_a_worker(house: House) -> Config:
    """The configuration of the processes beside this one: its database, nothing of the demo."""
    config = house.config
    own = base_url(config, house.door.port) if config.demo else ""
    return msgspec.structs.replace(
        config, database=house.dsn, demo=False, public_url=config.public_url or own
    )


def _listening(house: House) -> dict[str, int]:
    """The sockets from which all processes accept, by name."""
    listener = house.door.listener
    smpp = zip(("smpp", "smpp_tls"), house.smpp.files(), strict=False)
    return {} if listener is None else {"http": listener.fileno(), **dict(smpp)}


def settle_memory() -> None:
    """What was built at the start stays; and what a message makes is freed by counting references.

    The collector would otherwise walk the whole house some hundred times a second under load for
    cycles that hardly ever come up: about a tenth of all CPU, and pauses that callers see.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


async def banner(house: House, seconds: float) -> str:
    """Where it listens, and with `--demo` how to send the first message."""
    base = base_url(house.config, house.door.port)
    lines = [
        f"\nHeliograph listens on {base} (started in {seconds:.1f} s)",
        f"  console {base}/console/",
        f"  API {base}/v1 · docs {base}/docs · metrics {base}/metrics · health {base}/readyz",
    ]
    if house.config.demo:
        known = await demo.prepare(house)
        lines += [
            f"  demo credentials: {house.config.data / 'demo.json'}",
            f"  console sign-in: {known['console']['email']}  password {known['console']['password']}",
            f"  native API key: {known['native']['api_key']}",
            f"  MiMSMS: UserName {known['mimsms']['UserName']}  Apikey {known['mimsms']['Apikey']}",
            "  SMPP: {host}:{port}  system_id {system_id}  password {password}".format(
                **known["smpp"]
            ),
            "",
            "Paste one of these:",
        ]
        lines += [f"  # {door}\n  {line}" for door, line in demo.curls(known)]
    else:
        link = await house.entrance.first_link()
        if link is not None:
            lines += [
                "",
                "Nobody can sign in yet. Become the owner by this link, good once:",
                f"  {link}",
            ]
    return "\n".join([*lines, "", "Ctrl-C stops.", ""])


def say(text: str) -> None:
    """To the person at the terminal."""
    sys.stdout.write(text)
    sys.stdout.flush()
