"""kill -9, again and again: what becomes of messages when the process dies at any instant.

Run as `python -m benchmarks.kill [--smpp] [--kills 20] [--seed 1]`. It starts the product as a user would,
sends mixed traffic, kills the process at random instants, and then compares every positive answer with
the database, the ledger, the simulated network's journal and what a webhook was told. With `--smpp`
customers and carrier speak SMPP: the network is an SMSC in a process of its own, and receipts are
deliver_sm. The exit code is 0 when all of them agree. The trials themselves are
`tests/acceptance/killing.py` and `killing_smpp.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from tests.acceptance.killing import Outcome, Trial
from tests.acceptance.killing_smpp import SmppTrial

_MOST_SHOWN = 40


def main() -> int:
    """Run the trial and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--smpp", action="store_true", help="over SMPP, in and out")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--submitters", type=int, default=4)
    parser.add_argument("--data", type=Path, help="kept afterwards; else a directory that goes")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="heliograph-kill-"))
    data = options.data or scratch / "data"
    kind = SmppTrial if options.smpp else Trial
    trial = kind(
        data, kills=options.kills, seed=options.seed, submitters=options.submitters, say=_say
    )
    outcome = asyncio.run(trial.run())
    print(table(outcome, told="deliver_sm for them" if options.smpp else "Webhook calls for them"))
    if outcome.anomalies:
        print(f"{len(outcome.anomalies)} anomalies; log and data stay in {data.parent}")
        print("\n".join(f"  {line}" for line in outcome.anomalies[:_MOST_SHOWN]))
        return 1
    shutil.rmtree(scratch)
    return 0


def table(outcome: Outcome, *, told: str) -> str:
    """The result in Markdown."""
    restarts = outcome.restart_seconds or [0.0]
    states = ", ".join(f"{count} {word}" for word, count in outcome.statuses.items())
    lines = (
        ("Kills (SIGKILL)", f"{outcome.kills}"),
        (
            "Restart, median and longest",
            f"{statistics.median(restarts):.1f} s, {max(restarts):.1f} s",
        ),
        ("Requests", f"{outcome.requests:,}"),
        ("Messages acknowledged", f"{outcome.acknowledged:,}"),
        ("Messages without an answer (killed in between)", f"{outcome.unanswered:,}"),
        ("Messages in the database", f"{outcome.messages:,}"),
        ("… in the end", states),
        ("Attempts on record", f"{outcome.attempts:,}"),
        ("Submissions seen by the network", f"{outcome.seen:,}"),
        ("Attempts uncertain for a while", f"{outcome.uncertain:,}"),
        ("Status events to tell", f"{outcome.events:,}"),
        (told, f"{outcome.told:,}"),
        ("From the last kill until all was settled", f"{outcome.settle_seconds:.1f} s"),
        ("Anomalies", f"{len(outcome.anomalies)}"),
    )
    return "\n".join(["| | |", "| --- | ---: |", *(f"| {name} | {text} |" for name, text in lines)])


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
