"""What a run was measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path


def machine() -> dict[str, object]:
    """Cores, memory and versions."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = Path("/proc/meminfo").read_text().split()[1]
    return {
        "cores": os.cpu_count(),
        "cpu": models[0] if models else platform.machine(),
        "memory_gib": round(int(memory) / 1_048_576, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def in_words(known: Mapping[str, object]) -> str:
    """The same as a sentence."""
    return (
        f"{known['cores']} cores ({known['cpu']}), {known['memory_gib']} GiB,"
        f" Linux {known['kernel']}, Python {known['python']}"
    )
