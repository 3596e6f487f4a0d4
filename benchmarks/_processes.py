"""CPU time and memory of a process and everything below it, read from /proc."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def tree(root: int) -> list[int]:
    """The process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) is not None:
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += parents.get(pid, [])
    return found


def cpu_seconds(pids: list[int]) -> float:
    """User and system time, of reaped children too."""
    total = 0
    for pid in pids:
        fields = _stat(pid)
        if fields is not None:
            total += sum(int(field) for field in fields[11:15])
    return total / _TICKS


def resident_mib(pid: int, field: str = "VmHWM") -> float:
    """Peak (VmHWM) or present (VmRSS) resident memory of one process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0


def proportional_mib(pids: list[int]) -> float:
    """Memory of these processes, each page that several share counted once (PSS)."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def cpu_of(roots: Sequence[int]) -> float:
    """User and system time of processes and everything below them."""
    return sum(cpu_seconds(tree(root)) for root in roots)


def memory_of(roots: Sequence[int]) -> float:
    """Proportional memory of processes and everything below them, in MiB."""
    return sum(proportional_mib(tree(root)) for root in roots)


class Peak:
    """The most memory a system has had, looked at every two seconds until `stop`."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = roots
        self._most = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            self._most = max(self._most, await asyncio.to_thread(memory_of, self._roots))
            await asyncio.sleep(2.0)

    async def stop(self) -> float:
        """In MiB."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        return max(self._most, memory_of(self._roots))
