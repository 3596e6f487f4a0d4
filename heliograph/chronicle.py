"""What follows each commit in memory: counted, logged, streams woken, calls made.

Log lines carry the message's id as its customer sees it, never its text.
"""

from __future__ import annotations

from typing import Final

import structlog

from heliograph.dialects import native
from heliograph.flow.advance import Told
from heliograph.flow.directory import Directory
from heliograph.flow.notify import Notify
from heliograph.flow.watch import Watch
from heliograph.meter import Meter
from heliograph.model.message import Event, EventKind
from heliograph.model.status import Status

_log = structlog.get_logger()
_NOTEWORTHY: Final = frozenset({Status.FAILED, Status.UNCERTAIN})
"""Logged as warnings; all else is logged with log_level debug only."""


class Chronicle:
    """Called with what each committed batch leaves to be done."""

    def __init__(
        self,
        *,
        directory: Directory,
        meter: Meter,
        notify: Notify,
        watch: Watch,
        every_event: bool,
    ) -> None:
        self._directory = directory
        self._meter = meter
        self._notify = notify
        self._watch = watch
        self._every_event = every_event

    def told(self, told: Told) -> None:
        """After a commit. What goes wrong here must not undo an answer: the commit stands."""
        try:
            self._tell(told)
        except Exception:  # noqa: BLE001 - the top of what follows a commit; leases bring the rest back
            _log.exception("after a commit")

    def _tell(self, told: Told) -> None:
        names = {carrier.id: carrier.name for carrier in self._directory.carriers}
        self._meter.count(told.events, names)
        for event in told.events:
            if event.status in _NOTEWORTHY or self._every_event:
                self._write(event, names)
        accounts = {event.account_id for event in told.events}
        for account_id in accounts | {inbound.account_id for inbound in told.arrived}:
            self._watch.ring(account_id)
        if told.ready:
            self._notify.take(told.ready, known=told.known)

    def _write(self, event: Event, names: dict[int, str]) -> None:
        say = _log.warning if event.status in _NOTEWORTHY else _log.debug
        key = self._directory.key(event.account_id)
        say(
            event.type if event.kind is EventKind.STATUS else event.kind.name.lower(),
            message=native.sealed_text("msg", event.message_id, key),
            account=event.account_id,
            attempt=event.attempt,
            carrier=names.get(event.carrier_id or 0, ""),
            reason=event.reason.word,
            code=event.vendor_code,
        )
