"""A broadcast: recipients expanded, priced, committed and handed to a carrier, killed and resumed meanwhile.

    python -m benchmarks.broadcast --count 1000000 --kills 2

Starts Heliograph with its embedded database (fsync on), imports a list of so many recipients with their
names, and sends them a text with three tokens and a short link of each recipient's own. Meanwhile
somebody asks for a one-time password twenty times a second. The process is killed with SIGKILL at even
parts of the way and started again. The carrier is the compiled counterpart, which counts distinct
recipients and sends receipts after 50 ms (`--no-receipts`: never; `--simulated`: the simulated carrier
inside Heliograph, whose memory of every message is counted too).
Printed: time until the broadcast was accepted, recipients per second until the last message was
committed (times in which there was no process counted apart), messages per second handed to the
carrier, peak resident memory of Heliograph, the time of one-time passwords from request to carrier
and the sums, which must add up. The exit code is 0 when they do.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks._broadcasting import Figures, Run
from benchmarks._server import say


def table(figures: Figures) -> str:
    """The result in Markdown."""
    otps = sorted(figures.otps) or [0.0]
    running = max(figures.expand_seconds - figures.down_seconds, 0.001)
    lines = (
        ("Recipients", f"{figures.count:,}"),
        ("Import of the list", f"{figures.import_seconds:.1f} s"),
        ("Accepted after", f"{figures.accept_seconds * 1000:.0f} ms"),
        (
            "Kills (SIGKILL), time without a process",
            f"{figures.kills}, {figures.down_seconds:.1f} s",
        ),
        ("Until the last message was committed", f"{figures.expand_seconds:.1f} s"),
        ("… recipients per second while it ran", f"{figures.count / running:,.0f}"),
        ("Until the carrier had the last one", f"{figures.carried_seconds:.1f} s"),
        (
            "… messages per second while it ran",
            f"{figures.count / max(figures.carried_seconds - figures.down_seconds, 0.001):,.0f}",
        ),
        (
            "CPU per 1,000 recipients, until all was reported: Heliograph; with PostgreSQL",
            f"{figures.cpu_seconds / figures.count * 1000:.3f} s"
            + (
                f"; {figures.tree_seconds / figures.count * 1000:.3f} s"
                if not figures.kills
                else ""
            ),
        ),
        ("Peak resident memory of Heliograph", f"{figures.peak_mib:.0f} MiB"),
        ("One-time passwords meanwhile", f"{len(figures.otps):,}"),
        ("… request to carrier, median", f"{otps[len(otps) // 2] * 1000:.0f} ms"),
        ("… 99th percentile", f"{otps[len(otps) * 99 // 100] * 1000:.0f} ms"),
        ("Sums", ", ".join(f"{n:,} {w}" for w, n in figures.sums["statuses"].items())),
        ("Skipped", str(figures.sums["skipped"] or "none")),
    )
    return "\n".join(["| | |", "| --- | ---: |", *(f"| {name} | {text} |" for name, text in lines)])


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--no-receipts", action="store_true", help="the carrier never sends any")
    parser.add_argument("--simulated", action="store_true", help="the carrier is in the process")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="heliograph-broadcast-") as scratch:
        run = Run(
            Path(scratch) / "data",
            options.count,
            options.kills,
            simulated=options.simulated,
            receipts=not options.no_receipts,
        )
        figures = asyncio.run(run.run())
    say(table(figures))
    for fault in figures.faults:
        say(f"wrong: {fault}")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
