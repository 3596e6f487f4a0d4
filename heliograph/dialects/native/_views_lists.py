"""Lists, their members and their imports as replies."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

import msgspec

from heliograph.dialects.native._ids import plain, sealed_text
from heliograph.dialects.native._lists import PREFIX, TO
from heliograph.dialects.native._wire_lists import (
    FilledView,
    ImportView,
    ListView,
    MembersView,
    MemberView,
    PreviewView,
    RefusedLineView,
    RemovedView,
)
from heliograph.model.lists import (
    Filled,
    ListDownload,
    ListImport,
    Members,
    MembersRemoved,
    Preview,
    Recipient,
    RecipientList,
    RefusedLine,
)

REFUSED_COLUMNS = ("line", "reason", "detail")


def list_view(kept: RecipientList) -> ListView:
    """A list."""
    return ListView(
        id=plain(PREFIX[kept.suppression], kept.id),
        name=kept.name,
        enabled=kept.enabled,
        count=kept.count,
        columns=kept.columns,
        created_at=kept.created_at,
        changed_at=kept.changed_at,
    )


def members_view(answer: Members) -> MembersView:
    """A page of members."""
    last = answer.items[-1].position if answer.more and answer.items else None
    return MembersView(
        items=[
            MemberView(to=each.msisdn, **msgspec.structs.asdict(each.fields))
            for each in answer.items
        ],
        next=None if last is None else str(last),
    )


def refused_view(each: RefusedLine) -> RefusedLineView:
    """A line that was refused."""
    return RefusedLineView(line=each.line, reason=each.reason, detail=each.detail)


def filled_view(answer: Filled) -> FilledView:
    """What has become of numbers."""
    return FilledView(
        list=list_view(answer.list),
        total=answer.total,
        inserted=answer.inserted,
        duplicate=answer.duplicate,
        wrong=answer.wrong,
        refused=tuple(map(refused_view, answer.refused)),
    )


def import_view(answer: ListImport, key: bytes) -> ImportView:
    """How far an import is."""
    return ImportView(
        id=sealed_text("imp", answer.id, key),
        state=answer.state.value,
        problem=answer.problem,
        list=None if answer.list is None else plain(PREFIX[answer.suppression], answer.list),
        total_bytes=answer.total_bytes,
        read_bytes=answer.read_bytes,
        total=answer.total,
        inserted=answer.inserted,
        duplicate=answer.duplicate,
        wrong=answer.wrong,
        truncated=answer.truncated,
        started_at=answer.started_at,
        ended_at=answer.ended_at,
    )


def removed_view(answer: MembersRemoved) -> RemovedView:
    """What has become of numbers that were to go."""
    return RemovedView(removed=answer.removed, missing=answer.missing, wrong=answer.wrong)


def preview_view(answer: Preview) -> PreviewView:
    """What a file looks like."""
    return PreviewView(
        rows=[list(row) for row in answer.rows],
        total=answer.total,
        header=answer.header,
        all_numbers=list(answer.all_numbers),
        exceeds_50=list(answer.exceeds_50),
        exceeds_255=list(answer.exceeds_255),
        exceeds_5000=list(answer.exceeds_5000),
    )


def heading(columns: Sequence[str]) -> bytes:
    """The first line of a download."""
    return _table([(TO, *columns)])


async def download_lines(answer: ListDownload) -> AsyncIterator[bytes]:
    """The other lines, a page at a time; `import_file` reads them again as they are."""
    columns = answer.list.columns
    cells: Callable[[Recipient], tuple[str, ...]] = lambda each: (  # noqa: E731
        each.msisdn,
        *(getattr(each.fields, name) for name in columns),
    )
    async for page in answer.pages:
        yield _table(map(cells, page))


def _table(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(errors="replace")
