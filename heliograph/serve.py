"""`heliograph serve`: one process that runs until it is told to stop, and says what one needs to know."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from time import perf_counter

import structlog
import uvloop

from heliograph import demo
from heliograph.config import Config
from heliograph.wiring import House


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
    uvloop.run(_serve(config, perf_counter()))
    return 0


async def _serve(config: Config, since: float) -> None:
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told_to_stop.set)
    house = House(config)
    await house.start()
    try:
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
        await house.stop()


async def banner(house: House, seconds: float) -> str:
    """Where it listens, and with `--demo` how to send the first message."""
    base = demo.base_url(house.config, house.door.port)
    lines = [
        f"\nHeliograph listens on {base} (started in {seconds:.1f} s)",
        f"  API {base}/v1 · docs {base}/docs · metrics {base}/metrics · health {base}/readyz",
    ]
    if house.config.demo:
        known = await demo.prepare(house)
        lines += [
            f"  demo credentials: {house.config.data / 'demo.json'}",
            f"  native API key: {known['native']['api_key']}",
            f"  MiMSMS: UserName {known['mimsms']['UserName']}  Apikey {known['mimsms']['Apikey']}",
            "  SMPP: {host}:{port}  system_id {system_id}  password {password}".format(
                **known["smpp"]
            ),
            "",
            "Paste one of these:",
        ]
        lines += [f"  # {door}\n  {line}" for door, line in demo.curls(known)]
    return "\n".join([*lines, "", "Ctrl-C stops.", ""])


def say(text: str) -> None:
    """To the person at the terminal."""
    sys.stdout.write(text)
    sys.stdout.flush()
