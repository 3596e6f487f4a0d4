"""`docs/interop.md`: peer by case, pass or the reason why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

CASES = (
    "bind",
    "single",
    "long GSM",
    "long UCS-2, emoji",
    "flash",
    "binary with UDH",
    "receipt",
    "inbound",
    "throttle",
    "unbind",
    "reconnect",
)
SIDES = {
    "server": "Customers' programs at our server (`heliograph.edge.smpp`)",
    "client": "Our client (`heliograph.carriers.smpp`) at others' SMSCs",
}
_HEAD = """# Interoperation

<!-- Written by `make interop`. -->

What other people's SMPP programs and ours make of each other, over loopback, each in a process of its
own. Both sides use their own libraries for alphabets, headers and parts; a cell is a pass only when the
other side has told what it read. `make interop` installs the peers and runs this again.
"""


def write_table(page: Path, cells: Mapping[tuple[str, str, str], str]) -> None:
    """Write the page."""
    page.write_text("\n".join([_HEAD, *_lines(cells)]).rstrip() + "\n", encoding="utf-8")


def _lines(cells: Mapping[tuple[str, str, str], str]) -> Iterator[str]:
    for side, title in SIDES.items():
        peers = list(dict.fromkeys(peer for known, peer, _ in cells if known == side))
        if not peers:
            continue
        yield f"## {title}\n"
        yield f"| | {' | '.join(peers)} |"
        yield f"| --- |{' --- |' * len(peers)}"
        for case in CASES:
            row = (cells.get((side, peer, case), "not tried") for peer in peers)
            yield f"| {case} | {' | '.join(row)} |"
        yield ""
