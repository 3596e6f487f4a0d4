"""Telling an endpoint again: one event of a message, or all of them. Ids stay what they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from heliograph.flow.directory import Directory
from heliograph.flow.lookup import opened
from heliograph.model.command import Principal, Replay, Replayed
from heliograph.model.message import EventKind
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import messages, notifications
from heliograph.store.database import Database
from heliograph.store.notifications import NotificationKey


async def replay(
    database: Database,
    directory: Directory,
    now: Callable[[], datetime],
    principal: Principal,
    command: Replay,
) -> Replayed | Refused:
    """Queue the notifications again; they go out in order, as the first time."""
    account_id = principal.account.id
    endpoint = directory.endpoint(account_id, command.endpoint)
    if endpoint is None:
        return Refused(refusal=Refusal.NOT_FOUND, field="endpoint")
    if endpoint.disabled_at is not None:
        return Refused(
            refusal=Refusal.CONFLICT, detail="The endpoint is disabled: enable it first."
        )
    message_id = opened(principal, command.message)
    wanted = None if command.event is None else opened(principal, command.event)
    async with database.transaction() as link:
        events = await messages.message_events(link, account_id, message_id)
        keys = [
            NotificationKey(account_id, endpoint.id, message_id, event.id)
            for event in events
            if event.kind is EventKind.STATUS and wanted in (None, event.id)
        ]
        if not keys:
            return Refused(refusal=Refusal.NOT_FOUND, field="event" if events else "message")
        await notifications.insert_notifications(link, keys, lease_until=now(), at=now())
    return Replayed(count=len(keys))
