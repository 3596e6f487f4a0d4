"""Where a message's time goes: py-spy's stacks to steps of the pipeline, PostgreSQL's log to statements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

LOOP: Final = "event loop, and what it calls itself"
STEPS: Final = (
    # step, and the beginnings of `file:function` that belong to it; the outermost frame that fits decides
    ("callback: choose and load", ("heliograph/flow/notify.py:_prepare", "heliograph/flow/notify.py:claim")),
    ("callback: render and sign", ("heliograph/dialects/native/callback.py:",)),
    ("callback: HTTP client", ("heliograph/transport/http.py:", "aiohttp/")),
    ("callback: commit of results", ("heliograph/flow/notify.py:_write",)),
    ("callback: the rest", ("heliograph/flow/notify.py:", "heliograph/telling.py:_")),
    ("accept: commit", ("heliograph/flow/accept.py:_commit",)),
    ("accept: checks", ("heliograph/flow/checks.py:",)),
    ("door: read, authenticate, answer", (
        "heliograph/dialects/", "heliograph/flow/desk.py:", "heliograph/flow/accept.py:",
        "heliograph/flow/directory.py:",
    )),
    ("results: commit", ("heliograph/flow/deliver.py:_write",)),
    ("attempt: on record and handed over", (
        "heliograph/flow/outlet.py:", "heliograph/flow/deliver.py:", "heliograph/flow/lanes.py:",
    )),
    ("receipt: read", ("heliograph/carriers/smpp/hearing.py:", "heliograph/carriers/smpp/receipts.py:")),
    ("carrier: submit_sm, windows, sockets", (
        "heliograph/carriers/", "heliograph/transport/", "heliograph/smpp/",
    )),
    ("receipt: commit", ("heliograph/flow/report.py:",)),
    ("log and metrics", ("heliograph/chronicle.py:", "heliograph/meter.py:")),
    ("door: HTTP server", ("uvicorn/", "heliograph/edge/", "starlette/")),
    ("batches", ("heliograph/flow/batch.py:",)),
)  # fmt: skip
_THROUGH: Final = (  # lead to several steps: the frame below decides
    "heliograph/flow/batch.py:_work", "heliograph/flow/batch.py:_write", "heliograph/flow/notify.py:_call",
    "heliograph/telling.py:", "uvicorn/protocols/http/httptools_impl.py:run_asgi",
    "heliograph/edge/app.py:", "heliograph/edge/ask.py:",
)  # fmt: skip
_DATABASE: Final = ("asyncpg/", "heliograph/store/")
_FRAME: Final = re.compile(r"(.*) \((.*?)(?::\d+)?\)$")
_ENTRY: Final = re.compile(r"(?m)^(?=\d{4}-\d\d-\d\d )")
_DURATION: Final = re.compile(
    r"duration: ([\d.]+) ms(?:  (parse|bind|execute|statement)(?: [^:\s]*)?: (.*))?$", re.DOTALL
)
_COMMENT: Final = re.compile(r"--[^\n]*\n?")


class Frame(NamedTuple):
    """Of a stack; `place` is file:function, the file from its package on."""

    place: str
    name: str


@dataclass(slots=True)
class Step:
    """Samples."""

    samples: int = 0
    in_database: int = 0
    own: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Statement:
    """Times in milliseconds, as PostgreSQL measures them: waits for locks and disks are in them."""

    calls: int = 0
    execute_ms: float = 0.0
    bind_ms: float = 0.0


def frames_of(stack: str) -> list[Frame]:
    """Of one line of `py-spy record -f raw`, outermost first."""
    frames = []
    for word in stack.split(";"):
        found = _FRAME.match(word)
        if found is None:
            continue
        file = found[2].rpartition("site-packages/")[2]
        at = file.rfind("heliograph/")
        place = file[at:] if at >= 0 else file
        frames.append(Frame(f"{place}:{found[1].rpartition('.')[2]}", found[1]))
    return frames


def step_of(frames: Sequence[Frame]) -> str:
    """The step whose work this is."""
    places = [frame.place for frame in frames]
    for through in (True, False):
        for place in places:
            if through and place.startswith(_THROUGH):
                continue
            for step, begins in STEPS:
                if place.startswith(begins):
                    return step
    return LOOP


def steps(lines: Iterable[str]) -> dict[str, Step]:
    """Of a whole record. Idle worker threads are left out."""
    found: dict[str, Step] = {}
    for line in lines:
        stack, _, number = line.rstrip("\n").rpartition(" ")
        frames = frames_of(stack)
        if not frames or any("concurrent/futures/" in f.place for f in frames):
            continue
        step = found.setdefault(step_of(frames), Step())
        step.samples += int(number)
        step.own[frames[-1].name] += int(number)
        if any(f.place.startswith(_DATABASE) for f in frames):
            step.in_database += int(number)
    return found


def label(statement: str) -> str:
    """What a statement does, in one line: the first sentence of its comment, and its first words."""
    comments = []
    for line in statement.split("\n"):
        if not line.strip().startswith("--"):
            break
        comments.append(line.strip().removeprefix("--").strip())
    words = " ".join(_COMMENT.sub(" ", statement + "\n").split())
    if not comments:
        return words
    sentence = " ".join(comments).partition(". ")[0].rstrip(".")
    return f"{' '.join(words.split()[:3])} … {sentence}"


def statements(log: str) -> dict[str, Statement]:
    """By `label`, from a log with log_min_duration_statement = 0."""
    found: dict[str, Statement] = {}
    for entry in _ENTRY.split(log):
        match = _DURATION.search(entry.rstrip())
        if match is None or match[3] is None:
            continue
        statement = found.setdefault(label(match[3]), Statement())
        if match[2] in {"execute", "statement"}:
            statement.calls += 1
            statement.execute_ms += float(match[1])
        else:
            statement.bind_ms += float(match[1])
    return found


def steps_table(found: dict[str, Step], us_per_message: float) -> list[str]:
    """Markdown; `us_per_message` is Python's CPU time, which the samples share out."""
    total = sum(step.samples for step in found.values()) or 1
    share = us_per_message / total
    lines = [
        "| step | µs a message | of it database client | largest of its own |",
        "| --- | ---: | ---: | --- |",
    ]
    for name, step in sorted(found.items(), key=lambda item: -item[1].samples):
        own = ", ".join(f"{word} {share * n:.1f}" for word, n in step.own.most_common(3))
        lines.append(
            f"| {name} | {share * step.samples:.1f} | {share * step.in_database:.1f} | {own} |"
        )
    return lines


def statements_table(found: dict[str, Statement], messages: int) -> list[str]:
    """Markdown, the longest first; what is asked less than once in a thousand messages is left out."""
    lines = [
        "| statement | calls a message | messages a call | µs a message | of it bind |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for text, one in sorted(found.items(), key=lambda item: -item[1].execute_ms - item[1].bind_ms):
        if one.calls * 1000 < messages:
            continue
        whole = 1000 * (one.execute_ms + one.bind_ms) / messages
        words = text if len(text) <= 96 else text[:95] + "…"
        lines.append(
            f"| `{words}` | {one.calls / messages:.4f} | {messages / one.calls:.0f} | {whole:.1f}"
            f" | {1000 * one.bind_ms / messages:.1f} |"
        )
    return lines
