"""The log of refused requests: doors note what they refused, and it is written down a few at a time.

A request that is accepted never comes here. However many are refused, a process holds and writes a bounded
number of them every other second: some of each kind, so that a flood of one does not hide the others, and
counts the rest. What a caller did not prove to be its own is nobody's, and shown to the operator alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from heliograph.flow.desk import Performer
from heliograph.flow.directory import Directory
from heliograph.flow.tend import Sweeper
from heliograph.model.account import Scope
from heliograph.model.command import Answer, Claim, Command, Principal
from heliograph.model.ids import id_at, open_sealed
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.refused import ListRefusedRequests, RefusedRequest, RefusedRequests
from heliograph.store import refused_requests
from heliograph.store.database import Database, Link

__all__ = ["RefusedLog"]

_log: Final = structlog.get_logger()
_EVERY_SECONDS: Final = 2.0
OF_A_KIND: Final = 3
OF_AN_ACCOUNT: Final = 30
AT_ONCE: Final = 600
"""What a process keeps of the refusals between two writes."""
RING: Final = 1000
"""What is kept of one account."""
RETENTION: Final = timedelta(days=14)
_CLEARED_EACH: Final = timedelta(hours=1)
_LONGEST: Final[Mapping[str, int]] = {
    "caller": 64,
    "operation": 64,
    "target": 300,
    "detail": 300,
    "field": 100,
    "address": 64,
    "agent": 120,
    "media_type": 100,
}
_ODD: Final = "\N{REPLACEMENT CHARACTER}"
_EVER: Final = (1 << 63) - 1
_LARGEST_PAGE: Final = 1000
_Kind = tuple[object, ...]


class _Kept:
    """What is kept of one account until the next write."""

    __slots__ = ("by_kind", "count")

    def __init__(self) -> None:
        self.by_kind: dict[_Kind, list[RefusedRequest]] = {}
        self.count = 0


class RefusedLog:
    """Noted by the doors, written by a sweeper, shown to developers. `start` and `stop`."""

    def __init__(
        self,
        *,
        database: Database,
        directory: Directory,
        make_id: Callable[[], int],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._directory = directory
        self._make_id = make_id
        self._now = now
        self._accounts: dict[int, _Kept] = {}
        self._count = 0
        self._lost = 0
        self._cleared_at: datetime | None = None
        self.performers: Mapping[type[Command], Performer] = {ListRefusedRequests: self._list}
        self.sweeper = Sweeper("refused requests", _EVERY_SECONDS, self.sweep)

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """Write down what is still held. Idempotent."""
        await self.sweep()

    # -- noting --------------------------------------------------------------------------------

    def note(self, request: RefusedRequest, claim: Claim | None = None) -> None:
        """Keep a refused request, or count it. `claim` says whose it is where the door did not find out:
        a secret that is right names its account, also where it may not call."""
        if claim is not None:
            credential = self._directory.bearer(claim)
            if credential is not None:
                request = msgspec.structs.replace(
                    request, account_id=credential.account_id, credential_id=credential.id
                )
            elif claim.name:
                request = msgspec.structs.replace(request, caller=claim.name)
        kept = self._accounts.get(request.account_id)
        if kept is None:
            if self._count >= AT_ONCE:
                self._lost += 1
                return
            kept = self._accounts[request.account_id] = _Kept()
        kind = (
            request.credential_id,
            request.dialect,
            request.operation,
            request.answered,
            request.code,
            request.field,
        )
        alike = kept.by_kind.get(kind)
        if kept.count < OF_AN_ACCOUNT and self._count < AT_ONCE:
            if alike is None:
                alike = kept.by_kind[kind] = []
            if len(alike) < OF_A_KIND:
                alike.append(_shortened(request, self._make_id))
                kept.count += 1
                self._count += 1
                return
        last = alike or next(reversed(kept.by_kind.values()))
        last[-1] = msgspec.structs.replace(last[-1], left_out=last[-1].left_out + 1)

    # -- writing -------------------------------------------------------------------------------

    async def sweep(self) -> int:
        """Write down what was noted since the last time; 0, for there is never more to do at once."""
        accounts, self._accounts, self._count = self._accounts, {}, 0
        lost, self._lost = self._lost, 0
        if lost:
            _log.warning("refused requests left out of the log", count=lost)
        items = [
            item for kept in accounts.values() for alike in kept.by_kind.values() for item in alike
        ]
        if items:
            await self._database.run(lambda link: _write(link, items))
        await self._clear()
        return 0

    async def _clear(self) -> None:
        now = self._now()
        if self._cleared_at is None or now - self._cleared_at >= _CLEARED_EACH:
            self._cleared_at = now
            async with self._database.transaction() as link:
                await refused_requests.drop_old(link, id_at(now - RETENTION))

    # -- showing -------------------------------------------------------------------------------

    async def _list(self, principal: Principal, command: Any) -> Answer | Refused:
        asked: ListRefusedRequests = command
        owner = principal.account.id if asked.for_account is None else asked.for_account
        if owner != principal.account.id and not principal.may(Scope.ADMIN):
            return Refused(refusal=Refusal.FORBIDDEN)
        below = _EVER if asked.until is None else id_at(asked.until)
        if asked.before is not None:
            below = min(below, open_sealed(principal.key, asked.before))
        limit = min(max(asked.limit, 1), _LARGEST_PAGE)
        async with self._database.link() as link:
            found = await refused_requests.list_refused(
                link,
                owner,
                below=below,
                since=0 if asked.since is None else id_at(asked.since),
                dialect=asked.dialect,
                code=asked.code,
                credential_id=asked.credential,
                operation=asked.operation,
                limit=limit + 1,
            )
        return RefusedRequests(items=tuple(found[:limit]), more=len(found) > limit)


async def _write(link: Link, items: list[RefusedRequest]) -> None:
    await refused_requests.insert_refused(link, items)
    await refused_requests.drop_beyond(link, {item.account_id for item in items}, RING)


def _shortened(request: RefusedRequest, make_id: Callable[[], int]) -> RefusedRequest:
    """What callers wrote themselves, no longer than it must be, without what no database keeps."""
    changes: dict[str, Any] = {} if request.id else {"id": make_id()}
    for name, longest in _LONGEST.items():
        text = getattr(request, name)
        if text is not None and (len(text) > longest or not text.isprintable()):
            changes[name] = "".join(
                c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:longest]
            )
    return msgspec.structs.replace(request, **changes) if changes else request
